/* Design: every endpoint is tried once, without a wait; the further attempts, up to max_retries,
 * wait before. */
#include "models/upstream_try.h"

#include "base/log.h"
#include "base/metrics.h"
#include "models/endpoint.h"
#include "models/retry.h"
#include "models/upstream_tape.h"
#include "run/run.h"

enum { REST_MS = 1000, MOST_REST_MS = 60000 };

static const struct balance_rule one_endpoint = {.count = 1};

static const struct balance_rule *rule_of(const struct upstream *upstream)
{
    return upstream->request.rule ? upstream->request.rule : &one_endpoint;
}

static struct balances *balances_of(const struct upstream *upstream)
{
    return upstream->scope->run->services->balances;
}

/* Chooses one of the endpoints that are not in `tried`. */
static bool choose(struct upstream *upstream, uint64_t tried)
{
    upstream->chosen =
        balance_choose(&upstream->claim, balances_of(upstream), rule_of(upstream), tried);
    if (upstream->chosen)
        upstream->race->tried |= UINT64_C(1) << upstream->claim.index;
    return upstream->chosen;
}

bool upstream_choose(struct upstream *upstream)
{
    return choose(upstream, upstream->race->tried) || choose(upstream, 0);
}

bool upstream_choose_again(struct upstream *upstream)
{
    return choose(upstream, upstream->failed) || choose(upstream, 0);
}

struct outcome upstream_all_open(struct upstream *upstream)
{
    int64_t ms = balance_wait(balances_of(upstream), rule_of(upstream));
    int64_t seconds = ms > 1000 ? (ms + 999) / 1000 : 1;
    struct outcome outcome =
        outcome_error(LS_UPSTREAM_OPEN,
                      arena_printf(upstream->scope->arena,
                                   "all endpoints of the model have failed; one is tried again "
                                   "in %lld s",
                                   (long long)seconds));
    outcome.retry_after = seconds;
    return outcome;
}

/* ---- what is remembered ---- */

/* What a word about the endpoint has changed is counted, and told once. */
static void tell(struct upstream *upstream, enum balance_change change, const char *why)
{
    const struct upstream_request *request = &upstream->request;
    const struct log_field fields[] = {
        log_str("model", request->model),
        log_str("endpoint", request->endpoint),
        log_int("for_ms", balance_open_for(&upstream->claim)),
        log_said("message", why),
    };
    bool opened = change == BALANCE_OPENED;
    if (change == BALANCE_SAME)
        return;
    struct series open =
        metric_series(metrics.circuits_open, (const char *[]){request->model, request->endpoint});
    series_add(&open, opened ? 1 : -1);
    log_fields(opened ? LOG_WARNING : LOG_INFO, opened ? "circuit_opened" : "circuit_closed",
               fields, opened ? 4 : 2);
    if (!opened)
        return;
    struct series count =
        metric_series(metrics.circuits_opened, (const char *[]){request->model, request->endpoint});
    series_add(&count, 1);
}

void upstream_answers(struct upstream *upstream)
{
    tell(upstream, balance_well(&upstream->claim), NULL);
}

static bool is_endpoint_s_fault(enum ls_err err)
{
    return err == LS_UPSTREAM || err == LS_UPSTREAM_CONNECT || err == LS_UPSTREAM_TIMEOUT;
}

static void remember(struct upstream *upstream, const struct outcome *failure)
{
    if (is_endpoint_s_fault(failure->err)) {
        tell(upstream, balance_failed(&upstream->claim), outcome_message(failure));
        return;
    }
    upstream_answers(upstream);
    if (failure->err == LS_UPSTREAM_AUTH)
        balance_rest(&upstream->claim, rule_of(upstream)->cooldown);
    else if (failure->err == LS_UPSTREAM_RATE_LIMIT)
        balance_rest(&upstream->claim, upstream->asked < 0              ? REST_MS
                                       : upstream->asked < MOST_REST_MS ? upstream->asked
                                                                        : MOST_REST_MS);
}

void upstream_overtaken(struct upstream *upstream)
{
    int64_t ms = balance_lost(&upstream->claim);
    const struct log_field fields[] = {
        log_str("model", upstream->request.model),
        log_str("endpoint", upstream->request.endpoint),
        log_int("for_ms", ms),
    };
    if (ms > 0)
        log_fields(LOG_WARNING, "endpoint_rests", fields, sizeof fields / sizeof fields[0]);
}

/* ---- what follows ---- */

static void log_failure(const struct upstream *upstream, const char *event,
                        const struct outcome *failure, int64_t ms)
{
    int scheme;
    const char *url = upstream->request.url, *host = http_endpoint_host(url, &scheme);
    const struct log_field fields[] = {
        log_str("url", arena_printf(upstream->scope->arena, "%.*s%s", scheme, url, host)),
        log_said("message", outcome_message(failure)),
        log_int("attempt", upstream->attempt),
        log_int("wait_ms", ms),
        log_str("trace_id", run_trace(upstream->scope->run)->trace_id),
        log_str("endpoint", upstream->request.endpoint),
    };
    log_fields(LOG_WARNING, event, fields, upstream->request.rule ? 6 : 5);
}

/* At another endpoint, at once. */
static bool try_elsewhere(struct upstream *upstream, const struct outcome *failure)
{
    bool may_help = is_endpoint_s_fault(failure->err) || failure->err == LS_UPSTREAM_RATE_LIMIT ||
                    failure->err == LS_UPSTREAM_AUTH;
    if (!may_help || !choose(upstream, upstream->race->tried))
        return false;
    log_failure(upstream, "upstream_failover", failure, 0);
    metric_add(metrics.upstream_failovers, 1);
    timer_start(&upstream->wait, 0);
    return true;
}

/* Anywhere, after a wait. */
static bool try_later(struct upstream *upstream, const struct outcome *failure)
{
    int64_t ms =
        upstream_at_once(upstream) ? 0 : retry_wait(upstream->retries + 1, upstream->asked);
    if (upstream->retries >= upstream->request.max_retries ||
        balance_wait(balances_of(upstream), rule_of(upstream)) > ms)
        return false;
    upstream->retries++;
    upstream->failure = *failure;
    log_failure(upstream, "upstream_retry", failure, ms);
    metric_add(metrics.upstream_retries, 1);
    timer_start(&upstream->wait, ms);
    return true;
}

bool upstream_try_again(struct upstream *upstream, const struct outcome *failure, bool again)
{
    remember(upstream, failure);
    upstream->failed = UINT64_C(1) << upstream->claim.index;
    balance_leave(&upstream->claim);
    if (upstream->pushed)
        return false;
    return try_elsewhere(upstream, failure) || (again && try_later(upstream, failure));
}

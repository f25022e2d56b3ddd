/* Design: the source's `go` starts the first attempt.  What a transfer brings is pushed as it
 * comes; when the output is full, what is left of the piece is held, the transfer pauses, and `go`
 * continues both.  Until something was pushed, an attempt that fails may be followed by another. */
#include "models/upstream.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "models/retry.h"
#include "models/upstream_count.h"
#include "models/upstream_tape.h"
#include "run/run.h"

enum {
    MAX_EVENT = 8 << 20,   /* bytes of one event of a stream */
    MAX_ANSWER = 64 << 20, /* bytes of a whole answer */
    MAX_ERROR = 64 << 10,  /* bytes of an error's body that are read */
    GRACE_MS = 1000,       /* for a connection to end its answer, so that it can be used again */
};

static void attempt(struct upstream *upstream);

static bool is_ok(const struct upstream *upstream)
{
    return upstream->status >= 200 && upstream->status < 300;
}

/* Nothing is under way any more. */
static void let_go(struct upstream *upstream)
{
    take_end(upstream->take);
    if (upstream->fetch)
        fetch_stop(upstream->fetch);
    upstream->fetch = NULL;
    timer_stop(&upstream->wait);
    if (upstream->waits)
        run_wait_end(upstream->scope->run);
    upstream->waits = false;
}

/* Ends the source; what is still under way is cut off. */
static void end(struct upstream *upstream, const struct outcome *outcome)
{
    if (upstream->fetch)
        upstream_count_end(upstream, outcome->err);
    let_go(upstream);
    source_done(&upstream->source, outcome);
}

/* What is too large here is the other server's answer: its failure, not the client's. */
static void end_failed(struct upstream *upstream, enum ls_err err, const char *message)
{
    struct outcome outcome = outcome_error(err == LS_TOO_BIG ? LS_UPSTREAM : err, message);
    end(upstream, &outcome);
}

void upstream_push(struct upstream *upstream, json_t *value)
{
    struct chunk chunk = chunk_adds(value);
    upstream->pushed = true;
    upstream->paused = source_push(&upstream->source, &chunk) != FLOW_ON;
}

void upstream_end(struct upstream *upstream)
{
    upstream->complete = true;
}

void upstream_fail(struct upstream *upstream, const struct outcome *outcome)
{
    upstream->failure = *outcome;
}

static bool has_failed(const struct upstream *upstream)
{
    return upstream->failure.kind != OUTCOME_WELL;
}

static bool on_event(void *owner, const struct sse_event *event)
{
    struct upstream *upstream = owner;
    upstream->ops->event(upstream, event);
    return !upstream->paused && !upstream->complete && !has_failed(upstream);
}

/* Ends the source with what a whole answer is; the connection may not have ended it yet. */
static void finish(struct upstream *upstream, const struct outcome *outcome)
{
    let_go(upstream);
    upstream_count_end(upstream, outcome->kind == OUTCOME_WELL ? LS_OK : outcome->err);
    end(upstream, outcome);
}

/* Nothing more comes; where the output is full, go() calls this again. */
static void finish_stream(struct upstream *upstream)
{
    upstream->over = true;
    if (upstream->request.lines && !upstream->complete && !upstream->paused)
        line_reader_end(&upstream->by_line); /* the last line may have no end */
    if (upstream->paused && !has_failed(upstream))
        return;
    struct outcome outcome =
        has_failed(upstream) ? upstream->failure : upstream->ops->finish(upstream);
    finish(upstream, &outcome);
}

/* Reads bytes of a stream as far as the output takes them; what is left is held.  False: the
 * source has ended. */
static bool read_stream(struct upstream *upstream, const char *data, size_t len)
{
    size_t used;
    if (upstream->complete)
        return true;
    enum ls_err err = upstream->request.lines
                          ? line_reader_feed(&upstream->by_line, data, len, &used)
                          : sse_reader_feed(&upstream->reader, data, len, &used);
    if (!err && !has_failed(upstream) && !upstream->complete)
        err = buf_add(&upstream->held, data + used, len - used);
    if (has_failed(upstream))
        end(upstream, &upstream->failure);
    else if (err)
        end_failed(upstream, LS_UPSTREAM, "an event of the other server's stream is too long");
    else if (upstream->complete)
        timer_start(&upstream->wait, GRACE_MS);
    return !err && !has_failed(upstream);
}

static void on_head(void *owner, struct fetch *fetch, int status)
{
    struct upstream *upstream = owner;
    upstream->status = status;
    upstream->asked = retry_asked(fetch_header(fetch, "retry-after-ms"),
                                  fetch_header(fetch, "retry-after"), clock_wall_us());
}

static bool on_data(void *owner, struct fetch *fetch, const char *data, size_t len)
{
    (void)fetch;
    struct upstream *upstream = owner;
    if (is_ok(upstream) && upstream->streaming)
        return read_stream(upstream, data, len) && !upstream->paused;
    if (upstream->answer.len >= MAX_ERROR && !is_ok(upstream))
        return true; /* enough is known of this error */
    if (buf_add(&upstream->answer, data, len) == LS_OK)
        return true;
    end_failed(upstream, LS_UPSTREAM, "the other server's answer is too long");
    return false;
}

static void on_wait_over(struct timer *timer)
{
    struct upstream *upstream = container_of(timer, struct upstream, wait);
    if (upstream->complete)
        finish_stream(upstream);
    else
        attempt(upstream);
}

/* An address without the name and the password that may stand in it. */
static const char *shown_url(struct arena *arena, const char *url)
{
    const char *mark = strstr(url, "://");
    const char *host = mark ? mark + 3 : url;
    int scheme = (int)(host - url);
    for (const char *end = host + strcspn(host, "/?#"), *at;
         (at = memchr(host, '@', (size_t)(end - host)));)
        host = at + 1;
    return arena_printf(arena, "%.*s%s", scheme, url, host);
}

/* Tries again if that may help and is allowed still; false: no. */
static bool try_again(struct upstream *upstream, bool may_help, const char *message)
{
    if (!may_help || upstream->pushed || upstream->attempt > upstream->request.max_retries)
        return false;
    int64_t ms = upstream_at_once(upstream) ? 0 : retry_wait(upstream->attempt, upstream->asked);
    const struct log_field fields[] = {
        log_str("url", shown_url(upstream->scope->arena, upstream->request.url)),
        log_str("message", message),
        log_int("attempt", upstream->attempt),
        log_int("wait_ms", ms),
        log_str("trace_id", run_trace(upstream->scope->run)->trace_id),
    };
    log_fields(LOG_WARNING, "upstream_retry", fields, sizeof fields / sizeof fields[0]);
    metric_add(metrics.upstream_retries, 1);
    timer_start(&upstream->wait, ms);
    return true;
}

static void finish_whole(struct upstream *upstream)
{
    struct outcome outcome =
        upstream->ops->whole(upstream, buf_str(&upstream->answer), upstream->answer.len);
    finish(upstream, &outcome);
}

static void finish_refused(struct upstream *upstream)
{
    struct outcome outcome =
        upstream->ops->refused(upstream, upstream->status, buf_str(&upstream->answer),
                               upstream->answer.len);
    if (!try_again(upstream, retry_status(upstream->status), outcome_message(&outcome)))
        end(upstream, &outcome);
}

/* The transfer itself failed.  LS_TOO_BIG blames who asked, and this is the other server's doing. */
static void finish_broken(struct upstream *upstream, const struct fetch_result *result)
{
    bool may_help = result->err == LS_UPSTREAM_CONNECT ||
                    (result->err == LS_UPSTREAM && !(upstream->streaming && result->got_head));
    char *message = arena_strdup(upstream->scope->arena, result->message);
    if (!try_again(upstream, may_help, message))
        end_failed(upstream, result->err == LS_TOO_BIG ? LS_UPSTREAM : result->err, message);
}

static void on_done(void *owner, const struct fetch_result *result)
{
    struct upstream *upstream = owner;
    upstream->fetch = NULL;
    if ((result->err && !upstream->complete) || !is_ok(upstream))
        upstream_count_end(upstream, result->err);
    if (result->err && !upstream->complete)
        finish_broken(upstream, result);
    else if (!is_ok(upstream))
        finish_refused(upstream);
    else if (upstream->streaming)
        finish_stream(upstream);
    else
        finish_whole(upstream);
}

static const struct fetch_events events = {on_head, on_data, on_done};

static void attempt(struct upstream *upstream)
{
    struct fetch_request request = {
        .method = "POST",
        .url = upstream->request.url,
        .headers = upstream->request.headers,
        .body = upstream->request.body,
        .body_len = upstream->request.body_len,
        .timeouts = upstream->request.timeouts,
    };
    upstream->attempt++;
    upstream->status = 0;
    upstream->asked = -1;
    buf_reset(&upstream->answer);
    const char *why = NULL;
    upstream->fetch = upstream_transfer(upstream, &request, &events, &why);
    if (!upstream->fetch)
        end_failed(upstream, LS_UPSTREAM_REFUSED, why);
}

static void upstream_go(struct source *source)
{
    struct upstream *upstream = container_of(source, struct upstream, source);
    if (upstream->attempt == 0) {
        upstream->waits = true;
        run_wait_begin(upstream->scope->run);
        attempt(upstream);
        return;
    }
    if (upstream->over) {
        upstream->paused = false;
        finish_stream(upstream);
        return;
    }
    struct buf held = upstream->held;
    upstream->paused = false;
    buf_init(&upstream->held, MAX_EVENT);
    bool open = read_stream(upstream, buf_str(&held), held.len);
    buf_fini(&held);
    if (open && !upstream->paused && upstream->fetch)
        fetch_resume(upstream->fetch);
}

static void upstream_stop(struct source *source)
{
    struct upstream *upstream = container_of(source, struct upstream, source);
    if (upstream->fetch)
        upstream_count("cancelled", NULL);
    take_drop(upstream->take);
    let_go(upstream);
}

static const struct source_ops source_ops = {upstream_go, upstream_stop};

static void drop(void *ptr)
{
    struct upstream *upstream = ptr;
    buf_fini(&upstream->answer);
    buf_fini(&upstream->held);
    sse_reader_fini(&upstream->reader);
    line_reader_fini(&upstream->by_line);
}

void upstream_init(struct upstream *upstream, const struct upstream_ops *ops, struct scope *scope,
                   bool streaming, struct sink *out)
{
    *upstream = (struct upstream){.ops = ops, .scope = scope, .streaming = streaming};
    source_init(&upstream->source, &source_ops, scope, out);
    timer_init(&upstream->wait, scope_loop(scope), on_wait_over);
    buf_init(&upstream->answer, MAX_ANSWER);
    buf_init(&upstream->held, MAX_EVENT);
    sse_reader_init(&upstream->reader, MAX_EVENT, on_event, upstream);
    line_reader_init(&upstream->by_line, MAX_EVENT, on_event, upstream);
    arena_defer(scope->arena, drop, upstream);
}

void upstream_start(struct upstream *upstream, const struct upstream_request *request)
{
    const struct run_services *services = upstream->scope->run->services;
    if (!services || !services->pool) {
        sink_fail(upstream->source.out, LS_INTERNAL, "this run has no connections to the network");
        return;
    }
    upstream->request = *request;
    source_start(&upstream->source);
}

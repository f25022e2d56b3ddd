/* Design: the source's `go` starts the first attempt.  What a transfer brings is pushed as it
 * comes; when the output is full, what is left of the piece is held, the transfer pauses, and `go`
 * continues both.  Until something was pushed, an attempt that fails may be followed by another
 * (upstream_try.h). */
#include "models/upstream.h"

#include "base/clock.h"
#include "models/retry.h"
#include "models/upstream_count.h"
#include "models/upstream_tape.h"
#include "models/upstream_try.h"
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

static void stop_transfer(struct upstream *upstream)
{
    take_end(upstream->take);
    if (upstream->fetch)
        fetch_stop(upstream->fetch);
    upstream->fetch = NULL;
    timer_stop(&upstream->wait);
}

/* Nothing is under way any more. */
static void let_go(struct upstream *upstream)
{
    stop_transfer(upstream);
    balance_leave(&upstream->claim);
    if (upstream->waits)
        run_wait_end(upstream->scope->run);
    upstream->waits = false;
}

static void end(struct upstream *upstream, const struct outcome *outcome)
{
    let_go(upstream);
    source_done(&upstream->source, outcome);
}

/* An attempt has failed; what is still under way of it is cut off.  Another one may follow (at the
 * same endpoint only if `again`), else this is the end. */
static void fail(struct upstream *upstream, const struct outcome *outcome, bool again)
{
    if (upstream->fetch)
        upstream_count_end(upstream, outcome->err);
    stop_transfer(upstream);
    upstream->complete = false;
    if (!upstream_try_again(upstream, outcome, again))
        end(upstream, outcome);
}

/* What is too large here is the other server's answer: its failure, not the client's. */
static void fail_with(struct upstream *upstream, enum ls_err err, const char *message, bool again)
{
    struct outcome outcome = outcome_error(err == LS_TOO_BIG ? LS_UPSTREAM : err, message);
    fail(upstream, &outcome, again);
}

void upstream_push_chunk(struct upstream *upstream, const struct chunk *chunk)
{
    if (!upstream->pushed && upstream->claim.probe)
        upstream_answers(
            upstream); /* one that is tried again has done enough; else the end tells */
    upstream->pushed = true;
    upstream->paused = source_push(&upstream->source, chunk) != FLOW_ON;
}

void upstream_push(struct upstream *upstream, json_t *value)
{
    const struct chunk chunk = chunk_adds(value);
    upstream_push_chunk(upstream, &chunk);
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

/* The answer was read to its end; the connection may not have ended it yet. */
static void finish(struct upstream *upstream, const struct outcome *outcome)
{
    stop_transfer(upstream);
    upstream_count_end(upstream, outcome->kind == OUTCOME_WELL ? LS_OK : outcome->err);
    if (outcome->kind != OUTCOME_WELL) {
        fail(upstream, outcome, false);
        return;
    }
    upstream_answers(upstream);
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
        fail(upstream, &upstream->failure, false);
    else if (err)
        fail_with(upstream, LS_UPSTREAM, "an event of the other server's stream is too long",
                  false);
    else if (upstream->complete)
        timer_start(&upstream->wait, GRACE_MS);
    return upstream->fetch != NULL;
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
    fail_with(upstream, LS_UPSTREAM, "the other server's answer is too long", false);
    return false;
}

static void on_wait_over(struct timer *timer)
{
    struct upstream *upstream = container_of(timer, struct upstream, wait);
    if (upstream->complete)
        finish_stream(upstream);
    else if (upstream->chosen || upstream_choose_again(upstream))
        attempt(upstream);
    else
        end(upstream, &upstream->failure);
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
    fail(upstream, &outcome, retry_status(upstream->status));
}

/* The transfer itself failed. */
static void finish_broken(struct upstream *upstream, const struct fetch_result *result)
{
    bool again = result->err == LS_UPSTREAM_CONNECT ||
                 (result->err == LS_UPSTREAM && !(upstream->streaming && result->got_head));
    fail_with(upstream, result->err, arena_strdup(upstream->scope->arena, result->message), again);
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

/* Forgets the attempt before. */
static void forget(struct upstream *upstream)
{
    bool bare = upstream->reader.bare;
    upstream->status = 0;
    upstream->asked = -1;
    upstream->over = upstream->complete = false;
    upstream->failure = outcome_well;
    buf_reset(&upstream->answer);
    buf_reset(&upstream->held);
    sse_reader_fini(&upstream->reader);
    sse_reader_init(&upstream->reader, MAX_EVENT, on_event, upstream);
    upstream->reader.bare = bare;
    line_reader_fini(&upstream->by_line);
    line_reader_init(&upstream->by_line, MAX_EVENT, on_event, upstream);
}

/* An attempt at the endpoint that was chosen. */
static void attempt(struct upstream *upstream)
{
    forget(upstream);
    upstream->chosen = false;
    upstream->attempt++;
    if (upstream->ops->aim)
        upstream->ops->aim(upstream, upstream->claim.index);
    struct fetch_request request = {
        .method = "POST",
        .url = upstream->request.url,
        .headers = upstream->request.headers,
        .body = upstream->request.body,
        .body_len = upstream->request.body_len,
        .timeouts = upstream->request.timeouts,
        .public_only = upstream->request.public_only,
    };
    const char *why = NULL;
    upstream->fetch = upstream_transfer(upstream, &request, &events, &why);
    if (!upstream->fetch)
        fail_with(upstream, LS_UPSTREAM_REFUSED, why, false);
}

static void begin(struct upstream *upstream)
{
    if (!upstream_choose(upstream)) {
        struct outcome outcome = upstream_all_open(upstream);
        end(upstream, &outcome);
        return;
    }
    upstream->waits = true;
    run_wait_begin(upstream->scope->run);
    attempt(upstream);
}

static void upstream_go(struct source *source)
{
    struct upstream *upstream = container_of(source, struct upstream, source);
    if (upstream->attempt == 0) {
        begin(upstream);
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

/* Whoever asked another endpoint later has an answer, and here nothing has come yet. */
static bool is_overtaken(const struct upstream *upstream)
{
    const struct race *race = upstream->race;
    bool other = race->tried != UINT64_C(1) << upstream->claim.index;
    return race->overtaken && other && upstream->fetch && upstream->status == 0 &&
           upstream->attempt == 1;
}

static void upstream_stop(struct source *source)
{
    struct upstream *upstream = container_of(source, struct upstream, source);
    if (is_overtaken(upstream))
        upstream_overtaken(upstream);
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
    upstream->race = &upstream->own_race;
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

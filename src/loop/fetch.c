#include "loop/fetch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "loop/fetch_internal.h"

enum { DEFAULT_MAX_HEAD = 64 * 1024 };

void fetch_fail(struct fetch *fetch, enum ls_err err, const char *format, ...)
{
    if (fetch->err != LS_OK)
        return;
    fetch->err = err;
    va_list args;
    va_start(args, format);
    vsnprintf(fetch->why, sizeof fetch->why, format, args);
    va_end(args);
}

/* ---- ends ---- */

void fetch_release(struct fetch *fetch)
{
    fetch_remove(fetch);
    timer_stop(&fetch->phase);
    timer_stop(&fetch->total);
    list_remove(&fetch->link);
    list_remove(&fetch->todo);
    if (fetch->easy)
        fetch_pool_give_easy(fetch->pool, fetch->easy);
    if (fetch->headers)
        libcurl.slist_free_all(fetch->headers);
    buf_fini(&fetch->head);
    free(fetch);
}

void fetch_finish(struct fetch *fetch)
{
    fetch_remove(fetch);
    fetch->stopped = true;
    const char *message = fetch->why[0] ? fetch->why : fetch->error;
    struct fetch_result result = {.err = fetch->err,
                                  .message = fetch->err ? message : "",
                                  .got_head = fetch->got_head};
    fetch->events->on_done(fetch->owner, &result);
    fetch_release(fetch);
}

/* What libcurl's codes mean to those who retry: whether a connection was had at all. */
static enum ls_err classify(CURLcode code, bool got_head)
{
    switch (code) {
    case CURLE_OK: return LS_OK;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_OPERATION_TIMEDOUT: /* libcurl times connecting alone; the other limits are ours */
        return LS_UPSTREAM_CONNECT;
    case CURLE_OUT_OF_MEMORY: /* a header line beyond libcurl's own 100 KB */
        return got_head ? LS_UPSTREAM : LS_TOO_BIG;
    default: return LS_UPSTREAM;
    }
}

void fetch_completed(struct fetch *fetch, CURLcode code)
{
    fetch_remove(fetch);
    fetch->ended = true;
    if (fetch->err == LS_OK && code != CURLE_OK) {
        fetch->err = classify(code, fetch->got_head);
        if (!fetch->error[0])
            snprintf(fetch->error, sizeof fetch->error, "%s", libcurl.easy_strerror(code));
    }
    if (fetch->stopped)
        fetch_release(fetch);
    else if (!fetch->paused)
        fetch_finish(fetch);
}

void fetch_work(struct fetch *fetch)
{
    if (fetch->stopped) {
        fetch_release(fetch);
    } else if (fetch->ended) {
        if (!fetch->paused)
            fetch_finish(fetch);
    } else if (!fetch->added) {
        fetch_add(fetch);
    } else if (fetch->held && !fetch->paused) {
        fetch->held = false;
        fetch->pool->inside++;
        libcurl.easy_pause(fetch->easy, CURLPAUSE_CONT);
        fetch->pool->inside--;
    }
}

/* ---- limits of time ---- */

void fetch_set_phase(struct fetch *fetch, int64_t limit)
{
    fetch->phase_limit = limit;
    fetch->phase_since = loop_now(fetch->pool->loop);
    if (limit > 0 &&
        (!timer_is_running(&fetch->phase) || fetch->phase.due > fetch->phase_since + limit))
        timer_start(&fetch->phase, limit);
}

/* The timer is not moved at each progress: it fires, sees how long ago the last was, and waits for
 * the rest. */
static void on_phase_timer(struct timer *timer)
{
    struct fetch *fetch = container_of(timer, struct fetch, phase);
    if (fetch->phase_limit <= 0)
        return;
    int64_t left = fetch->phase_since + fetch->phase_limit - loop_now(fetch->pool->loop);
    if (left > 0) {
        timer_start(timer, left);
        return;
    }
    fetch_fail(fetch, LS_UPSTREAM_TIMEOUT,
               fetch->got_head ? "nothing more came for %lld ms" : "no answer within %lld ms",
               (long long)fetch->phase_limit);
    fetch_finish(fetch);
}

static void on_total_timer(struct timer *timer)
{
    struct fetch *fetch = container_of(timer, struct fetch, total);
    fetch_fail(fetch, LS_UPSTREAM_TIMEOUT, "not complete within %lld ms",
               (long long)fetch->timeouts.total);
    fetch_finish(fetch);
}

/* ---- for owners ---- */

static void begin(struct fetch *fetch, const struct fetch_request *request)
{
    const char *why = fetch_pool_open(fetch->pool);
    if (why) {
        fetch_fail(fetch, LS_UPSTREAM, "%s", why);
        return;
    }
    fetch->easy = fetch_pool_take_easy(fetch->pool);
    fetch_setup(fetch, request);
}

struct fetch *fetch_start(struct fetch_pool *pool, const struct fetch_request *request,
                          const struct fetch_events *events, void *owner)
{
    struct fetch *fetch = mem_zalloc(1, sizeof *fetch);
    list_init(&fetch->todo);
    list_init(&fetch->link);
    list_append(&pool->fetches, &fetch->link);
    fetch->pool = pool;
    fetch->events = events;
    fetch->owner = owner;
    fetch->timeouts = request->timeouts;
    buf_init(&fetch->head, request->max_head ? request->max_head : DEFAULT_MAX_HEAD);
    timer_init(&fetch->phase, pool->loop, on_phase_timer);
    timer_init(&fetch->total, pool->loop, on_total_timer);
    if (request->known) {
        fetch_known_start(fetch, request);
        return fetch;
    }
    if (request->timeouts.total > 0)
        timer_start(&fetch->total, request->timeouts.total);
    begin(fetch, request);
    fetch->ended = fetch->err != LS_OK;
    fetch_todo(fetch);
    return fetch;
}

void fetch_resume(struct fetch *fetch)
{
    if (!fetch->paused || fetch->stopped)
        return;
    fetch->paused = false;
    if (fetch->known) {
        fetch_known_next(fetch);
        return;
    }
    fetch_set_phase(fetch, fetch->timeouts.idle);
    if (fetch->held || fetch->ended)
        fetch_todo(fetch);
}

void fetch_stop(struct fetch *fetch)
{
    if (fetch->stopped)
        return;
    fetch->stopped = true;
    timer_stop(&fetch->phase);
    timer_stop(&fetch->total);
    if (fetch->pool->inside > 0)
        fetch_todo(fetch);
    else
        fetch_release(fetch);
}

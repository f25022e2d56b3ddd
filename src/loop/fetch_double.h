/* For tests on a virtual loop: a double of loop/fetch.h, whose transfers play scripts and whose
 * time is the loop's.  The test program is linked with --wrap for the functions here (see
 * CMakeLists.txt), so that what it tests calls them.  Include it once per test program.
 *
 * The URL's host is the script: steady, slow (a while between two pieces), moody (the first
 * transfer is answered 503), down (503), refused (400), broken (the connection breaks half-way).  The test's
 * fetch_double_body() says what the whole answer would be. */
#pragma once

#include <string.h>

#include "base/mem.h"
#include "loop/fetch.h"

enum { DOUBLE_PIECE = 50, DOUBLE_DELAY = 3 };

struct fetch_pool {
    struct loop *loop;
    unsigned started; /* transfers */
    unsigned open;
};

struct fetch {
    struct fetch_pool *pool;
    const struct fetch_events *events;
    void *owner;
    struct task step;
    struct timer wait;
    int status;
    char *body;
    size_t len, at;
    bool slow, breaks;
    bool got_head, paused, inside, stopped;
};

/* The body of a good answer to the request; free() it. */
static char *fetch_double_body(const struct fetch_request *request);

static inline void double_free(struct fetch *fetch)
{
    fetch->pool->open--;
    task_cancel(&fetch->step);
    timer_stop(&fetch->wait);
    free(fetch->body);
    free(fetch);
}

static inline void double_end(struct fetch *fetch)
{
    const struct fetch_result result = {.err = fetch->breaks ? LS_UPSTREAM : LS_OK,
                                        .message = fetch->breaks ? "it broke" : "",
                                        .got_head = true};
    fetch->stopped = true;
    fetch->events->on_done(fetch->owner, &result);
}

static inline void double_piece(struct fetch *fetch)
{
    size_t left = fetch->len - fetch->at, len = left < DOUBLE_PIECE ? left : DOUBLE_PIECE;
    fetch->at += len;
    fetch->paused =
        !fetch->events->on_data(fetch->owner, fetch, fetch->body + fetch->at - len, len);
}

static inline void double_next(struct fetch *fetch)
{
    if (fetch->paused)
        return;
    if (fetch->slow)
        timer_start(&fetch->wait, DOUBLE_DELAY);
    else
        loop_soon(fetch->pool->loop, &fetch->step);
}

static inline void double_step(struct fetch *fetch)
{
    fetch->inside = true;
    if (!fetch->got_head) {
        fetch->got_head = true;
        fetch->events->on_head(fetch->owner, fetch, fetch->status);
    } else if (fetch->at < fetch->len) {
        double_piece(fetch);
    } else {
        double_end(fetch);
    }
    fetch->inside = false;
    if (fetch->stopped)
        double_free(fetch);
    else
        double_next(fetch);
}

static inline void double_on_task(struct task *task)
{
    double_step(container_of(task, struct fetch, step));
}

static inline void double_on_timer(struct timer *timer)
{
    double_step(container_of(timer, struct fetch, wait));
}

static inline bool double_plays(const struct fetch_request *request, const char *script)
{
    const char *host = strstr(request->url, "://") + 3;
    return strncmp(host, script, strlen(script)) == 0 && host[strlen(script)] == '/';
}

struct fetch *__wrap_fetch_start(struct fetch_pool *pool, const struct fetch_request *request,
                                 const struct fetch_events *events, void *owner)
{
    struct fetch *fetch = mem_zalloc(1, sizeof *fetch);
    bool moody = double_plays(request, "moody") && pool->started == 0;
    *fetch = (struct fetch){.pool = pool, .events = events, .owner = owner};
    task_init(&fetch->step, double_on_task);
    timer_init(&fetch->wait, pool->loop, double_on_timer);
    fetch->status = moody || double_plays(request, "down") ? 503
                    : double_plays(request, "refused")     ? 400
                                                           : 200;
    fetch->body = fetch_double_body(request);
    fetch->slow = double_plays(request, "slow");
    fetch->breaks = double_plays(request, "broken");
    fetch->len = strlen(fetch->body) / (fetch->breaks ? 2 : 1);
    pool->started++;
    pool->open++;
    double_next(fetch);
    return fetch;
}

void __wrap_fetch_resume(struct fetch *fetch)
{
    if (!fetch->paused || fetch->stopped)
        return;
    fetch->paused = false;
    if (!fetch->inside)
        double_next(fetch);
}

void __wrap_fetch_stop(struct fetch *fetch)
{
    fetch->stopped = true;
    if (!fetch->inside)
        double_free(fetch);
}

const char *__wrap_fetch_header(const struct fetch *fetch, const char *name)
{
    return fetch->status == 503 && strcmp(name, "retry-after-ms") == 0 ? "4" : NULL;
}

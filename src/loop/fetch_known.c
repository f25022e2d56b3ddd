/* Design: a known answer is given by the transfer's own timer, one step a turn: the head, each piece,
 * the end.  Owners cannot tell it from a server's: pauses, stops and the order of calls are the
 * same.  Of the limits of time none holds, for nobody is waited for. */
#include <stdio.h>

#include "loop/fetch_internal.h"

static bool has_head_to_give(const struct fetch *fetch)
{
    return fetch->known->status > 0 && !fetch->got_head;
}

/* When the next step is due, after the request. */
static int64_t due(const struct fetch *fetch)
{
    const struct fetch_known *known = fetch->known;
    if (has_head_to_give(fetch))
        return known->head_ms;
    return fetch->next < known->count ? known->pieces[fetch->next].ms : known->end_ms;
}

void fetch_known_next(struct fetch *fetch)
{
    int64_t since = loop_now(fetch->pool->loop) - fetch->phase_since;
    int64_t left = fetch->known_timed ? due(fetch) - since : 0;
    timer_start(&fetch->phase, left > 0 ? left : 0);
}

static void give_head(struct fetch *fetch)
{
    fetch->got_head = true;
    if (fetch->events->on_head)
        fetch->events->on_head(fetch->owner, fetch, fetch->known->status);
}

static void give_piece(struct fetch *fetch)
{
    const struct fetch_known *known = fetch->known;
    size_t start = fetch->next > 0 ? known->pieces[fetch->next - 1].end : 0;
    size_t end = known->pieces[fetch->next++].end;
    fetch->paused = !fetch->events->on_data(fetch->owner, fetch, known->body + start, end - start);
}

static void give_end(struct fetch *fetch)
{
    if (fetch->err == LS_OK && fetch->known->err != LS_OK) {
        fetch->err = fetch->known->err;
        snprintf(fetch->error, sizeof fetch->error, "%s", fetch->known->message);
    }
    fetch_finish(fetch);
}

static void on_step(struct timer *timer)
{
    struct fetch *fetch = container_of(timer, struct fetch, phase);
    if (!has_head_to_give(fetch) && fetch->next == fetch->known->count) {
        give_end(fetch);
        return;
    }
    fetch->pool->inside++; /* a transfer that is stopped now is released later */
    if (has_head_to_give(fetch))
        give_head(fetch);
    else
        give_piece(fetch);
    fetch->pool->inside--;
    if (!fetch->paused && !fetch->stopped)
        fetch_known_next(fetch);
}

void fetch_known_start(struct fetch *fetch, const struct fetch_request *request)
{
    const struct fetch_known *known = request->known;
    fetch->known = known;
    fetch->known_timed = request->known_timed;
    fetch->phase_since = loop_now(fetch->pool->loop);
    timer_init(&fetch->phase, fetch->pool->loop, on_step);
    if (buf_add(&fetch->head, known->head, known->head_len) != LS_OK)
        fetch_fail(fetch, LS_TOO_BIG, "the head of the answer is too long");
    fetch_known_next(fetch);
}

/* For fuzz targets of models: any bytes as the answer of a provider, streamed or whole, on a virtual
 * loop.  The same chunks and the same end must come however the bytes are cut, and with a reader that
 * pauses behind every chunk; and a parser of texts behind the model gives theirs.
 *
 * It stands in the place of loop/fetch.h: the programs are linked with --wrap (see CMakeLists.txt).
 * Include it once per program. */
#pragma once

#include <assert.h>
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cuts.h"
#include "models/http_model.h"
#include "run/gather.h"
#include "run/message.h"
#include "run/run.h"
#include "stages/parse_str.h"
#include "stages/sequence.h"

/* ---- transfers ---- */

struct fetch_pool {
    struct loop *loop;
    struct cuts cuts; /* of the next transfer's body */
};

struct fetch {
    struct fetch_pool *pool;
    const struct fetch_events *events;
    void *owner;
    struct task step;
    bool got_head, paused, inside, stopped;
};

static void next(struct fetch *fetch)
{
    if (!fetch->paused)
        loop_soon(fetch->pool->loop, &fetch->step);
}

static void let_go(struct fetch *fetch)
{
    task_cancel(&fetch->step);
    free(fetch);
}

static void take_step(struct fetch *fetch)
{
    static const struct fetch_result well = {.message = "", .got_head = true};
    struct cuts *cuts = &fetch->pool->cuts;
    size_t len;
    if (!fetch->got_head) {
        fetch->got_head = true;
        fetch->events->on_head(fetch->owner, fetch, 200);
    } else if ((len = cuts_next(cuts)) > 0) {
        char *piece = mem_alloc(len); /* so that one byte too far is seen */
        memcpy(piece, cuts->at, len);
        cuts_skip(cuts, len);
        fetch->paused = !fetch->events->on_data(fetch->owner, fetch, piece, len);
        free(piece);
    } else {
        fetch->stopped = true;
        fetch->events->on_done(fetch->owner, &well);
    }
}

static void on_step(struct task *task)
{
    struct fetch *fetch = container_of(task, struct fetch, step);
    fetch->inside = true;
    take_step(fetch);
    fetch->inside = false;
    if (fetch->stopped)
        let_go(fetch);
    else
        next(fetch);
}

struct fetch *__wrap_fetch_start(struct fetch_pool *pool, const struct fetch_request *request,
                                 const struct fetch_events *events, void *owner);
void __wrap_fetch_resume(struct fetch *fetch);
void __wrap_fetch_stop(struct fetch *fetch);
const char *__wrap_fetch_header(const struct fetch *fetch, const char *name);

struct fetch *__wrap_fetch_start(struct fetch_pool *pool, const struct fetch_request *request,
                                 const struct fetch_events *events, void *owner)
{
    struct fetch *fetch = mem_zalloc(1, sizeof *fetch);
    (void)request;
    *fetch = (struct fetch){.pool = pool, .events = events, .owner = owner};
    task_init(&fetch->step, on_step);
    next(fetch);
    return fetch;
}

void __wrap_fetch_resume(struct fetch *fetch)
{
    if (!fetch->paused || fetch->stopped)
        return;
    fetch->paused = false;
    if (!fetch->inside)
        next(fetch);
}

void __wrap_fetch_stop(struct fetch *fetch)
{
    fetch->stopped = true;
    if (!fetch->inside)
        let_go(fetch);
}

const char *__wrap_fetch_header(const struct fetch *fetch, const char *name)
{
    (void)fetch, (void)name;
    return NULL;
}

/* ---- who listens ---- */

struct ear {
    struct sink sink;
    struct buf heard; /* each chunk, their sum but in texts, the end */
    struct gather sum;
    bool texts; /* only texts are noted */
    bool pauses, full, ended;
};

static void note(struct ear *ear, const json_t *value)
{
    if (ear->texts)
        (void)message_add_text(&ear->heard, value);
    else
        (void)json_print(&ear->heard, value, JSON_WIRE);
    buf_add_char(&ear->heard, '\n');
}

static enum flow on_push(struct sink *sink, const struct chunk *chunk)
{
    struct ear *ear = container_of(sink, struct ear, sink);
    assert(!ear->ended && !ear->full);
    note(ear, chunk->value);
    gather_add(&ear->sum, chunk);
    ear->full = ear->pauses;
    return ear->full ? FLOW_FULL : FLOW_ON;
}

static void on_end(struct sink *sink, const struct outcome *outcome)
{
    struct ear *ear = container_of(sink, struct ear, sink);
    assert(!ear->ended);
    ear->ended = true;
    json_t *sum = gather_take(&ear->sum);
    if (sum && !ear->texts) /* blocks that share an index become one, which may have no text */
        note(ear, sum);
    json_decref(sum);
    buf_printf(&ear->heard, "%d %d ", (int)outcome->kind, (int)outcome->err);
    if (outcome->kind == OUTCOME_ERROR)
        buf_add_str(&ear->heard, outcome_message(outcome));
}

static const struct sink_ops ear_ops = {on_push, on_end};

static void drive(struct loop *loop, struct run *run, struct ear *ear)
{
    while (loop_turn(loop) || ear->full) {
        bool was_full = ear->full;
        ear->full = false;
        if (was_full && !ear->ended)
            run_resume(run);
    }
    assert(ear->ended);
}

/* Ids that are invented are not the same twice. */
static void hide_ids(struct buf *text)
{
    for (size_t i = 0; i + UUID_LEN <= text->len; i++) {
        char *at = text->data + i;
        size_t n = 0;
        while (n < UUID_LEN && (isxdigit((unsigned char)at[n]) || at[n] == '-'))
            n++;
        if (n == UUID_LEN && at[8] == '-' && at[13] == '-' && at[14] == '4')
            memset(at, '#', UUID_LEN);
    }
}

static void listen_to(const struct runnable *model, struct cuts cuts, bool streaming,
                      struct ear *ear)
{
    static const struct uuid id = {{1}};
    struct fetch_pool pool = {.loop = loop_new_virtual(), .cuts = cuts};
    const struct run_services services = {.pool = &pool};
    struct run *run = run_new(pool.loop, &id);
    const struct call call = {.streaming = streaming};
    json_t *input = json_string("Hello");
    buf_init(&ear->heard, 64 << 20);
    gather_init(&ear->sum);
    run->services = &services;
    sink_init(&ear->sink, &ear_ops, &run->root);
    run_start(run, model, &call, input, &ear->sink);
    json_decref(input);
    drive(pool.loop, run, ear);
    gather_fini(&ear->sum);
    loop_free(&pool.loop);
    hide_ids(&ear->heard);
}

static void compare(const struct runnable *model, struct cuts cut, bool streaming, bool pauses)
{
    struct ear one = {.pauses = false}, other = {.pauses = pauses};
    struct cuts whole = cut;
    whole.seed = 0;
    listen_to(model, whole, streaming, &one);
    listen_to(model, cut, streaming, &other);
    assert(one.heard.len == other.heard.len);
    assert(memcmp(buf_str(&one.heard), buf_str(&other.heard), one.heard.len) == 0);
    buf_fini(&one.heard);
    buf_fini(&other.heard);
}

/* A parser behind the model gives the texts of the model's chunks, as they come. */
static void compare_texts(struct runnable *model, struct cuts cut, bool streaming)
{
    struct runnable *parts[] = {runnable_hold(model), parse_str_new()};
    struct runnable *chain = sequence_new(parts, 2);
    struct ear one = {.texts = true}, other = {.texts = true};
    listen_to(model, cut, streaming, &one);
    listen_to(chain, cut, streaming, &other);
    assert(one.heard.len == other.heard.len);
    assert(memcmp(buf_str(&one.heard), buf_str(&other.heard), one.heard.len) == 0);
    buf_fini(&one.heard);
    buf_fini(&other.heard);
    runnable_rele(chain);
}

/* The first byte says where the answer is cut, whether it is a stream, and what was asked for. */
static int model_stream_check(struct runnable *(*make)(const struct model_options *options),
                              const uint8_t *data, size_t size)
{
    struct cuts cuts = cuts_of(data, size), whole = cuts;
    bool thinks = cuts.seed & 0x40, streaming = cuts.seed < 0xc0;
    json_t *parameters = thinks
                             ? json_pack("{s:{s:s},s:b}", "thinking", "type", "enabled", "think", 1)
                             : json_object();
    const struct model_options options = {
        .base_url = "http://host", .model = "m", .parameters = parameters, .stream_usage = true};
    struct runnable *model = make(&options);
    whole.seed = 0;
    compare(model, cuts, streaming, false);
    compare(model, whole, streaming, true);
    compare(model, cuts, streaming, true);
    compare_texts(model, cuts, streaming);
    runnable_rele(model);
    json_decref(parameters);
    return 0;
}

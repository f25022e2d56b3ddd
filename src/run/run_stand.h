/* For tests of runs: a virtual loop, a run on it, and a sink that watches the kernel's contract.
 *
 * A test either takes the steps itself (stand_open, stand_push, stand_end, stand_drive) or gives
 * stand_play() a whole run, with a cut somewhere: a cancel, a STOP or a FULL. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/run.h"
#include "run/source.h"

enum {
    MOST_TURNS = 100000,
    MOST_LAST_TURNS = 20, /* from a cancel to the end */
    PAUSE_MS = 5,
};

/* What is done to a run from outside, and where. */
enum cut_act { CUT_NONE, CUT_CANCEL, CUT_STOP, CUT_FULL, CUT_BRAKE /* FULL from there on */ };
enum cut_place {
    AT_CHUNK, /* of output, from 1 */
    AT_TURN,  /* of the loop, once the input has ended; from 0 */
    AT_INPUT, /* before this chunk of input, or before its end; from 0 */
};

struct cut {
    enum cut_act act;
    enum cut_place place;
    size_t at;
};

/* The owner's end of a run: joins what comes, and may cut. */
struct collector {
    struct sink sink;
    struct stand *stand;
    struct cut cut;
    struct gather sum;
    json_t *story; /* each chunk as text: "+" adds, "=" replaces, "=1" below one key */
    size_t count;  /* chunks */
    bool full;     /* answered so, and the run was not resumed */
    bool stopped, ended;
    size_t after_full; /* chunks since then */
    size_t overshoot;  /* the most of them */
    enum outcome_kind kind;
    enum ls_err err;
    json_t *value; /* what the run gave, or what an interrupt asks; NULL: nothing */
    char message[256];
};

struct stand {
    struct loop *loop;
    struct run *run; /* NULL once it is dropped */
    struct sink *in;
    struct collector out;
    struct observer *observer;           /* of the next run, or NULL */
    const struct run_services *services; /* of the next run, or NULL */
    json_t *config;                      /* of the next run's call (borrowed), or NULL */
    bool in_ended, cancelled;            /* cancelled before the end had come */
    unsigned dropped;
    size_t turns;
    size_t cancel_turn; /* where and when it was cancelled */
    int64_t cancel_time;
    size_t inputs; /* chunks of input that were pushed */
};

/* A run as a whole. */
struct play {
    const struct runnable *tree;
    json_t *inputs;            /* list of chunks that add */
    const struct outcome *end; /* of the input; NULL: well */
    bool streaming, spread;    /* spread: the loop works between two chunks of input */
    struct cut cut;
};

static inline void collector_log(struct collector *out, const struct chunk *chunk)
{
    char sign[16] = "+";
    char *text = json_dumps(chunk->value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (chunk->replaces == CHUNK_REPLACES)
        strncpy(sign, "=", sizeof sign - 1);
    else if (chunk->replaces > 0)
        snprintf(sign, sizeof sign, "=%d", chunk->replaces);
    json_array_append_new(out->story, json_sprintf("%s%s", sign, text));
    free(text);
}

static inline void stand_cancel(struct stand *stand, enum ls_err why)
{
    if (!stand->run || stand->out.ended)
        return;
    stand->cancelled = true;
    stand->cancel_turn = stand->turns;
    stand->cancel_time = loop_now(stand->loop);
    run_cancel(stand->run, why);
}

static inline enum flow collector_push(struct sink *sink, const struct chunk *chunk)
{
    struct collector *out = container_of(sink, struct collector, sink);
    const struct cut *cut = &out->cut;
    assert_false(out->ended || out->stopped || out->stand->cancelled);
    if (out->story)
        collector_log(out, chunk);
    gather_add(&out->sum, chunk);
    out->count++;
    if (out->full && ++out->after_full > out->overshoot)
        out->overshoot = out->after_full;
    bool here = cut->place == AT_CHUNK && cut->at == out->count;
    if (here && cut->act == CUT_CANCEL)
        stand_cancel(out->stand, LS_CANCELLED);
    out->stopped = here && cut->act == CUT_STOP;
    if (out->stopped)
        return FLOW_STOP;
    if ((here && cut->act == CUT_FULL) || (cut->act == CUT_BRAKE && out->count >= cut->at))
        out->full = true;
    return out->full ? FLOW_FULL : FLOW_ON;
}

/* A cancelled run ends soon, whatever it was waiting for. */
static inline void check_end(const struct stand *stand)
{
    assert_true(stand->in_ended || stand->cancelled); /* the kernel ends the input then */
    if (!stand->cancelled)
        return;
    assert_int_equal(loop_now(stand->loop), stand->cancel_time);
    assert_true(stand->turns - stand->cancel_turn <= MOST_LAST_TURNS);
}

static inline void collector_done(struct sink *sink, const struct outcome *outcome)
{
    struct collector *out = container_of(sink, struct collector, sink);
    assert_false(out->ended);
    check_end(out->stand);
    out->ended = true;
    out->kind = outcome->kind;
    out->err = outcome->err;
    json_t *sum = gather_take(&out->sum);
    bool own = outcome->value && outcome->kind != OUTCOME_ERROR;
    out->value = own ? json_incref(outcome->value) : json_incref(sum);
    json_decref(sum);
    snprintf(out->message, sizeof out->message, "%s",
             outcome->kind == OUTCOME_ERROR ? outcome_message(outcome) : "");
}

static const struct sink_ops collector_ops = {collector_push, collector_done};

static inline void stand_init(struct stand *stand)
{
    *stand = (struct stand){.loop = loop_new_virtual()};
}

/* Forgets what the last run gave. */
static inline void stand_clear(struct stand *stand)
{
    gather_fini(&stand->out.sum);
    json_decref(stand->out.story);
    json_decref(stand->out.value);
    *stand = (struct stand){.loop = stand->loop,
                            .observer = stand->observer,
                            .services = stand->services,
                            .config = stand->config};
}

static inline void stand_fini(struct stand *stand)
{
    assert_null(stand->run);
    assert_false(loop_turn(stand->loop));
    stand_clear(stand);
    loop_free(&stand->loop);
}

static inline void stand_on_dropped(void *owner)
{
    struct stand *stand = owner;
    stand->run = NULL;
    stand->dropped++;
}

/* Opens a tree as the next run. */
static inline void stand_open_cut(struct stand *stand, const struct runnable *tree, bool streaming,
                                  struct cut cut)
{
    assert_null(stand->run);
    stand_clear(stand);
    stand->run = run_new(stand->loop, NULL);
    stand->run->on_dropped = stand_on_dropped;
    stand->run->dropped_owner = stand;
    stand->run->services = stand->services;
    if (stand->observer)
        run_observe(stand->run, stand->observer);
    stand->out.stand = stand;
    stand->out.cut = cut;
    gather_init(&stand->out.sum);
    sink_init(&stand->out.sink, &collector_ops, &stand->run->root);
    struct call call = {.config = stand->config, .streaming = streaming};
    stand->in = run_open(stand->run, tree, &call, &stand->out.sink);
}

/* The same without a cut, with each chunk told in `story`. */
static inline void stand_open(struct stand *stand, const struct runnable *tree, bool streaming)
{
    stand_open_cut(stand, tree, streaming, (struct cut){.act = CUT_NONE});
    stand->out.story = json_array();
}

static inline enum flow stand_push(struct stand *stand, json_t *value)
{
    stand->inputs++;
    return sink_push_value(stand->in, value);
}

static inline void stand_end(struct stand *stand, const struct outcome *outcome)
{
    stand->in_ended = true;
    sink_done(stand->in, outcome);
}

/* Lets time pass while the reader is full; then it reads on. */
static inline void stand_pause(struct stand *stand)
{
    loop_advance(stand->loop, PAUSE_MS);
    stand->out.full = false;
    stand->out.after_full = 0;
    if (stand->run && !stand->out.ended)
        run_resume(stand->run);
}

/* Turns the loop until nothing is left to happen; full readers read on. */
static inline void stand_drive(struct stand *stand)
{
    const struct cut *cut = &stand->out.cut;
    for (;;) {
        if (stand->out.full)
            stand_pause(stand);
        if (cut->act == CUT_CANCEL && cut->place == AT_TURN && cut->at == stand->turns)
            stand_cancel(stand, LS_CANCELLED);
        if (!loop_turn(stand->loop))
            return;
        assert_true(++stand->turns < MOST_TURNS);
    }
}

static inline void stand_feed(struct stand *stand, const struct play *play)
{
    const struct cut *cut = &play->cut;
    bool cuts = cut->act == CUT_CANCEL && cut->place == AT_INPUT;
    size_t count = json_array_size(play->inputs);
    for (size_t i = 0; i <= count; i++) {
        if (cuts && cut->at == i)
            stand_cancel(stand, LS_CANCELLED);
        if (play->spread)
            loop_advance(stand->loop, 0);
        if (stand->out.full)
            stand_pause(stand);
        if (i < count && stand_push(stand, json_array_get(play->inputs, i)) == FLOW_STOP)
            break;
    }
    stand_end(stand, play->end ? play->end : &outcome_well);
}

/* Plays a run to its end; what it gave is in stand->out. */
static inline void stand_play(struct stand *stand, const struct play *play)
{
    stand_open_cut(stand, play->tree, play->streaming, play->cut);
    stand_feed(stand, play);
    stand_drive(stand);
    assert_true(stand->out.ended);
    assert_int_equal(stand->dropped, 1);
    assert_null(stand->run);
    if (stand->cancelled && stand->out.kind == OUTCOME_ERROR && !play->end)
        assert_int_equal(stand->out.err, LS_CANCELLED);
    if (stand->cancelled)
        assert_int_not_equal(stand->out.kind, OUTCOME_WELL);
}

/* A value from its text. */
static inline json_t *json_of(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!value)
        fail_msg("%s: %s", text, error.text);
    return value;
}

/* `value` must be what `text` spells; NULL: nothing. */
static inline void assert_json(json_t *value, const char *text)
{
    json_auto_t *wanted = text ? json_of(text) : NULL;
    if (value == wanted || (value && wanted && json_equal(value, wanted)))
        return;
    char *given = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    fail_msg("%s instead of %s", given ? given : "nothing", text ? text : "nothing");
}

/* Chunks, as the story tells them, must be these, a blank between two. */
static inline void assert_story(const struct stand *stand, const char *wanted)
{
    struct buf told;
    size_t i;
    json_t *line;
    buf_init(&told, 1 << 20);
    json_array_foreach(stand->out.story, i, line)
        buf_printf(&told, "%s%s", i > 0 ? " " : "", json_string_value(line));
    assert_string_equal(buf_str(&told), wanted);
    buf_fini(&told);
}

/* For the contract suite: a run behind a hub, whose only reader is cut as other sinks are. */
#pragma once

#include "run/hub.h"
#include "run/run_stand.h"

enum { HUB_KEEPS = 64 };

/* Whether the tree at hand holds on to its scope for a while after it was cancelled. */
static bool tree_lingers;

/* The reader; what it was told stays until hub_told_fini(). */
struct hub_told {
    struct hub_reader reader;
    struct cut cut; /* CUT_CANCEL: it leaves */
    struct gather sum;
    size_t count, turns;
    bool full, left, ended;
    enum outcome_kind kind;
    enum ls_err err;
    json_t *value;
};

static inline enum flow hub_told_chunk(struct hub_reader *reader, uint64_t number,
                                       const struct chunk *chunk)
{
    struct hub_told *told = container_of(reader, struct hub_told, reader);
    const struct cut *cut = &told->cut;
    assert_false(told->ended || told->left || told->full);
    assert_int_equal(number, told->count++);
    gather_add(&told->sum, chunk);
    bool here = cut->place == AT_CHUNK && cut->at == told->count;
    if (here && cut->act == CUT_CANCEL)
        hub_leave(reader);
    told->left = here && (cut->act == CUT_CANCEL || cut->act == CUT_STOP);
    told->full =
        (here && cut->act == CUT_FULL) || (cut->act == CUT_BRAKE && told->count >= cut->at);
    return told->left && cut->act == CUT_STOP ? FLOW_STOP : told->full ? FLOW_FULL : FLOW_ON;
}

static inline void hub_told_done(struct hub_reader *reader, const struct outcome *outcome)
{
    struct hub_told *told = container_of(reader, struct hub_told, reader);
    assert_false(told->ended || told->left || told->full);
    told->ended = true;
    told->kind = outcome->kind;
    told->err = outcome->err;
    json_auto_t *sum = gather_take(&told->sum);
    told->value = json_incref(outcome->value ? outcome->value : sum);
}

static inline void hub_told_fini(struct hub_told *told)
{
    gather_fini(&told->sum);
    json_decref(told->value);
    told->value = NULL;
}

/* Turns the loop until nothing is left to happen; a full reader reads on. */
static inline void hub_drive(struct loop *loop, struct hub_told *told)
{
    const struct cut *cut = &told->cut;
    for (;;) {
        if (told->full) {
            loop_advance(loop, PAUSE_MS);
            told->full = false;
            hub_resume(&told->reader);
        }
        if (cut->act == CUT_CANCEL && cut->place == AT_TURN && cut->at == told->turns) {
            told->left = !told->ended;
            hub_leave(&told->reader);
        }
        int64_t now = loop_now(loop);
        if (!loop_turn(loop))
            return;
        assert_true(!told->left || tree_lingers || loop_now(loop) == now); /* it ends at once */
        assert_true(++told->turns < MOST_TURNS);
    }
}

static inline void hub_on_dropped(void *owner)
{
    *(bool *)owner = true;
}

/* Plays a run to its end, or until its reader leaves. */
static inline void hub_play(struct stand *stand, const struct runnable *tree, json_t *input,
                            bool streaming, struct cut cut, struct hub_told *told)
{
    static const struct hub_reader_ops ops = {hub_told_chunk, hub_told_done};
    const struct hub_options options = {.kept = HUB_KEEPS};
    const struct call call = {.streaming = streaming, .config = stand->config};
    bool dropped = false;
    struct run *run = run_new(stand->loop, NULL);
    run->services = stand->services;
    run->on_dropped = hub_on_dropped;
    run->dropped_owner = &dropped;
    *told = (struct hub_told){.cut = cut};
    gather_init(&told->sum);
    struct hub *hub = hub_start(run, tree, &call, input, &options);
    hub_read(hub, &told->reader, &ops, 0);
    hub_rele(&hub);
    hub_drive(stand->loop, told);
    assert_true(dropped);
    assert_true(told->ended != told->left);
}

/* Cuts the reader at each chunk and at each turn; what a reader is told to the end must be what
 * `check` takes for right. */
static inline void hub_play_cuts(struct stand *stand, const struct runnable *tree, json_t *input,
                                 bool streaming, void (*check)(const struct hub_told *told))
{
    static const enum cut_act acts[] = {CUT_STOP, CUT_CANCEL, CUT_FULL, CUT_BRAKE};
    struct hub_told whole, told;
    hub_play(stand, tree, input, streaming, (struct cut){.act = CUT_NONE}, &whole);
    check(&whole);
    for (size_t at = 1; at <= whole.count; at++)
        for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
            hub_play(stand, tree, input, streaming, (struct cut){acts[i], AT_CHUNK, at}, &told);
            if (told.ended)
                check(&told);
            hub_told_fini(&told);
        }
    for (size_t at = 0; at < whole.turns; at++) {
        hub_play(stand, tree, input, streaming, (struct cut){CUT_CANCEL, AT_TURN, at}, &told);
        hub_told_fini(&told);
    }
    hub_told_fini(&whole);
}

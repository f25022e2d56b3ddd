/* For the tests of hubs: a hub with its run, and readers that keep what they are told. */
#pragma once

#include "run/hub.h"
#include "run/run_kinds.h"

enum { MOST_TOLD = 64 };

/* The hub that a test is about, and its run. */
static struct {
    struct loop *loop;
    struct runnable *tree;
    struct run *run; /* NULL once it is dropped */
    struct hub *hub; /* NULL once it is let go of */
} stand;

/* A reader that keeps what it is told, and does something at a chunk. */
struct follower {
    struct hub_reader reader;
    char told[MOST_TOLD + 1];
    size_t count;
    uint64_t first; /* number of its first chunk */
    enum { READS, IS_FULL, STOPS, LEAVES, JOINS, LETS_GO } act;
    size_t at;              /* chunk from 1 at which it acts; IS_FULL: from there on */
    struct follower *other; /* JOINS: who begins to read then */
    unsigned ends;
    enum ls_err err;
    char message[64];
    json_t *value; /* of the end */
};

static inline void begin_reading(struct follower *follower, uint64_t from);

static inline enum flow on_chunk(struct hub_reader *reader, uint64_t number,
                                 const struct chunk *chunk)
{
    struct follower *follower = container_of(reader, struct follower, reader);
    assert_int_equal(follower->ends, 0);
    assert_true(follower->count < MOST_TOLD);
    if (follower->count == 0)
        follower->first = number;
    assert_int_equal(number, follower->first + follower->count);
    assert_int_equal(chunk->replaces, CHUNK_ADDS);
    follower->told[follower->count++] = *json_string_value(chunk->value);
    if (follower->act == IS_FULL && follower->count >= follower->at)
        return FLOW_FULL;
    if (follower->count != follower->at)
        return FLOW_ON;
    if (follower->act == LEAVES)
        hub_leave(reader);
    if (follower->act == JOINS)
        begin_reading(follower->other, number);
    if (follower->act == LETS_GO) {
        hub_leave(reader);
        hub_rele(&stand.hub);
    }
    return follower->act == STOPS ? FLOW_STOP : FLOW_ON;
}

static inline void on_done(struct hub_reader *reader, const struct outcome *outcome)
{
    struct follower *follower = container_of(reader, struct follower, reader);
    assert_null(reader->hub);
    follower->ends++;
    follower->err = outcome->kind == OUTCOME_ERROR ? outcome->err : LS_OK;
    follower->value = json_incref(outcome->value);
    snprintf(follower->message, sizeof follower->message, "%s",
             outcome->kind == OUTCOME_ERROR ? outcome_message(outcome) : "");
    hub_leave(reader); /* harmless */
}

static const struct hub_reader_ops follower_ops = {on_chunk, on_done};

static inline void begin_reading(struct follower *follower, uint64_t from)
{
    hub_read(stand.hub, &follower->reader, &follower_ops, from);
}

static inline void on_dropped(void *owner)
{
    (void)owner;
    stand.run = NULL;
}

/* A run of the tree (taken over) behind a hub. */
static inline void start_behind(struct runnable *tree, struct hub_options options)
{
    json_auto_t *input = json_string("x");
    if (stand.tree)
        runnable_rele(stand.tree);
    stand.tree = tree;
    const struct call call = {.streaming = true};
    stand.run = run_new(stand.loop, NULL);
    stand.run->on_dropped = on_dropped;
    stand.hub = hub_start(stand.run, stand.tree, &call, input, &options);
}

static inline void start(struct script_plan plan, size_t kept, bool goes_on)
{
    start_behind(script_new(plan), (struct hub_options){.kept = kept, .goes_on = goes_on});
}

/* A run that waits 100 ms for a reader to come back. */
static inline void start_patient(struct script_plan plan, size_t kept)
{
    start_behind(script_new(plan), (struct hub_options){.kept = kept, .grace = 100});
}

static inline void drive(void)
{
    for (int turns = 0; loop_turn(stand.loop); turns++)
        assert_true(turns < MOST_TURNS);
}

static inline void check(const struct follower *follower, const char *told, unsigned ends,
                         enum ls_err err)
{
    assert_string_equal(follower->told, told);
    assert_int_equal(follower->ends, ends);
    assert_int_equal(follower->err, err);
}

static inline int set_up(void **state)
{
    (void)state;
    memset(&score, 0, sizeof score);
    stand.loop = loop_new_virtual();
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    if (stand.hub)
        hub_rele(&stand.hub);
    drive();
    assert_null(stand.run);
    assert_scripts_over();
    runnable_rele(stand.tree);
    stand.tree = NULL;
    loop_free(&stand.loop);
    return 0;
}

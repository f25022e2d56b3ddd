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

static void begin_reading(struct follower *follower, uint64_t from);

static enum flow on_chunk(struct hub_reader *reader, uint64_t number, const struct chunk *chunk)
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

static void on_done(struct hub_reader *reader, const struct outcome *outcome)
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

static void begin_reading(struct follower *follower, uint64_t from)
{
    hub_read(stand.hub, &follower->reader, &follower_ops, from);
}

static void on_dropped(void *owner)
{
    (void)owner;
    stand.run = NULL;
}

/* A run of the tree (taken over) behind a hub that keeps so many chunks. */
static void start_tree(struct runnable *tree, size_t kept, bool goes_on)
{
    json_auto_t *input = json_string("x");
    if (stand.tree)
        runnable_rele(stand.tree);
    stand.tree = tree;
    const struct hub_options options = {.kept = kept, .goes_on = goes_on};
    const struct call call = {.streaming = true};
    stand.run = run_new(stand.loop, NULL);
    stand.run->on_dropped = on_dropped;
    stand.hub = hub_start(stand.run, stand.tree, &call, input, &options);
}

static void start(struct script_plan plan, size_t kept, bool goes_on)
{
    start_tree(script_new(plan), kept, goes_on);
}

static void drive(void)
{
    for (int turns = 0; loop_turn(stand.loop); turns++)
        assert_true(turns < MOST_TURNS);
}

static void check(const struct follower *follower, const char *told, unsigned ends, enum ls_err err)
{
    assert_string_equal(follower->told, told);
    assert_int_equal(follower->ends, ends);
    assert_int_equal(follower->err, err);
}

static int set_up(void **state)
{
    (void)state;
    memset(&score, 0, sizeof score);
    stand.loop = loop_new_virtual();
    return 0;
}

static int tear_down(void **state)
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

/* ---- reading ---- */

static void each_reader_hears_all_from_where_it_wants(void **state)
{
    (void)state;
    struct follower first = {0}, second = {0}, third = {.act = READS};
    struct follower joins = {.act = JOINS, .at = 3, .other = &third};
    start((struct script_plan){.text = "abcdef", .per_turn = 1}, 10, false);
    begin_reading(&first, 0);
    begin_reading(&second, 4);
    begin_reading(&joins, 0);
    assert_int_equal(first.count, 0); /* nothing is told from within */
    drive();
    check(&first, "abcdef", 1, LS_OK);
    check(&second, "ef", 1, LS_OK);
    check(&joins, "abcdef", 1, LS_OK);
    check(&third, "cdef", 1, LS_OK);
    assert_int_equal(second.first, 4);
    assert_int_equal(hub_first(stand.hub), 0);
    assert_int_equal(hub_next(stand.hub), 6);
}

static void what_is_over_can_be_read_again(void **state)
{
    (void)state;
    struct follower first = {0}, again = {0}, beyond = {0};
    start((struct script_plan){.text = "abc", .value = "{\"own\": 1}"}, 10, false);
    begin_reading(&first, 0);
    drive();
    assert_null(stand.run);
    begin_reading(&again, 1);
    begin_reading(&beyond, 99);
    drive();
    check(&again, "bc", 1, LS_OK);
    check(&beyond, "", 1, LS_OK);
    assert_json(again.value, "{\"own\": 1}");
    json_decref(first.value);
    json_decref(again.value);
    json_decref(beyond.value);
}

static void a_failure_is_told_behind_the_chunks(void **state)
{
    (void)state;
    struct follower first = {0}, late = {0};
    start((struct script_plan){.text = "abc", .fail_at = 3}, 10, false);
    begin_reading(&first, 0);
    drive();
    begin_reading(&late, 0);
    drive();
    check(&first, "ab", 1, LS_UPSTREAM);
    check(&late, "ab", 1, LS_UPSTREAM);
    assert_string_equal(late.message, "as the script says");
}

static void who_comes_too_late_is_told_so(void **state)
{
    (void)state;
    struct follower late = {0}, in_time = {0};
    start((struct script_plan){.text = "abcdefghij"}, 4, true);
    drive();
    assert_int_equal(hub_first(stand.hub), 6);
    begin_reading(&late, 5);
    begin_reading(&in_time, 6);
    drive();
    check(&late, "", 1, LS_TOO_LATE);
    check(&in_time, "ghij", 1, LS_OK);
}

/* ---- pace ---- */

static void a_reader_that_is_full_reads_on_when_it_can(void **state)
{
    (void)state;
    struct follower slow = {.act = IS_FULL, .at = 1};
    start((struct script_plan){.text = "abcdef"}, 2, false);
    begin_reading(&slow, 0);
    for (size_t count = 1; count <= 6; count++) {
        drive();
        assert_int_equal(slow.count, count);
        assert_int_equal(slow.ends, 0);
        hub_resume(&slow.reader);
    }
    drive();
    check(&slow, "abcdef", 1, LS_OK);
    hub_resume(&slow.reader); /* harmless */
}

static void the_run_waits_for_its_only_reader(void **state)
{
    (void)state;
    struct follower slow = {.act = IS_FULL, .at = 2};
    start((struct script_plan){.text = "abcdefghijklmnop"}, 3, false);
    begin_reading(&slow, 0);
    drive();
    assert_string_equal(slow.told, "ab");
    assert_int_equal(hub_next(stand.hub), 2 + 2);
    slow.act = READS;
    hub_resume(&slow.reader);
    drive();
    check(&slow, "abcdefghijklmnop", 1, LS_OK);
}

static void the_fastest_sets_the_pace(void **state)
{
    (void)state;
    struct follower fast = {0}, slow = {.act = IS_FULL, .at = 2};
    start((struct script_plan){.text = "abcdefghij"}, 3, false);
    begin_reading(&slow, 0);
    begin_reading(&fast, 0);
    drive();
    check(&fast, "abcdefghij", 1, LS_OK);
    check(&slow, "ab", 0, LS_OK);
    hub_resume(&slow.reader);
    drive();
    check(&slow, "ab", 1, LS_TOO_LATE);
}

/* The run stands still for a reader that is full; one that only wants what is to come is not. */
static void a_new_reader_sets_the_run_going(void **state)
{
    (void)state;
    struct follower slow = {.act = IS_FULL, .at = 1}, fast = {0};
    start((struct script_plan){.text = "abcdef"}, 4, false);
    begin_reading(&slow, 0);
    drive();
    assert_int_equal(hub_next(stand.hub), 3);
    begin_reading(&fast, 3);
    drive();
    check(&fast, "def", 1, LS_OK);
    hub_leave(&slow.reader);
}

/* Each source may push once more after it was told to pause: the reader loses nothing by that. */
static void what_comes_after_full_is_kept(void **state)
{
    (void)state;
    struct follower slow = {.act = IS_FULL, .at = 1};
    start_tree(GROUP(&fan_ops, SCRIPT("aaaaaaaa"), SCRIPT("aaaaaaaa"), SCRIPT("aaaaaaaa")), 6,
               false);
    begin_reading(&slow, 0);
    for (size_t count = 1; count <= 24; count++) {
        drive();
        assert_int_equal(slow.count, count);
        hub_resume(&slow.reader);
    }
    drive();
    check(&slow, "aaaaaaaaaaaaaaaaaaaaaaaa", 1, LS_OK);
}

/* ---- leaving ---- */

static void the_last_to_leave_ends_the_run(void **state)
{
    (void)state;
    struct follower stops = {.act = STOPS, .at = 2}, leaves = {.act = LEAVES, .at = 4};
    start((struct script_plan){.text = "abcdefgh", .per_turn = 1}, 10, false);
    begin_reading(&stops, 0);
    begin_reading(&leaves, 0);
    drive();
    check(&stops, "ab", 0, LS_OK);
    check(&leaves, "abcd", 0, LS_OK);
    assert_int_equal(score.stopped, 1);
    assert_null(stand.run);
    struct follower late = {0};
    begin_reading(&late, 2);
    drive();
    assert_int_equal(late.err, LS_CANCELLED);
    assert_int_equal(late.ends, 1);
}

static void a_run_that_goes_on_needs_no_reader(void **state)
{
    (void)state;
    struct follower leaves = {.act = LEAVES, .at = 2}, late = {0};
    struct follower slow = {.act = IS_FULL, .at = 1};
    start((struct script_plan){.text = "abcdefgh"}, 8, true);
    begin_reading(&leaves, 0);
    drive();
    check(&leaves, "ab", 0, LS_OK);
    assert_int_equal(score.ended, 1);
    begin_reading(&late, 0);
    drive();
    check(&late, "abcdefgh", 1, LS_OK);
    hub_rele(&stand.hub);
    start((struct script_plan){.text = "abcdefgh"}, 2, true); /* it waits for who then leaves */
    begin_reading(&slow, 0);
    drive();
    assert_int_equal(score.ended, 1);
    hub_leave(&slow.reader);
    drive();
    assert_int_equal(score.ended, 2);
}

static void a_cancelled_run_is_told_as_such(void **state)
{
    (void)state;
    struct follower reads = {0}, slow = {.act = IS_FULL, .at = 1};
    start((struct script_plan){.text = "abcdefgh", .per_turn = 1, .delay = 5}, 10, false);
    begin_reading(&reads, 0);
    begin_reading(&slow, 0);
    loop_advance(stand.loop, 12);
    run_cancel(stand.run, LS_SHUTDOWN);
    drive();
    check(&reads, "ab", 1, LS_SHUTDOWN);
    check(&slow, "a", 0, LS_OK); /* the end comes behind the chunks */
    slow.act = READS;
    hub_resume(&slow.reader);
    drive();
    check(&slow, "ab", 1, LS_SHUTDOWN);
}

static void the_hub_lives_as_long_as_somebody_needs_it(void **state)
{
    (void)state;
    struct follower alone = {0}, lets_go = {.act = LETS_GO, .at = 2};
    start((struct script_plan){.text = "abc", .per_turn = 1}, 10, false);
    begin_reading(&alone, 0);
    hub_rele(&stand.hub); /* the reader holds it */
    drive();
    check(&alone, "abc", 1, LS_OK);
    start((struct script_plan){.text = "abc", .per_turn = 1}, 10, false);
    begin_reading(&lets_go, 0);
    drive(); /* from within its chunk the last reader and the owner leave: the run holds it */
    check(&lets_go, "ab", 0, LS_OK);
    start((struct script_plan){.text = "abc", .per_turn = 1}, 10, true);
    hub_rele(&stand.hub); /* nobody but the run */
    drive();
    assert_int_equal(score.ended, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_reader_hears_all_from_where_it_wants, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_over_can_be_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failure_is_told_behind_the_chunks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_comes_too_late_is_told_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reader_that_is_full_reads_on_when_it_can, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_run_waits_for_its_only_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_fastest_sets_the_pace, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_reader_sets_the_run_going, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_comes_after_full_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_to_leave_ends_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_that_goes_on_needs_no_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_run_is_told_as_such, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_hub_lives_as_long_as_somebody_needs_it, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

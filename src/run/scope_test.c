#include "run/run_kinds.h"

static struct stand stand;

static int set_up(void **state)
{
    (void)state;
    score = (struct script_score){0};
    stand_init(&stand);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_scripts_over();
    stand_fini(&stand);
    return 0;
}

/* Plays a tree (taken over) with the given cut. */
static void play(struct runnable *tree, struct cut cut)
{
    json_auto_t *inputs = json_of("[\"x\"]");
    stand_play(&stand, &(struct play){.tree = tree, .inputs = inputs, .cut = cut});
    runnable_rele(tree);
}

static void test_children_vanish_before_the_run(void **state)
{
    (void)state;
    play(GROUP(&fan_ops, SCRIPT("ab"), SCRIPT("cd")), (struct cut){0});
    assert_int_equal(stand.out.count, 4);
    assert_int_equal(score.dropped, 2);
}

/* What ten thousand rounds hold at any time is one round. */
static int most_alive;

static void count_alive(struct task *task)
{
    int alive = score.opened - score.dropped;
    most_alive = alive > most_alive ? alive : most_alive;
    if (stand.run)
        loop_soon(stand.loop, task);
}

static void test_rounds_take_the_memory_of_one(void **state)
{
    (void)state;
    struct task task;
    struct runnable *tree = AGAIN(10000, SCRIPT("a"));
    most_alive = 0;
    task_init(&task, count_alive);
    stand_open_cut(&stand, tree, true, (struct cut){0});
    stand_end(&stand, &outcome_well);
    loop_soon(stand.loop, &task);
    while (loop_turn(stand.loop)) {
    }
    assert_int_equal(stand.out.count, 10000);
    assert_int_equal(score.opened, 10000);
    assert_true(most_alive <= 2);
    assert_int_equal(stand.dropped, 1);
    runnable_rele(tree);
}

/* The depth of the C stack, as the address of a local in the innermost call. */
static char *highest, *lowest;

static enum flow deep_push(struct sink *sink, const struct chunk *chunk)
{
    char here;
    char *volatile at = &here;
    (void)sink, (void)chunk;
    highest = !highest || at > highest ? at : highest;
    lowest = !lowest || at < lowest ? at : lowest;
    return FLOW_ON;
}

struct deep {
    struct sink sink;
    struct sink *out;
};

static void deep_done(struct sink *sink, const struct outcome *outcome)
{
    deep_push(sink, NULL);
    sink_done(container_of(sink, struct deep, sink)->out, outcome);
}

static const struct sink_ops deep_sink_ops = {deep_push, deep_done};

/* A stage that ends at once, on its opener's stack. */
static struct sink *deep_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    (void)runnable, (void)call;
    struct deep *deep = arena_alloc(scope->arena, sizeof *deep);
    sink_init(&deep->sink, &deep_sink_ops, scope);
    deep->out = out;
    return &deep->sink;
}

static const struct runnable_ops deep_ops = {.type = "Deep", .open = deep_open};

static void test_synchronous_rounds_do_not_grow_the_stack(void **state)
{
    (void)state;
    struct runnable *deep = mem_alloc(sizeof *deep);
    runnable_init(deep, &deep_ops, NULL);
    highest = lowest = NULL;
    play(AGAIN(10000, deep), (struct cut){0});
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    assert_true(highest - lowest < 20000);
}

static void test_cancelled_leg_ends_and_the_other_goes_on(void **state)
{
    (void)state;
    play(GROUP(&race_ops, SCRIPT("abc", .delay = 5), SCRIPT("xyz", .delay = 9)), (struct cut){0});
    assert_json(stand.out.value, "\"abc\"");
    assert_int_equal(score.stopped, 1);
}

static void test_failure_ends_the_others(void **state)
{
    (void)state;
    play(GROUP(&fan_ops, SCRIPT("abc", .delay = 5), SCRIPT("x", .fail_at = 1)), (struct cut){0});
    assert_int_equal(stand.out.err, LS_UPSTREAM);
    assert_string_equal(stand.out.message, "as the script says");
    assert_int_equal(stand.out.count, 0);
    assert_int_equal(loop_now(stand.loop), 0);
}

/* ---- a stage that ends before its second source has ---- */

static void ignore_done(struct sink *sink, const struct outcome *outcome)
{
    (void)sink, (void)outcome;
}

static enum flow ignore_push(struct sink *sink, const struct chunk *chunk)
{
    (void)sink, (void)chunk;
    return FLOW_ON;
}

static const struct sink_ops ignore_ops = {ignore_push, ignore_done};

struct pair {
    struct sink in, nowhere;
    struct sink *first, *second;
};

static void pair_done(struct sink *sink, const struct outcome *outcome)
{
    struct pair *pair = container_of(sink, struct pair, in);
    sink_done(pair->first, outcome);
    sink_done(pair->second, outcome);
}

static const struct sink_ops pair_sink_ops = {ignore_push, pair_done};

static struct sink *pair_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    struct pair *pair = arena_alloc(scope->arena, sizeof *pair);
    sink_init(&pair->in, &pair_sink_ops, scope);
    sink_init(&pair->nowhere, &ignore_ops, scope);
    pair->first = runnable_open(as_group(runnable)->parts[0], scope, call, out);
    pair->second = runnable_open(as_group(runnable)->parts[1], scope, call, &pair->nowhere);
    return &pair->in;
}

static const struct runnable_ops pair_ops = {.type = "Pair", .open = pair_open, .fini = group_fini};

static void test_scope_waits_for_its_sources(void **state)
{
    (void)state;
    play(GROUP(&fan_ops, GROUP(&pair_ops, SCRIPT("a"), SCRIPT("b", .delay = 30)), SCRIPT("c")),
         (struct cut){0});
    assert_int_equal(stand.out.count, 2);
    assert_int_equal(loop_now(stand.loop), 30);
}

/* What is opened in a cancelled scope is cancelled. */
static void test_children_inherit_the_cancel(void **state)
{
    (void)state;
    for (size_t turn = 0; turn < 12; turn++)
        play(AGAIN(3, SCRIPT("a", .delay = 50)), (struct cut){CUT_CANCEL, AT_TURN, turn});
}

/* ---- deadlines ---- */

static void open_with_deadline(struct runnable *tree, int64_t ms)
{
    stand_open(&stand, tree, true);
    scope_set_deadline(&stand.run->root, ms);
}

static void test_deadline_cuts(void **state)
{
    (void)state;
    struct runnable *tree = SCRIPT("abc", .delay = 10, .per_turn = 1);
    open_with_deadline(tree, 25);
    stand_end(&stand, &outcome_well);
    loop_advance(stand.loop, 24);
    assert_false(stand.out.ended);
    loop_advance(stand.loop, 1);
    assert_true(stand.out.ended);
    assert_int_equal(stand.out.err, LS_TIMEOUT);
    assert_story(&stand, "+\"a\" +\"b\"");
    runnable_rele(tree);
}

static void test_deadline_is_forgotten_at_the_end(void **state)
{
    (void)state;
    struct runnable *tree = SCRIPT("abc");
    open_with_deadline(tree, 25);
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    assert_int_equal(loop_now(stand.loop), 0);
    runnable_rele(tree);
}

static void test_deadline_moves(void **state)
{
    (void)state;
    struct runnable *tree = SCRIPT("a", .delay = 40);
    open_with_deadline(tree, 25);
    scope_set_deadline(&stand.run->root, 60);
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    assert_json(stand.out.value, "\"a\"");
    runnable_rele(tree);
}

static void test_deadline_while_input_flows(void **state)
{
    (void)state;
    struct runnable *tree = GROUP(&fan_ops, SCRIPT("a"), SCRIPT("b"));
    open_with_deadline(tree, 25);
    json_auto_t *value = json_of("\"x\"");
    assert_int_equal(stand_push(&stand, value), FLOW_ON);
    stand.cancelled = true; /* the kernel ends the input then */
    stand.cancel_time = 25;
    loop_advance(stand.loop, 25);
    assert_true(stand.out.ended);
    assert_int_equal(stand.out.err, LS_TIMEOUT);
    assert_int_equal(stand.dropped, 0); /* who feeds it does not know yet */
    assert_int_equal(stand_push(&stand, value), FLOW_STOP);
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    assert_int_equal(stand.dropped, 1);
    runnable_rele(tree);
}

/* ---- cancel ---- */

static void test_the_first_reason_counts(void **state)
{
    (void)state;
    struct runnable *tree = SCRIPT("a", .delay = 5);
    stand_open(&stand, tree, true);
    stand_end(&stand, &outcome_well);
    stand_cancel(&stand, LS_SHUTDOWN);
    stand_cancel(&stand, LS_CANCELLED);
    assert_false(stand.out.ended);
    stand_drive(&stand);
    assert_int_equal(stand.out.err, LS_SHUTDOWN);
    runnable_rele(tree);
}

static void test_every_end_is_the_cancellations(void **state)
{
    (void)state;
    const struct outcome ends[] = {
        outcome_well,
        outcome_error(LS_BAD_INPUT, "came too late"),
        {.kind = OUTCOME_INTERRUPT},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct runnable *tree = SCRIPT("a");
        stand_open(&stand, tree, true);
        stand_cancel(&stand, LS_CANCELLED);
        stand_end(&stand, &ends[i]);
        stand_drive(&stand);
        assert_int_equal(stand.out.kind, OUTCOME_ERROR);
        assert_int_equal(stand.out.err, LS_CANCELLED);
        runnable_rele(tree);
    }
}

static void test_an_end_before_the_cancel_stands(void **state)
{
    (void)state;
    struct runnable *tree = SCRIPT("a", .lingers = true);
    stand_open(&stand, tree, true);
    stand_end(&stand, &outcome_well);
    scope_hold(&stand.run->root);
    stand_drive(&stand);
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    struct run *run = stand.run;
    assert_non_null(run);
    run_cancel(run, LS_CANCELLED);
    run_cancel(run, LS_TIMEOUT);
    stand_drive(&stand);
    assert_int_equal(stand.dropped, 0);
    scope_rele(&run->root);
    assert_int_equal(stand.dropped, 0); /* never on its caller's stack */
    stand_drive(&stand);
    assert_int_equal(stand.dropped, 1);
    runnable_rele(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_children_vanish_before_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rounds_take_the_memory_of_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_synchronous_rounds_do_not_grow_the_stack, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_cancelled_leg_ends_and_the_other_goes_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_failure_ends_the_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_scope_waits_for_its_sources, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_children_inherit_the_cancel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deadline_cuts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deadline_is_forgotten_at_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deadline_moves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deadline_while_input_flows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_first_reason_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_end_is_the_cancellations, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_end_before_the_cancel_stands, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

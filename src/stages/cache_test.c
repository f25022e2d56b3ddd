/* Caches, on a virtual loop: what is kept and what is not, who follows whom. */
#include "stages/probe.h" /* first: it has a table of kinds too */
#include "store/store_stand.h"

#include <time.h>

#include "base/metrics.h"
#include "stages/cache.h"

static struct store_stand kept;
static struct run_services services;
static struct loop *loop;

/* One who asks. */
struct asker {
    struct run *run; /* NULL once it has ended */
    enum outcome_kind kind;
    enum ls_err err;
    json_t *value;
    enum cache_use use;
    unsigned chunks;
};

static struct asker askers[8];

static struct observer *observing; /* of the next to ask, or NULL */

static int set_up(void **state)
{
    (void)state;
    metrics_open();
    loop = loop_new_virtual();
    store_stand_init(&kept, loop, NULL);
    memset(askers, 0, sizeof askers);
    services = (struct run_services){.store = kept.store, .cache = cache_open()};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof askers / sizeof *askers; i++)
        json_decref(askers[i].value);
    cache_close(&services.cache);
    store_stand_fini(&kept);
    return 0;
}

struct asker_sink {
    struct sink sink;
    struct asker *asker;
    struct gather sum;
};

static enum flow asker_push(struct sink *sink, const struct chunk *chunk)
{
    struct asker_sink *its = container_of(sink, struct asker_sink, sink);
    its->asker->chunks++;
    gather_add(&its->sum, chunk);
    return FLOW_ON;
}

static void asker_done(struct sink *sink, const struct outcome *outcome)
{
    struct asker_sink *its = container_of(sink, struct asker_sink, sink);
    struct asker *asker = its->asker;
    asker->kind = outcome->kind;
    asker->err = outcome->err;
    asker->value = gather_take(&its->sum);
    asker->use = asker->run->tally.cache;
    asker->run = NULL;
}

static const struct sink_ops asker_ops = {asker_push, asker_done};

static void ask_with(struct asker *asker, struct runnable *tree, const char *input,
                     const struct call *call)
{
    json_auto_t *value = json_of(input);
    json_decref(asker->value);
    *asker = (struct asker){.run = run_new(loop, NULL)};
    asker->run->services = &services;
    struct asker_sink *its = arena_zalloc(run_arena(asker->run), sizeof *its);
    its->asker = asker;
    gather_init(&its->sum);
    sink_init(&its->sink, &asker_ops, &asker->run->root);
    if (observing)
        run_observe(asker->run, observing);
    run_start(asker->run, tree, call, value, &its->sink);
}

static void ask(struct asker *asker, struct runnable *tree, const char *input, bool streaming)
{
    ask_with(asker, tree, input, &(struct call){.streaming = streaming});
}

static void assert_got(const struct asker *asker, const char *value, enum cache_use use)
{
    assert_null(asker->run);
    assert_int_equal(asker->kind, OUTCOME_WELL);
    assert_json(asker->value, value);
    assert_int_equal(asker->use, use);
}

static struct runnable *cached(struct probe *probe, struct cache_options options)
{
    options.ttl = options.ttl ? options.ttl : 3600000;
    options.identity = options.identity ? options.identity : "it";
    return cache_new(&probe->runnable, &options);
}

static void test_a_result_is_given_again(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.delay = 10});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    ask(&askers[0], tree, "{\"a\": 1}", false);
    loop_run(loop);
    assert_got(&askers[0], "{\"a\": 1}", CACHE_MISS);
    for (int streaming = 0; streaming < 2; streaming++) {
        ask(&askers[1], tree, "{\"a\": 1}", streaming);
        loop_run(loop);
        assert_got(&askers[1], "{\"a\": 1}", CACHE_HIT);
        assert_int_equal(askers[1].chunks, 1);
    }
    ask(&askers[2], tree, "{\"a\": 2}", false);
    loop_run(loop);
    assert_got(&askers[2], "{\"a\": 2}", CACHE_MISS);
    assert_int_equal(probe->runs, 2);
    uint64_t hits, misses;
    cache_counted(&hits, &misses);
    assert_int_equal(hits, 2);
    assert_int_equal(misses, 2);
    runnable_rele(tree);
}

static void test_what_is_old_is_made_anew(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){0});
    struct runnable *tree = cached(probe, (struct cache_options){.ttl = 30});
    ask(&askers[0], tree, "1", false);
    loop_run(loop);
    const struct timespec pause = {.tv_nsec = 60000000}; /* stores go by the wall clock */
    nanosleep(&pause, NULL);
    ask(&askers[0], tree, "1", false);
    loop_run(loop);
    assert_got(&askers[0], "1", CACHE_MISS);
    assert_int_equal(probe->runs, 2);
    runnable_rele(tree);
}

static void test_a_herd_runs_once(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.delay = 50});
    struct runnable *tree = cached(probe, (struct cache_options){.mark = "cached"});
    for (int i = 0; i < 6; i++)
        ask(&askers[i], tree, "{\"a\": 1}", i % 2);
    ask(&askers[6], tree, "{\"a\": 2}", false);
    loop_run(loop);
    assert_got(&askers[0], "{\"a\": 1, \"cached\": false}", CACHE_MISS);
    for (int i = 1; i < 6; i++)
        assert_got(&askers[i], "{\"a\": 1, \"cached\": true}", CACHE_HIT);
    assert_got(&askers[6], "{\"a\": 2, \"cached\": false}", CACHE_MISS);
    assert_int_equal(probe->runs, 2);
    runnable_rele(tree);
}

static void test_the_first_may_leave(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.delay = 50});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    for (int i = 0; i < 3; i++)
        ask(&askers[i], tree, "1", true);
    loop_advance(loop, 20);
    assert_int_equal(probe->under_way, 1);
    run_cancel(askers[0].run, LS_CANCELLED);
    loop_run(loop);
    assert_int_equal(askers[0].err, LS_CANCELLED);
    assert_got(&askers[1], "1", CACHE_HIT);
    assert_got(&askers[2], "1", CACHE_HIT);
    assert_int_equal(probe->runs, 1);
    runnable_rele(tree);
}

static void test_when_all_leave_it_is_cancelled_and_not_kept(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.delay = 50});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    for (int i = 0; i < 2; i++)
        ask(&askers[i], tree, "1", true);
    loop_advance(loop, 20);
    for (int i = 0; i < 2; i++)
        run_cancel(askers[i].run, LS_CANCELLED);
    loop_advance(loop, 1);
    assert_int_equal(probe->under_way, 0);
    ask(&askers[2], tree, "1", true);
    loop_run(loop);
    assert_got(&askers[2], "1", CACHE_MISS);
    assert_int_equal(probe->runs, 2);
    runnable_rele(tree);
}

/* In the turn in which the last one leaves another asks. */
static void test_nobody_follows_what_all_have_left(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.delay = 50});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    ask(&askers[0], tree, "1", false);
    loop_advance(loop, 20);
    run_cancel(askers[0].run, LS_CANCELLED);
    ask(&askers[1], tree, "1", false);
    loop_run(loop);
    assert_int_equal(askers[0].err, LS_CANCELLED);
    assert_got(&askers[1], "1", CACHE_MISS);
    assert_int_equal(probe->runs, 2);
    runnable_rele(tree);
}

static void test_errors_are_not_kept(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.fails = 2, .first = "1", .delay = 5});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    ask(&askers[0], tree, "1", true);
    ask(&askers[1], tree, "1", false);
    loop_run(loop);
    assert_int_equal(askers[0].err, LS_UPSTREAM);
    assert_int_equal(askers[1].err, LS_UPSTREAM);
    ask(&askers[0], tree, "1", false);
    loop_run(loop);
    assert_int_equal(askers[0].err, LS_UPSTREAM);
    ask(&askers[0], tree, "1", false);
    loop_run(loop);
    assert_got(&askers[0], "1", CACHE_MISS);
    assert_int_equal(probe->runs, 3);
    runnable_rele(tree);
}

static void test_interrupts_are_not_kept(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.fails = -1, .asks = true});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    for (int i = 0; i < 2; i++) {
        ask(&askers[0], tree, "1", false);
        loop_run(loop);
        assert_int_equal(askers[0].kind, OUTCOME_INTERRUPT);
    }
    assert_int_equal(probe->runs, 2);
    runnable_rele(tree);
}

static unsigned wants_nothing(struct listener *listener)
{
    (void)listener;
    return 0;
}

static void ask_observed(struct asker *asker, struct runnable *tree, const char *input,
                         bool streaming)
{
    static const struct observer_ops ops = {.wants = wants_nothing};
    static struct observer observers[sizeof askers / sizeof *askers];
    struct observer *observer = &observers[asker - askers];
    *observer = (struct observer){.ops = &ops};
    observing = observer;
    ask(asker, tree, input, streaming);
    observing = NULL;
}

static void test_an_observed_run_makes_its_own_and_keeps_it(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.delay = 5});
    struct runnable *tree = cached(probe, (struct cache_options){.mark = "cached"});
    ask_observed(&askers[0], tree, "{\"a\": 1}", false);
    loop_run(loop);
    assert_got(&askers[0], "{\"a\": 1, \"cached\": false}", CACHE_MISS);
    ask(&askers[1], tree, "{\"a\": 1}", false);
    loop_run(loop);
    assert_got(&askers[1], "{\"a\": 1, \"cached\": true}", CACHE_HIT);
    runnable_rele(tree);
}

/* The first of six is observed, and others too. */
static void ask_in_a_herd(struct runnable *tree)
{
    for (int i = 0; i < 6; i++)
        (i % 3 == 2 ? ask : ask_observed)(&askers[i], tree, "{\"a\": 1}", i % 2);
}

static void test_a_herd_behind_an_observed_run_waits_for_it(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.delay = 50});
    struct runnable *tree = cached(probe, (struct cache_options){.mark = "cached"});
    ask_in_a_herd(tree);
    loop_run(loop);
    assert_got(&askers[0], "{\"a\": 1, \"cached\": false}", CACHE_MISS);
    for (int i = 1; i < 6; i++) {
        assert_got(&askers[i], "{\"a\": 1, \"cached\": true}", CACHE_HIT);
        assert_int_equal(askers[i].chunks, 1);
    }
    assert_int_equal(probe->runs, 1);
    runnable_rele(tree);
}

/* The first of a herd ends for a reason of its own: the others get the result all the same, and of
 * them the second says `use`. */
static void end_the_first(enum ls_err why, enum cache_use use, unsigned runs)
{
    struct probe *probe = probe_new((struct probe_plan){.delay = 50});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    ask_in_a_herd(tree);
    loop_advance(loop, 20);
    run_cancel(askers[0].run, why);
    loop_run(loop);
    assert_int_equal(askers[0].err, why);
    assert_got(&askers[1], "{\"a\": 1}", use);
    for (int i = 2; i < 6; i++)
        assert_got(&askers[i], "{\"a\": 1}", CACHE_HIT);
    assert_int_equal(probe->runs, runs);
    runnable_rele(tree);
}

static void test_a_herd_behind_an_observed_run_outlives_it(void **state)
{
    (void)state;
    end_the_first(LS_CANCELLED, CACHE_MISS, 2);
}

static void test_a_herd_is_not_timed_by_the_observed_run(void **state)
{
    (void)state;
    end_the_first(LS_TIMEOUT, CACHE_HIT, 6);
}

static void test_a_herd_is_told_of_the_observed_runs_error(void **state)
{
    (void)state;
    struct probe *probe =
        probe_new((struct probe_plan){.fails = 1, .first = "{\"a\": 1}", .delay = 5});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    ask_in_a_herd(tree);
    loop_run(loop);
    for (int i = 0; i < 6; i++)
        assert_int_equal(askers[i].err, LS_UPSTREAM);
    assert_int_equal(probe->runs, 1);
    ask(&askers[0], tree, "{\"a\": 1}", false);
    loop_run(loop);
    assert_got(&askers[0], "{\"a\": 1}", CACHE_MISS);
    runnable_rele(tree);
}

static void test_messages_are_kept_whole(void **state)
{
    (void)state;
    struct runnable *tree =
        tree_from("{\"cache\": {\"par\": {\"m\": {\"fake\": {\"responses\": [\"abc\"]}}}}}");
    ask(&askers[0], tree, "\"x\"", true);
    ask(&askers[1], tree, "\"x\"", false);
    loop_run(loop);
    assert_true(askers[0].chunks > 1);
    ask(&askers[2], tree, "\"x\"", false);
    loop_run(loop);
    for (int i = 1; i < 3; i++) {
        json_t *message = json_object_get(askers[i].value, "m");
        assert_string_equal(json_string_value(json_object_get(message, "type")), "ai");
        assert_string_equal(json_string_value(json_object_get(message, "content")), "abc");
        assert_null(json_object_get(message, "tool_call_chunks"));
    }
    runnable_rele(tree);
}

/* Asks with a config and kwargs, and tells whether it was there. */
static bool is_hit(struct runnable *tree, const char *config, const char *kwargs)
{
    json_auto_t *given = json_of(config), *bound = json_of(kwargs);
    ask_with(&askers[0], tree, "1", &(struct call){.config = given, .kwargs = bound});
    loop_run(loop);
    assert_int_equal(askers[0].kind, OUTCOME_WELL);
    return askers[0].use == CACHE_HIT;
}

static void test_what_changes_the_output_is_in_the_key(void **state)
{
    (void)state;
    struct runnable *tree = cached(probe_new((struct probe_plan){0}), (struct cache_options){0});
    struct runnable *other =
        cached(probe_new((struct probe_plan){0}), (struct cache_options){.identity = "another"});
    assert_false(is_hit(tree, "{}", "{}"));
    assert_true(is_hit(tree, "{}", "{}"));
    assert_true(is_hit(tree, "{\"configurable\": {\"nobody_reads\": 1}}", "{}"));
    assert_false(is_hit(tree, "{}", "{\"stop\": [\"x\"]}"));
    assert_false(is_hit(other, "{}", "{}"));
    runnable_rele(tree);
    runnable_rele(other);
    tree = tree_from("{\"cache\": {\"choice\": [\"pass\", {\"value\": 2}]}}");
    assert_false(is_hit(tree, "{}", "{}"));
    assert_false(is_hit(tree, "{\"configurable\": {\"id\": \"1\"}}", "{}"));
    runnable_rele(tree);
    tree = tree_from("{\"cache\": {\"lua\": \"config.configurable.user\"}}");
    assert_false(is_hit(tree, "{\"configurable\": {\"user\": \"a\"}}", "{}"));
    assert_false(is_hit(tree, "{\"configurable\": {\"user\": \"b\"}}", "{}"));
    assert_json(askers[0].value, "\"b\"");
    assert_true(is_hit(tree, "{\"configurable\": {\"user\": \"a\"}}", "{}"));
    assert_json(askers[0].value, "\"a\"");
    runnable_rele(tree);
    tree =
        tree_from("{\"cache\": {\"lua\": \"config.max_concurrency or config.recursion_limit\"}}");
    assert_false(is_hit(tree, "{\"max_concurrency\": 3}", "{}"));
    assert_false(is_hit(tree, "{\"max_concurrency\": 4}", "{}"));
    assert_json(askers[0].value, "4");
    assert_false(is_hit(tree, "{\"recursion_limit\": 7}", "{}"));
    assert_json(askers[0].value, "7");
    assert_false(is_hit(tree, "{}", "{}"));
    assert_true(is_hit(tree, "{\"recursion_limit\": 25}", "{}"));
    runnable_rele(tree);
}

static void test_callers_are_told_apart(void **state)
{
    (void)state;
    static const char *const by[] = {"user"};
    struct probe *probe = probe_new((struct probe_plan){0});
    struct runnable *tree = cached(probe, (struct cache_options){.by = by, .by_count = 1});
    assert_false(is_hit(tree, "{\"configurable\": {\"user\": \"a\"}}", "{}"));
    assert_false(is_hit(tree, "{\"configurable\": {\"user\": \"b\"}}", "{}"));
    assert_true(is_hit(tree, "{\"configurable\": {\"user\": \"a\"}}", "{}"));
    for (int i = 0; i < 2; i++) { /* who does not say it is given nothing of others' */
        assert_false(is_hit(tree, "{}", "{}"));
        assert_false(is_hit(tree, "{\"configurable\": {\"user\": \"\"}}", "{}"));
    }
    assert_int_equal(probe->runs, 6);
    runnable_rele(tree);
}

static void test_without_a_store_all_is_made(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){0});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    struct cache *cache = services.cache;
    services = (struct run_services){.store = NULL};
    for (int i = 0; i < 2; i++) {
        ask(&askers[0], tree, "1", false);
        loop_run(loop);
        assert_got(&askers[0], "1", CACHE_MISS);
    }
    services.cache = cache;
    runnable_rele(tree);
}

static void test_a_store_that_fails_is_done_without(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.delay = 5});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    store_free(&kept.store);
    snprintf(kept.path, sizeof kept.path, "/dev/null/store.db");
    services.store = kept.store = stand_store_new(&kept);
    for (int i = 0; i < 2; i++) {
        ask(&askers[0], tree, "1", false);
        ask(&askers[1], tree, "1", false);
        loop_run(loop);
        assert_got(&askers[0], "1", CACHE_MISS);
        assert_got(&askers[1], "1", CACHE_HIT); /* with the first */
    }
    assert_int_equal(probe->runs, 2);
    runnable_rele(tree);
}

static void test_closing_cancels_flights(void **state)
{
    (void)state;
    struct probe *probe = probe_new((struct probe_plan){.delay = 1000});
    struct runnable *tree = cached(probe, (struct cache_options){0});
    ask(&askers[0], tree, "1", false);
    loop_advance(loop, 10);
    assert_int_equal(probe->under_way, 1);
    cache_close(&services.cache);
    loop_run(loop);
    assert_null(askers[0].run);
    assert_int_equal(askers[0].err, LS_SHUTDOWN);
    assert_int_equal(probe->under_way, 0);
    runnable_rele(tree);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_result_is_given_again),
        TEST(test_what_is_old_is_made_anew),
        TEST(test_a_herd_runs_once),
        TEST(test_the_first_may_leave),
        TEST(test_when_all_leave_it_is_cancelled_and_not_kept),
        TEST(test_nobody_follows_what_all_have_left),
        TEST(test_errors_are_not_kept),
        TEST(test_interrupts_are_not_kept),
        TEST(test_an_observed_run_makes_its_own_and_keeps_it),
        TEST(test_a_herd_behind_an_observed_run_waits_for_it),
        TEST(test_a_herd_behind_an_observed_run_outlives_it),
        TEST(test_a_herd_is_not_timed_by_the_observed_run),
        TEST(test_a_herd_is_told_of_the_observed_runs_error),
        TEST(test_messages_are_kept_whole),
        TEST(test_what_changes_the_output_is_in_the_key),
        TEST(test_callers_are_told_apart),
        TEST(test_without_a_store_all_is_made),
        TEST(test_a_store_that_fails_is_done_without),
        TEST(test_closing_cancels_flights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

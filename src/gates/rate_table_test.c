#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gates/rate_table.h"

/* In memory that the tests' children share. */
static _Atomic int64_t *now;
static struct rate_table *table;
static struct rate rate;

static int64_t test_clock(void)
{
    return atomic_load(now);
}

static void open_table(int64_t count, int64_t window)
{
    rate = (struct rate){count, window};
    atomic_store(now, 5000000);
    table = rate_table_new(rate.window, test_clock);
    assert_non_null(table);
}

static int set_up(void **state)
{
    (void)state;
    now = mmap(NULL, sizeof *now, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return now == MAP_FAILED ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    rate_table_free(&table);
    rate_table_free(&table); /* harmless */
    return munmap(now, sizeof *now);
}

static bool take_number(uint32_t key)
{
    struct rate_said said;
    rate_table_take(table, rate.count, &key, sizeof key, &said);
    return said.allowed;
}

static void each_key_has_its_own_count(void **state)
{
    (void)state;
    open_table(2, 1000);
    for (uint32_t key = 0; key < 1000; key++) {
        assert_true(take_number(key));
        assert_true(take_number(key));
        assert_false(take_number(key));
    }
    atomic_fetch_add(now, 2000);
    for (uint32_t key = 0; key < 1000; key++)
        assert_true(take_number(key));
}

static void what_is_given_back_passes_again(void **state)
{
    (void)state;
    uint32_t key = 7;
    struct rate_said said;
    open_table(1, 1000);
    assert_true(take_number(key));
    assert_false(take_number(key));
    rate_table_give(table, &key, sizeof key);
    assert_true(take_number(key));
    assert_false(take_number(key));
    rate_table_take(table, rate.count, NULL, 0, &said);
    assert_true(said.allowed);
    rate_table_give(table, NULL, 0);
    rate_table_take(table, rate.count, NULL, 0, &said);
    assert_true(said.allowed);
    rate_table_take(table, rate.count, NULL, 0, &said);
    assert_false(said.allowed);
}

/* A flood of keys fills the table: who was limited stays so, and those of a bucket who found no
 * place share what one key gets. */
static void a_flood_lets_nobody_through_who_is_limited(void **state)
{
    (void)state;
    enum { FLOOD = 1200000, LIMITED = 500, COUNT = 3 };
    size_t passed = 0;
    open_table(COUNT, 1000);
    for (uint32_t key = 0; key < LIMITED; key++)
        for (int i = 0; i < COUNT; i++)
            assert_true(take_number(key));
    for (uint32_t key = LIMITED; key < FLOOD; key++)
        passed += take_number(key);
    /* one each for those with a place, COUNT in each bucket for all others together */
    assert_int_equal(passed, 16384 * (15 + COUNT) - LIMITED);
    for (uint32_t key = 0; key < LIMITED; key++)
        assert_false(take_number(key));
    atomic_fetch_add(now, 2000); /* and the places serve again */
    passed = 0;
    for (uint32_t key = FLOOD; key < FLOOD + 1000; key++)
        passed += take_number(key);
    assert_int_equal(passed, 1000);
}

/* Who was counted in the common word cannot begin anew with a place of its own. */
static void a_late_place_remembers_the_common_count(void **state)
{
    (void)state;
    enum { COUNT = 5, FLOOD = 600000 };
    open_table(COUNT, 1000);
    for (uint32_t key = 0; key < FLOOD; key++)
        (void)take_number(key);
    atomic_fetch_add(now, 1999); /* the end of the next window: the flood still has the places */
    for (int i = 0; i < COUNT - 1; i++)
        assert_true(take_number(FLOOD));
    assert_false(take_number(FLOOD));
    atomic_fetch_add(now, 1); /* the places are idle */
    assert_true(take_number(FLOOD));
    assert_false(take_number(FLOOD));
}

/* ---- many at once ---- */

enum { THREADS = 8, TRIES = 20000, KEYS = 64, COUNT = 1000 };

static _Atomic uint64_t passed_threads;

static void *storm(void *arg)
{
    unsigned seed = (unsigned)(uintptr_t)arg;
    for (int i = 0; i < TRIES; i++)
        atomic_fetch_add(&passed_threads, take_number((uint32_t)rand_r(&seed) % KEYS));
    return NULL;
}

static void threads_pass_exactly_what_is_allowed(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    open_table(COUNT, 1000);
    atomic_store(&passed_threads, 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, storm, (void *)(i + 1)), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    /* 160000 tries at 64 keys are some 2500 for each, and 1000 pass */
    assert_int_equal(atomic_load(&passed_threads), KEYS * COUNT);
}

static void *race(void *arg)
{
    for (uint32_t key = 0; key < TRIES; key++) {
        if (key % 512 == 0)
            atomic_fetch_add(now, *(const int64_t *)arg);
        atomic_fetch_add(&passed_threads, take_number(key));
    }
    return NULL;
}

/* All threads meet each key for the first time: no key gets two places. */
static void the_first_requests_of_a_key_may_come_at_once(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int64_t standing = 0;
    open_table(3, 1000);
    atomic_store(&passed_threads, 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, race, &standing), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&passed_threads), TRIES * 3);
}

/* Places change hands all the time while they are counted in: the common word stays unused, so
 * that what passes is bounded by what the windows allow. */
static void places_change_hands_under_way(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    int64_t step = 700;
    open_table(3, 1000);
    atomic_store(&passed_threads, 0);
    int64_t began = atomic_load(now);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, race, &step), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int64_t windows = (atomic_load(now) - began) / 1000 + 2;
    assert_true(atomic_load(&passed_threads) >= TRIES * 3);
    assert_true(atomic_load(&passed_threads) <= (uint64_t)(TRIES * 3 * windows));
}

static void processes_pass_exactly_what_is_allowed(void **state)
{
    (void)state;
    enum { CHILDREN = 4 };
    int pipes[2], status;
    uint64_t all = 0, one;
    open_table(COUNT, 1000);
    assert_int_equal(pipe(pipes), 0);
    for (unsigned child = 0; child < CHILDREN; child++)
        if (fork() == 0) {
            unsigned seed = child;
            uint64_t passed = 0;
            for (int i = 0; i < 2 * TRIES; i++)
                passed += take_number((uint32_t)rand_r(&seed) % KEYS);
            _exit(write(pipes[1], &passed, sizeof passed) == sizeof passed ? 0 : 1);
        }
    for (int i = 0; i < CHILDREN; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
        assert_int_equal(read(pipes[0], &one, sizeof one), sizeof one);
        all += one;
    }
    close(pipes[0]);
    close(pipes[1]);
    assert_int_equal(all, KEYS * COUNT);
}

/* Children are killed in the middle of taking places; their parent frees what they held, and the
 * table serves everybody. */
static void the_dead_hold_no_locks(void **state)
{
    (void)state;
    open_table(2, 1000);
    for (uint32_t round = 0; round < 20; round++) {
        pid_t child = fork();
        if (child == 0)
            for (uint32_t key = round * 1000000;; key++)
                (void)take_number(key);
        usleep(2000);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        rate_table_forget(table, child);
        atomic_fetch_add(now, 2000);
        for (uint32_t key = 0; key < 2000; key++) {
            assert_true(take_number(key));
            assert_true(take_number(key));
            assert_false(take_number(key));
        }
        atomic_fetch_add(now, 2000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_key_has_its_own_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_given_back_passes_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_flood_lets_nobody_through_who_is_limited, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_late_place_remembers_the_common_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(threads_pass_exactly_what_is_allowed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_first_requests_of_a_key_may_come_at_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(places_change_hands_under_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(processes_pass_exactly_what_is_allowed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_dead_hold_no_locks, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

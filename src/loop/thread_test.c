#include "loop/thread.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { JOBS = 100 };

static struct loop *loops[2];
static pthread_t here;
static int worked[JOBS], works, reports;

struct numbered {
    struct job job;
    struct thread *thread;
    int number;
    struct numbered *next; /* given when this one is reported, or NULL */
    bool elsewhere;
};

static void work(struct job *job)
{
    struct numbered *numbered = container_of(job, struct numbered, job);
    numbered->elsewhere = !pthread_equal(pthread_self(), here);
    worked[works++] = numbered->number;
}

static void done(struct job *job)
{
    struct numbered *numbered = container_of(job, struct numbered, job);
    assert_true(pthread_equal(pthread_self(), here));
    assert_int_equal(numbered->number, reports++);
    if (numbered->next)
        thread_do(numbered->thread, &numbered->next->job);
}

static struct numbered numbered(struct thread *thread, int number)
{
    return (
        struct numbered){.job = {.work = work, .done = done}, .thread = thread, .number = number};
}

static int set_up(void **state)
{
    (void)state;
    here = pthread_self();
    loops[0] = loop_new();
    loops[1] = loop_new_virtual();
    works = reports = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        loop_free(&loops[i]);
    return 0;
}

static void test_jobs_are_done_in_order(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct numbered jobs[JOBS];
        struct thread *thread = thread_new(loops[k]);
        works = reports = 0;
        for (int i = 0; i < JOBS; i++) {
            jobs[i] = numbered(thread, i);
            thread_do(thread, &jobs[i].job);
        }
        assert_int_equal(reports, 0);
        loop_run(loops[k]); /* which ends when all are reported */
        assert_int_equal(reports, JOBS);
        for (int i = 0; i < JOBS; i++) {
            assert_int_equal(worked[i], i);
            assert_int_equal(jobs[i].elsewhere, k == 0);
        }
        thread_free(&thread);
        assert_null(thread);
    }
}

static void test_a_report_gives_the_next_job(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct numbered jobs[3];
        struct thread *thread = thread_new(loops[k]);
        works = reports = 0;
        for (int i = 0; i < 3; i++) {
            jobs[i] = numbered(thread, i);
            jobs[i].next = i < 2 ? &jobs[i + 1] : NULL;
        }
        thread_do(thread, &jobs[0].job);
        loop_run(loops[k]);
        assert_int_equal(reports, 3);
        thread_free(&thread);
    }
}

static void test_freeing_does_what_was_given(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct numbered jobs[JOBS];
        struct thread *thread = thread_new(loops[k]);
        works = reports = 0;
        for (int i = 0; i < JOBS; i++) {
            jobs[i] = numbered(thread, i);
            thread_do(thread, &jobs[i].job);
        }
        thread_free(&thread);
        assert_int_equal(works, JOBS);
        assert_int_equal(reports, JOBS);
    }
}

static void test_an_idle_thread_holds_nothing_up(void **state)
{
    (void)state;
    struct thread *thread = thread_new(loops[0]);
    loop_run(loops[0]);
    thread_free(&thread);
    thread_free(&thread);
}

static sigset_t blocked;

static void look_at_signals(struct job *job)
{
    (void)job;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
}

static void reported(struct job *job)
{
    (void)job;
}

static void test_signals_do_not_reach_it(void **state)
{
    (void)state;
    struct job job = {.work = look_at_signals, .done = reported};
    struct thread *thread = thread_new(loops[0]);
    thread_do(thread, &job);
    loop_run(loops[0]);
    thread_free(&thread);
    assert_true(sigismember(&blocked, SIGTERM));
    assert_true(sigismember(&blocked, SIGCHLD));
    sigset_t own;
    pthread_sigmask(SIG_SETMASK, NULL, &own);
    assert_false(sigismember(&own, SIGTERM));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_jobs_are_done_in_order),      TEST(test_a_report_gives_the_next_job),
        TEST(test_freeing_does_what_was_given), TEST(test_an_idle_thread_holds_nothing_up),
        TEST(test_signals_do_not_reach_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

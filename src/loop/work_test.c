#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "loop/mailbox.h"
#include "loop/work.h"

/* A work that may be held up, and what became of it. */
struct job {
    struct work work;
    sem_t begun, gate;
    bool held;
    atomic_int ran, done, gone;
};

static pthread_t main_thread;

static void run(struct work *work)
{
    struct job *job = container_of(work, struct job, work);
    job->ran++;
    sem_post(&job->begun);
    if (job->held)
        sem_wait(&job->gate);
}

static void done(struct work *work, bool gone)
{
    struct job *job = container_of(work, struct job, work);
    assert_int_equal(gone, !pthread_equal(pthread_self(), main_thread));
    job->gone += gone;
    job->done++;
}

static struct job *job_new(bool held)
{
    struct job *job = mem_zalloc(1, sizeof *job);
    sem_init(&job->begun, 0, 0);
    sem_init(&job->gate, 0, 0);
    job->held = held;
    return job;
}

static void job_free(struct job *job)
{
    sem_destroy(&job->begun);
    sem_destroy(&job->gate);
    free(job);
}

static void wait_for(atomic_int *value, int target)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int i = 0; i < 20000 && *value < target; i++)
        nanosleep(&moment, NULL);
    assert_int_equal(*value, target);
}

static void work_ends_on_the_loop_once(void **state)
{
    (void)state;
    enum { JOBS = 50 };
    struct loop *loop = loop_new();
    struct job *jobs[JOBS];
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = job_new(false);
        work_start(loop, &jobs[i]->work, run, done);
    }
    loop_run(loop); /* which waits for all of them */
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(jobs[i]->ran, 1);
        assert_int_equal(jobs[i]->done, 1);
        job_free(jobs[i]);
    }
    loop_free(&loop);
}

/* As many at a time as there are threads; what waits can be taken back, what runs cannot. */
static void only_what_waits_is_taken_back(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct job *jobs[WORK_MAX_THREADS + 1];
    for (int i = 0; i <= WORK_MAX_THREADS; i++) {
        jobs[i] = job_new(true);
        work_start(loop, &jobs[i]->work, run, done);
    }
    for (int i = 0; i < WORK_MAX_THREADS; i++)
        sem_wait(&jobs[i]->begun);
    assert_true(work_cancel(&jobs[WORK_MAX_THREADS]->work));
    assert_false(work_cancel(&jobs[0]->work));
    for (int i = 0; i < WORK_MAX_THREADS; i++)
        sem_post(&jobs[i]->gate);
    loop_run(loop);
    for (int i = 1; i < WORK_MAX_THREADS; i++)
        assert_int_equal(jobs[i]->done, 1);
    assert_int_equal(jobs[WORK_MAX_THREADS]->ran + jobs[WORK_MAX_THREADS]->done, 0);
    loop_free(&loop);
    wait_for(&jobs[0]->done, 1);
    for (int i = 0; i <= WORK_MAX_THREADS; i++)
        job_free(jobs[i]);
}

static void an_end_after_the_loops_comes_on_the_thread(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct job *job = job_new(true);
    work_start(loop, &job->work, run, done);
    sem_wait(&job->begun);
    loop_free(&loop); /* which does not wait */
    assert_int_equal(job->done, 0);
    sem_post(&job->gate);
    wait_for(&job->done, 1);
    assert_int_equal(job->gone, 1);
    job_free(job);
}

/* What had no thread when the loop ended is not run, and ends. */
static void what_has_not_begun_ends_with_the_loop(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct job *jobs[WORK_MAX_THREADS + 1];
    for (int i = 0; i <= WORK_MAX_THREADS; i++) {
        jobs[i] = job_new(true);
        work_start(loop, &jobs[i]->work, run, done);
    }
    for (int i = 0; i < WORK_MAX_THREADS; i++)
        sem_wait(&jobs[i]->begun);
    loop_free(&loop);
    assert_int_equal(jobs[WORK_MAX_THREADS]->ran, 0);
    assert_int_equal(jobs[WORK_MAX_THREADS]->done, 1);
    for (int i = 0; i < WORK_MAX_THREADS; i++) {
        sem_post(&jobs[i]->gate);
        wait_for(&jobs[i]->done, 1);
    }
    for (int i = 0; i <= WORK_MAX_THREADS; i++)
        job_free(jobs[i]);
}

static void a_virtual_loop_works_by_turns(void **state)
{
    (void)state;
    struct loop *loop = loop_new_virtual();
    struct job *one = job_new(false), *two = job_new(false);
    work_start(loop, &one->work, run, done);
    work_start(loop, &two->work, run, done);
    assert_true(work_cancel(&two->work));
    assert_true(loop_turn(loop));
    assert_int_equal(one->ran, 1);
    assert_int_equal(one->done, 0);
    assert_false(work_cancel(&one->work));
    assert_true(loop_turn(loop));
    assert_int_equal(one->done, 1);
    assert_false(loop_turn(loop));
    assert_int_equal(two->ran + two->done, 0);
    loop_free(&loop);
    job_free(one);
    job_free(two);
}

/* ---- the mailbox ---- */

struct note {
    struct task task;
    struct mailbox *mailbox;
    bool posted;
    atomic_int called;
};

static void on_note(struct task *task)
{
    struct note *note = container_of(task, struct note, task);
    assert_true(pthread_equal(pthread_self(), main_thread));
    mailbox_expect_less(note->mailbox);
    note->called++;
}

static void *post(void *arg)
{
    struct note *note = arg;
    note->posted = mailbox_post(note->mailbox, &note->task);
    return NULL;
}

static void posts_come_from_any_thread(void **state)
{
    (void)state;
    enum { NOTES = 20 };
    struct loop *loop = loop_new();
    struct mailbox *mailbox = mailbox_hold(loop_mailbox(loop));
    struct note notes[NOTES] = {0};
    pthread_t threads[NOTES];
    assert_ptr_equal(mailbox, loop_mailbox(loop));
    for (int i = 0; i < NOTES; i++) {
        notes[i].mailbox = mailbox;
        task_init(&notes[i].task, on_note);
        mailbox_expect(mailbox);
        pthread_create(&threads[i], NULL, post, &notes[i]);
    }
    loop_run(loop);
    for (int i = 0; i < NOTES; i++) {
        pthread_join(threads[i], NULL);
        assert_true(notes[i].posted);
        assert_int_equal(notes[i].called, 1);
    }
    loop_free(&loop);
    post(&notes[0]);
    assert_false(notes[0].posted); /* nobody is there any more */
    assert_int_equal(notes[0].called, 1);
    mailbox_rele(mailbox);
}

/* What was posted before the end is called by the end. */
static void posts_before_the_end_are_called(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct note note = {.mailbox = mailbox_hold(loop_mailbox(loop))};
    pthread_t thread;
    task_init(&note.task, on_note);
    mailbox_expect(note.mailbox);
    pthread_create(&thread, NULL, post, &note);
    pthread_join(thread, NULL);
    assert_true(note.posted);
    loop_free(&loop);
    assert_int_equal(note.called, 1);
    mailbox_rele(note.mailbox);
}

int main(void)
{
    main_thread = pthread_self();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_ends_on_the_loop_once),
        cmocka_unit_test(only_what_waits_is_taken_back),
        cmocka_unit_test(an_end_after_the_loops_comes_on_the_thread),
        cmocka_unit_test(what_has_not_begun_ends_with_the_loop),
        cmocka_unit_test(a_virtual_loop_works_by_turns),
        cmocka_unit_test(posts_come_from_any_thread),
        cmocka_unit_test(posts_before_the_end_are_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

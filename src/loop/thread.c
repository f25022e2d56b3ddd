#include "loop/thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"
#include "loop/loop_internal.h"

struct thread {
    struct loop *loop;
    struct link todo, finished; /* jobs; on a real loop under the lock */
    unsigned unreported;        /* jobs given and not reported yet; the loop's */
    struct task turn;           /* on a virtual loop: does a job */
    uv_thread_t uv;
    uv_async_t async; /* wakes the loop to report; holds it while jobs are unreported */
    uv_mutex_t lock;
    uv_cond_t more;
    bool closing; /* under the lock */
};

/* ---- on a virtual loop ---- */

static bool do_one(struct thread *thread)
{
    struct link *link = list_take_first(&thread->todo);
    if (!link)
        return false;
    struct job *job = container_of(link, struct job, link);
    job->work(job);
    job->done(job);
    return true;
}

static void on_turn(struct task *task)
{
    struct thread *thread = container_of(task, struct thread, turn);
    do_one(thread);
    if (!list_is_empty(&thread->todo))
        loop_soon(thread->loop, &thread->turn);
}

/* ---- on a real loop ---- */

/* The next job, waited for; NULL when the thread is to end. */
static struct job *next_job(struct thread *thread)
{
    uv_mutex_lock(&thread->lock);
    while (list_is_empty(&thread->todo) && !thread->closing)
        uv_cond_wait(&thread->more, &thread->lock);
    struct link *link = list_take_first(&thread->todo);
    uv_mutex_unlock(&thread->lock);
    return link ? container_of(link, struct job, link) : NULL;
}

static void thread_main(void *arg)
{
    struct thread *thread = arg;
    for (struct job *job; (job = next_job(thread));) {
        job->work(job);
        uv_mutex_lock(&thread->lock);
        list_append(&thread->finished, &job->link);
        uv_mutex_unlock(&thread->lock);
        uv_async_send(&thread->async);
    }
}

static void report_finished(struct thread *thread)
{
    struct link now;
    list_init(&now);
    uv_mutex_lock(&thread->lock);
    list_append_all(&now, &thread->finished);
    uv_mutex_unlock(&thread->lock);
    for (struct link *link; (link = list_take_first(&now));) {
        if (--thread->unreported == 0)
            uv_unref((uv_handle_t *)&thread->async);
        struct job *job = container_of(link, struct job, link);
        job->done(job);
    }
}

static void on_async(uv_async_t *async)
{
    report_finished(async->data);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* Starts the thread with all signals blocked, so that they reach the loop's. */
static int start(struct thread *thread)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = uv_thread_create(&thread->uv, thread_main, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

static void drop(struct thread *thread)
{
    uv_mutex_destroy(&thread->lock);
    uv_cond_destroy(&thread->more);
    uv_close((uv_handle_t *)&thread->async, on_closed);
}

/* Starts the thread of `thread` (taken over); NULL when the system refuses. */
static struct thread *set_up(struct thread *thread)
{
    if (uv_async_init(loop_uv(thread->loop), &thread->async, on_async) != 0) {
        free(thread);
        return NULL;
    }
    thread->async.data = thread;
    uv_unref((uv_handle_t *)&thread->async);
    uv_mutex_init(&thread->lock);
    uv_cond_init(&thread->more);
    if (start(thread) == 0)
        return thread;
    drop(thread);
    return NULL;
}

struct thread *thread_new(struct loop *loop)
{
    struct thread *thread = mem_zalloc(1, sizeof *thread);
    thread->loop = loop;
    list_init(&thread->todo);
    list_init(&thread->finished);
    task_init(&thread->turn, on_turn);
    return loop->real ? set_up(thread) : thread;
}

/* Ends the thread; what it had to do is done then. */
static void join(struct thread *thread)
{
    uv_mutex_lock(&thread->lock);
    thread->closing = true;
    uv_cond_signal(&thread->more);
    uv_mutex_unlock(&thread->lock);
    uv_thread_join(&thread->uv);
}

void thread_free(struct thread **thread)
{
    struct thread *old = *thread;
    *thread = NULL;
    if (!old)
        return;
    if (old->loop->real) {
        join(old);
        report_finished(old);
        drop(old);
        return;
    }
    task_cancel(&old->turn);
    while (do_one(old)) {
    }
    free(old);
}

void thread_do(struct thread *thread, struct job *job)
{
    list_init(&job->link);
    if (!thread->loop->real) {
        list_append(&thread->todo, &job->link);
        loop_soon(thread->loop, &thread->turn);
        return;
    }
    if (thread->unreported++ == 0)
        uv_ref((uv_handle_t *)&thread->async);
    uv_mutex_lock(&thread->lock);
    list_append(&thread->todo, &job->link);
    uv_cond_signal(&thread->more);
    uv_mutex_unlock(&thread->lock);
}

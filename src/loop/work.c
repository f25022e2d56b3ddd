/* Design: threads wait for work at one queue under one lock.  The pool is shared by the loop and
 * its threads, and goes with the last of them; threads are detached, since one that is stuck in a
 * function must not hold up the end of the loop. */
#include "loop/work.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/metrics.h"
#include "loop/loop_internal.h"
#include "loop/mailbox.h"

struct work_pool {
    atomic_uint refs; /* the loop and the threads */
    struct loop *loop;
    struct mailbox *mailbox;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t more;  /* there is work, or the loop is closing */
    struct link queue;
    unsigned queued, threads, idle;
    bool closing;
};

/* Counts work into the queue or out of it; under the lock. */
static void count(struct work_pool *pool, int change)
{
    pool->queued += (unsigned)change;
    metric_add(metrics.work_queued, change);
}

static void pool_rele(struct work_pool *pool)
{
    if (atomic_fetch_sub(&pool->refs, 1) > 1)
        return;
    mailbox_rele(pool->mailbox);
    pthread_cond_destroy(&pool->more);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static void on_done(struct task *task)
{
    struct work *work = container_of(task, struct work, task);
    if (!work->abandoned)
        mailbox_expect_less(work->pool->mailbox);
    work->done(work, false);
}

/* The next work, or NULL when the thread is to end. */
static struct work *take(struct work_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->idle++;
    while (list_is_empty(&pool->queue) && !pool->closing)
        pthread_cond_wait(&pool->more, &pool->lock);
    pool->idle--;
    struct link *first = pool->closing ? NULL : list_take_first(&pool->queue);
    if (first)
        count(pool, -1);
    pthread_mutex_unlock(&pool->lock);
    return first ? container_of(first, struct work, link) : NULL;
}

static void *thread_main(void *arg)
{
    struct work_pool *pool = arg;
    for (struct work *work; (work = take(pool));) {
        work->run(work);
        if (!mailbox_post(pool->mailbox, &work->task))
            work->done(work, true);
    }
    pool_rele(pool);
    return NULL;
}

/* Another thread, to which no signal is delivered; none when the system has no more to give and
 * there is one already. */
static void add_thread(struct work_pool *pool)
{
    pthread_t thread;
    pthread_attr_t detached;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_fetch_add(&pool->refs, 1);
    if (pthread_create(&thread, &detached, thread_main, pool) == 0)
        pool->threads++;
    else if (pool->threads > 0)
        atomic_fetch_sub(&pool->refs, 1);
    else
        abort();
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&detached);
}

static struct work_pool *pool_of(struct loop *loop)
{
    if (loop->work)
        return loop->work;
    struct work_pool *pool = mem_zalloc(1, sizeof *pool);
    atomic_init(&pool->refs, 1);
    pool->loop = loop;
    pool->mailbox = mailbox_hold(loop_mailbox(loop));
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->more, NULL);
    list_init(&pool->queue);
    return loop->work = pool;
}

/* A virtual loop's: runs on one turn, ends on the next. */
static void on_turn(struct task *task)
{
    struct work *work = container_of(task, struct work, task);
    if (work->has_run) {
        on_done(task);
        return;
    }
    work->has_run = true;
    work->run(work);
    loop_soon(work->pool->loop, task);
}

static void enqueue(struct work_pool *pool, struct work *work)
{
    pthread_mutex_lock(&pool->lock);
    list_append(&pool->queue, &work->link);
    count(pool, 1);
    if (pool->queued > pool->idle && pool->threads < WORK_MAX_THREADS)
        add_thread(pool);
    else
        pthread_cond_signal(&pool->more);
    pthread_mutex_unlock(&pool->lock);
}

void work_start(struct loop *loop, struct work *work, void (*run)(struct work *work),
                void (*done)(struct work *work, bool gone))
{
    *work = (struct work){.run = run, .done = done, .pool = pool_of(loop)};
    list_init(&work->link);
    task_init(&work->task, loop->real ? on_done : on_turn);
    mailbox_expect(work->pool->mailbox);
    if (loop->real && !work->pool->closing)
        enqueue(work->pool, work);
    else
        loop_soon(loop, &work->task);
}

bool work_cancel(struct work *work)
{
    struct work_pool *pool = work->pool;
    pthread_mutex_lock(&pool->lock);
    bool queued = !list_is_empty(&work->link);
    list_remove(&work->link);
    if (queued)
        count(pool, -1);
    pthread_mutex_unlock(&pool->lock);
    bool waits = queued || (!pool->loop->real && !work->has_run);
    if (waits && !queued)
        task_cancel(&work->task);
    if (!work->abandoned)
        mailbox_expect_less(pool->mailbox);
    work->abandoned = true;
    return waits;
}

void work_close(struct work_pool *pool)
{
    struct link left;
    list_init(&left);
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    count(pool, -(int)pool->queued);
    list_append_all(&left, &pool->queue);
    pthread_cond_broadcast(&pool->more);
    pthread_mutex_unlock(&pool->lock);
    for (struct link *item; (item = list_take_first(&left));)
        loop_soon(pool->loop, &container_of(item, struct work, link)->task);
}

void work_free(struct work_pool *pool)
{
    if (pool)
        pool_rele(pool);
}

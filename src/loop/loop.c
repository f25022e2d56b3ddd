/* Design: the core (queues, timers, turns) is plain C and the same for real and virtual loops;
 * libuv only tells when the outside has something and sleeps until the earliest timer. */
#include "loop/loop.h"

#include <assert.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/process.h"
#include "loop/loop_internal.h"
#include "loop/mailbox.h"
#include "loop/timer_heap.h"

/* Rounds of tasks that queue tasks before the loop looks at its sockets again. */
enum { ROUNDS_PER_TURN = 256 };

void task_init(struct task *task, void (*fn)(struct task *task))
{
    list_init(&task->link);
    task->fn = fn;
}

void task_cancel(struct task *task)
{
    list_remove(&task->link);
}

bool task_is_queued(const struct task *task)
{
    return !list_is_empty(&task->link);
}

void loop_soon(struct loop *loop, struct task *task)
{
    if (!task_is_queued(task))
        list_append(&loop->soon, &task->link);
}

void loop_late(struct loop *loop, struct task *task)
{
    if (!task_is_queued(task))
        list_append(&loop->late, &task->link);
}

void loop_in_turn(struct loop *loop, struct task *task)
{
    if (!task_is_queued(task))
        list_append(&loop->pieces, &task->link);
}

static bool run_task(struct link *item)
{
    if (!item)
        return false;
    struct task *task = container_of(item, struct task, link);
    task->fn(task);
    return true;
}

/* Runs what is in `queue` now; what is queued meanwhile waits.  False when it was empty. */
static bool run_queue(struct link *queue)
{
    struct link now;
    list_init(&now);
    list_append_all(&now, queue);
    bool did = false;
    while (run_task(list_take_first(&now)))
        did = true;
    return did;
}

int64_t loop_now(const struct loop *loop)
{
    return loop->real ? (int64_t)uv_now(&loop->uv) : loop->virtual_now;
}

static void fire_due(struct loop *loop)
{
    int64_t now = loop_now(loop);
    uint64_t newest = loop->timer_order; /* timers started by these calls wait for the next turn */
    while (loop->timers > 0 && loop->heap[0]->due <= now && loop->heap[0]->order <= newest) {
        struct timer *timer = loop->heap[0];
        timer_heap_remove(loop, timer);
        timer->fn(timer);
    }
}

/* ---- the real loop ---- */

static bool has_queued(const struct loop *loop)
{
    return !list_is_empty(&loop->soon) || !list_is_empty(&loop->late) ||
           !list_is_empty(&loop->pieces);
}

/* Late tasks set deadlines for what was just written; these must not begin before a long turn did
 * its work.  They write the answers: what the log says of these is there before. */
static void run_late(struct loop *loop)
{
    if (list_is_empty(&loop->late))
        return;
    log_flush();
    uv_update_time(&loop->uv);
    run_queue(&loop->late);
}

void loop_settle(struct loop *loop)
{
    int rounds = 0;
    do {
        while (rounds < ROUNDS_PER_TURN && run_queue(&loop->soon))
            rounds++;
        run_late(loop);
    } while (rounds < ROUNDS_PER_TURN && !list_is_empty(&loop->soon));
}

static void on_uv_idle(uv_idle_t *handle)
{
    (void)handle; /* its being active keeps the loop from sleeping */
}

static void on_uv_check(uv_check_t *handle)
{
    struct loop *loop = handle->data;
    loop_settle(loop); /* what the outside brought does not wait for a piece of long work */
    if (run_task(list_take_first(&loop->pieces)))
        loop_settle(loop);
}

static void arm_timer(struct loop *loop);

static void on_uv_prepare(uv_prepare_t *handle)
{
    struct loop *loop = handle->data;
    loop_settle(loop);
    if (has_queued(loop))
        uv_idle_start(&loop->uv_idle, on_uv_idle);
    else
        uv_idle_stop(&loop->uv_idle);
    arm_timer(loop);
    log_flush();
    if (loop->stopping)
        uv_stop(&loop->uv);
}

static void on_uv_timer(uv_timer_t *handle)
{
    fire_due(handle->data);
}

/* Sleeps no longer than the earliest timer allows. */
static void arm_timer(struct loop *loop)
{
    if (loop->timers == 0) {
        uv_timer_stop(&loop->uv_timer);
        return;
    }
    uv_update_time(&loop->uv);
    int64_t wait = loop->heap[0]->due - loop_now(loop);
    uv_timer_start(&loop->uv_timer, on_uv_timer, wait > 0 ? (uint64_t)wait : 0, 0);
    if (loop->timers > loop->aside)
        uv_ref((uv_handle_t *)&loop->uv_timer);
    else
        uv_unref((uv_handle_t *)&loop->uv_timer);
}

static struct loop *loop_new_core(bool real)
{
    struct loop *loop = mem_zalloc(1, sizeof *loop);
    list_init(&loop->soon);
    list_init(&loop->late);
    list_init(&loop->pieces);
    list_init(&loop->watchers);
    loop->real = real;
    return loop;
}

struct loop *loop_new(void)
{
    process_ignore(SIGPIPE); /* writing to a closed socket */
    struct loop *loop = loop_new_core(true);
    if (uv_loop_init(&loop->uv) != 0) {
        free(loop);
        return NULL;
    }
    uv_timer_init(&loop->uv, &loop->uv_timer);
    uv_check_init(&loop->uv, &loop->uv_check);
    uv_prepare_init(&loop->uv, &loop->uv_prepare);
    uv_idle_init(&loop->uv, &loop->uv_idle);
    loop->uv.data = loop->uv_timer.data = loop->uv_check.data = loop->uv_prepare.data = loop;
    uv_check_start(&loop->uv_check, on_uv_check);
    uv_prepare_start(&loop->uv_prepare, on_uv_prepare);
    uv_unref((uv_handle_t *)&loop->uv_check);
    uv_unref((uv_handle_t *)&loop->uv_prepare);
    return loop;
}

struct loop *loop_new_virtual(void)
{
    return loop_new_core(false);
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Closes whatever is still open; what was closing calls back, and what that queues is done. */
static void close_uv(struct loop *loop)
{
    uv_check_stop(&loop->uv_check);
    uv_prepare_stop(&loop->uv_prepare);
    while (uv_loop_close(&loop->uv) == UV_EBUSY) {
        uv_walk(&loop->uv, close_handle, NULL);
        uv_run(&loop->uv, UV_RUN_DEFAULT);
        loop_settle(loop);
    }
    loop_free_watchers(loop);
}

void loop_free(struct loop **loop)
{
    if (!*loop)
        return;
    (*loop)->closing = true;
    work_close((*loop)->work);
    mailbox_close((*loop)->mailbox);
    if ((*loop)->real)
        close_uv(*loop);
    work_free((*loop)->work);
    mailbox_rele((*loop)->mailbox);
    free((*loop)->heap);
    free(*loop);
    *loop = NULL;
}

static bool run_uv(struct loop *loop, uv_run_mode mode)
{
    if (has_queued(loop))
        uv_idle_start(&loop->uv_idle, on_uv_idle);
    arm_timer(loop);
    return uv_run(&loop->uv, mode) != 0 || has_queued(loop) || loop->timers > loop->aside;
}

void loop_run(struct loop *loop)
{
    loop->stopping = false;
    if (loop->real) {
        /* libuv stops when it has nothing, though its last callbacks may have queued something. */
        while (run_uv(loop, UV_RUN_DEFAULT) && !loop->stopping) {
        }
        return;
    }
    while (!loop->stopping && loop_turn(loop)) {
    }
}

void loop_stop(struct loop *loop)
{
    loop->stopping = true;
    if (loop->real)
        uv_stop(&loop->uv);
}

bool loop_turn(struct loop *loop)
{
    if (loop->real)
        return run_uv(loop, UV_RUN_NOWAIT);
    mailbox_drain(loop);
    bool did = run_queue(&loop->soon);
    did = run_queue(&loop->late) || did;
    if (did || run_task(list_take_first(&loop->pieces)))
        return true;
    if (loop->timers == loop->aside)
        return false;
    if (loop->heap[0]->due > loop->virtual_now)
        loop->virtual_now = loop->heap[0]->due;
    fire_due(loop);
    return true;
}

static void settle(struct loop *loop)
{
    while (run_queue(&loop->soon) || run_queue(&loop->late) ||
           run_task(list_take_first(&loop->pieces))) {
    }
}

void loop_advance(struct loop *loop, int64_t ms)
{
    assert(!loop->real);
    int64_t until = loop->virtual_now + ms;
    settle(loop);
    while (loop->timers > 0 && loop->heap[0]->due <= until) {
        if (loop->heap[0]->due > loop->virtual_now)
            loop->virtual_now = loop->heap[0]->due;
        fire_due(loop);
        settle(loop);
    }
    loop->virtual_now = until;
}

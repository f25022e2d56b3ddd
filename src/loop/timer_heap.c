#include "loop/timer_heap.h"

#include "base/mem.h"
#include "loop/loop_internal.h"

static bool before(const struct timer *a, const struct timer *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static void put(struct loop *loop, int64_t index, struct timer *timer)
{
    loop->heap[index] = timer;
    timer->index = index;
}

static void sift_up(struct loop *loop, struct timer *timer)
{
    int64_t i = timer->index;
    while (i > 0 && before(timer, loop->heap[(i - 1) / 2])) {
        put(loop, i, loop->heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    put(loop, i, timer);
}

static void sift_down(struct loop *loop, struct timer *timer)
{
    int64_t i = timer->index;
    for (int64_t child; (child = 2 * i + 1) < loop->timers; i = child) {
        if (child + 1 < loop->timers && before(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (!before(loop->heap[child], timer))
            break;
        put(loop, i, loop->heap[child]);
    }
    put(loop, i, timer);
}

void timer_heap_insert(struct loop *loop, struct timer *timer)
{
    if (loop->timers == loop->timer_room) {
        loop->timer_room = loop->timer_room ? loop->timer_room * 2 : 64;
        loop->heap = mem_resize(loop->heap, (size_t)loop->timer_room, sizeof *loop->heap);
    }
    timer->index = loop->timers++;
    loop->aside += timer->aside;
    sift_up(loop, timer);
}

void timer_heap_remove(struct loop *loop, struct timer *timer)
{
    struct timer *last = loop->heap[--loop->timers];
    loop->aside -= timer->aside;
    if (last != timer) {
        last->index = timer->index;
        loop->heap[last->index] = last;
        sift_up(loop, last);
        sift_down(loop, last);
    }
    timer->index = -1;
}

void timer_init(struct timer *timer, struct loop *loop, void (*fn)(struct timer *timer))
{
    *timer = (struct timer){.fn = fn, .loop = loop, .index = -1};
}

void timer_start(struct timer *timer, int64_t ms)
{
    timer_stop(timer);
    timer->due = loop_now(timer->loop) + (ms > 0 ? ms : 0);
    timer->order = ++timer->loop->timer_order;
    timer_heap_insert(timer->loop, timer);
}

void timer_stop(struct timer *timer)
{
    if (timer->index >= 0)
        timer_heap_remove(timer->loop, timer);
}

bool timer_is_running(const struct timer *timer)
{
    return timer->index >= 0;
}

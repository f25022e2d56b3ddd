#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "loop/loop.h"

/* ms that a real timer takes and a task that is queued beside it, on a busy machine, does not. */
enum { LATER = 250 };

/* What happened, as letters in order. */
static char story[64];

static void tell(char letter)
{
    size_t len = strlen(story);
    assert_true(len + 1 < sizeof story);
    story[len] = letter;
    story[len + 1] = '\0';
}

struct actor {
    struct task task;
    struct timer timer;
    struct loop *loop;
    char letter;
    int again;           /* times to queue itself again */
    struct actor *other; /* cancelled when this one acts */
};

static void act(struct actor *actor)
{
    tell(actor->letter);
    if (!actor->other)
        return;
    task_cancel(&actor->other->task);
    timer_stop(&actor->other->timer);
}

static void on_task(struct task *task)
{
    struct actor *actor = container_of(task, struct actor, task);
    act(actor);
    if (actor->again-- > 0)
        loop_soon(actor->loop, task);
}

static void on_timer(struct timer *timer)
{
    struct actor *actor = container_of(timer, struct actor, timer);
    act(actor);
    if (actor->again-- > 0)
        timer_start(timer, 0);
}

static void actor_init(struct actor *actor, struct loop *loop, char letter)
{
    *actor = (struct actor){.loop = loop, .letter = letter};
    task_init(&actor->task, on_task);
    timer_init(&actor->timer, loop, on_timer);
}

/* Each behaviour of tasks is the same on both kinds of loop. */
static void on_both(void (*check)(struct loop *loop))
{
    struct loop *loops[] = {loop_new(), loop_new_virtual()};
    for (int i = 0; i < 2; i++) {
        story[0] = '\0';
        check(loops[i]);
        loop_free(&loops[i]);
        assert_null(loops[i]);
    }
}

static void check_order(struct loop *loop)
{
    struct actor a, b, c;
    actor_init(&a, loop, 'a');
    actor_init(&b, loop, 'b');
    actor_init(&c, loop, 'c');
    loop_late(loop, &c.task);
    loop_soon(loop, &a.task);
    loop_soon(loop, &b.task);
    loop_soon(loop, &a.task);
    assert_true(task_is_queued(&a.task));
    loop_run(loop);
    assert_string_equal(story, "abc");
    assert_false(task_is_queued(&a.task));
}

static void tasks_run_once_in_order_and_late_ones_last(void **state)
{
    (void)state;
    on_both(check_order);
}

static void check_again(struct loop *loop)
{
    struct actor a, b;
    actor_init(&a, loop, 'a');
    actor_init(&b, loop, 'b');
    a.again = 2;
    loop_soon(loop, &a.task);
    loop_soon(loop, &b.task);
    loop_run(loop);
    assert_string_equal(story, "abaa");
}

static void a_task_that_queues_itself_waits_for_the_others(void **state)
{
    (void)state;
    on_both(check_again);
}

static void check_cancel(struct loop *loop)
{
    struct actor a, b, c;
    actor_init(&a, loop, 'a');
    actor_init(&b, loop, 'b');
    actor_init(&c, loop, 'c');
    a.other = &b;
    loop_soon(loop, &a.task);
    loop_soon(loop, &b.task);
    loop_soon(loop, &c.task);
    timer_start(&a.timer, LATER);
    timer_start(&b.timer, LATER);
    timer_start(&c.timer, LATER + 1);
    task_cancel(&c.task);
    task_cancel(&c.task);
    loop_run(loop);
    assert_string_equal(story, "aac");
}

static void what_is_cancelled_within_a_callback_does_not_happen(void **state)
{
    (void)state;
    on_both(check_cancel);
}

static void check_timer_order(struct loop *loop)
{
    struct actor actors[6];
    const int delays[] = {30, 10, 20, 10, 0, 20};
    for (int i = 0; i < 6; i++) {
        actor_init(&actors[i], loop, (char)('a' + i));
        timer_start(&actors[i].timer, delays[i]);
    }
    timer_start(&actors[4].timer, 25);
    timer_start(&actors[5].timer, 5);
    assert_true(timer_is_running(&actors[0].timer));
    loop_run(loop);
    assert_string_equal(story, "fbdcea");
    assert_false(timer_is_running(&actors[0].timer));
}

static void timers_fire_by_time_and_then_by_start(void **state)
{
    (void)state;
    on_both(check_timer_order);
}

static void check_zero_timer(struct loop *loop)
{
    struct actor a, b;
    actor_init(&a, loop, 'a');
    actor_init(&b, loop, 'b');
    a.again = 2;
    timer_start(&a.timer, 0);
    timer_start(&b.timer, 0);
    loop_run(loop);
    assert_string_equal(story, "abaa");
}

static void a_timer_that_restarts_itself_waits_for_the_next_turn(void **state)
{
    (void)state;
    on_both(check_zero_timer);
}

static void many_timers_keep_their_order(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    static struct actor actors[COUNT];
    struct loop *loop = loop_new_virtual();
    unsigned seed = 7;
    for (int i = 0; i < COUNT; i++) {
        actor_init(&actors[i], loop, '.');
        timer_start(&actors[i].timer, (int64_t)((seed = seed * 1103515245u + 12345u) >> 16) % 97);
    }
    for (int i = 0; i < COUNT; i += 3)
        timer_stop(&actors[i].timer);
    int fired = 0;
    for (int64_t last = 0; fired < COUNT; fired++) {
        story[0] = '\0';
        if (!loop_turn(loop))
            break;
        assert_true(loop_now(loop) >= last);
        last = loop_now(loop);
    }
    for (int i = 0; i < COUNT; i++)
        assert_false(timer_is_running(&actors[i].timer));
    assert_true(fired <= 97);
    loop_free(&loop);
}

static void a_virtual_clock_moves_only_when_told(void **state)
{
    (void)state;
    struct loop *loop = loop_new_virtual();
    struct actor a, b;
    story[0] = '\0';
    actor_init(&a, loop, 'a');
    actor_init(&b, loop, 'b');
    timer_start(&a.timer, 100);
    timer_start(&b.timer, 200);
    loop_advance(loop, 99);
    assert_string_equal(story, "");
    loop_advance(loop, 1);
    assert_string_equal(story, "a");
    assert_int_equal(loop_now(loop), 100);
    assert_true(loop_turn(loop)); /* jumps to the next timer */
    assert_string_equal(story, "ab");
    assert_int_equal(loop_now(loop), 200);
    assert_false(loop_turn(loop));
    loop_free(&loop);
}

static void advancing_settles_tasks_before_time_passes(void **state)
{
    (void)state;
    struct loop *loop = loop_new_virtual();
    struct actor a, b;
    story[0] = '\0';
    actor_init(&a, loop, 'a');
    actor_init(&b, loop, 'b');
    a.other = &b;
    timer_start(&b.timer, 10);
    loop_soon(loop, &a.task);
    loop_advance(loop, 50);
    assert_string_equal(story, "a");
    loop_free(&loop);
}

static void real_timers_wait_for_real(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct actor a;
    story[0] = '\0';
    actor_init(&a, loop, 'a');
    int64_t before = loop_now(loop);
    timer_start(&a.timer, 30);
    loop_run(loop);
    assert_string_equal(story, "a");
    assert_in_range(loop_now(loop) - before, 29, 20000);
    loop_free(&loop);
}

static void stop_on_task(struct task *task)
{
    struct actor *actor = container_of(task, struct actor, task);
    tell(actor->letter);
    loop_stop(actor->loop);
}

static void check_stop(struct loop *loop)
{
    struct actor a, b;
    actor_init(&a, loop, 'a');
    actor_init(&b, loop, 'b');
    task_init(&a.task, stop_on_task);
    loop_soon(loop, &a.task);
    timer_start(&b.timer, LATER);
    loop_run(loop);
    assert_string_equal(story, "a");
    loop_run(loop);
    assert_string_equal(story, "ab");
}

static void stopping_leaves_the_rest_for_the_next_run(void **state)
{
    (void)state;
    on_both(check_stop);
}

static void go_on_in_turn(struct task *task)
{
    struct actor *actor = container_of(task, struct actor, task);
    tell(actor->letter);
    if (actor->again-- > 0)
        loop_in_turn(actor->loop, task);
}

/* Between any two pieces of work the loop has its turn, in which others are served. */
static void check_pieces(struct loop *loop)
{
    struct actor a, b, c;
    actor_init(&a, loop, 'a');
    actor_init(&b, loop, 'b');
    actor_init(&c, loop, 'c');
    task_init(&a.task, go_on_in_turn);
    task_init(&b.task, go_on_in_turn);
    a.again = b.again = 1;
    loop_in_turn(loop, &a.task);
    loop_in_turn(loop, &b.task);
    loop_in_turn(loop, &b.task); /* queued already */
    for (size_t told = 0; told < 4; told = strlen(story)) {
        assert_true(loop_turn(loop));
        assert_true(strlen(story) <= told + 1);
    }
    assert_string_equal(story, "abab");
    loop_in_turn(loop, &a.task);
    loop_soon(loop, &c.task);
    task_cancel(&a.task);
    loop_run(loop);
    assert_string_equal(story, "ababc");
}

static void work_in_pieces_takes_turns(void **state)
{
    (void)state;
    on_both(check_pieces);
}

static void check_aside(struct loop *loop)
{
    struct actor a, b;
    actor_init(&a, loop, 'a');
    actor_init(&b, loop, 'b');
    a.timer.aside = true;
    timer_start(&a.timer, LATER);
    loop_run(loop); /* nothing to wait for */
    assert_string_equal(story, "");
    timer_start(&b.timer, 2 * LATER);
    loop_run(loop);
    assert_string_equal(story, "ab");
    timer_start(&a.timer, LATER);
    timer_start(&b.timer, LATER);
    timer_stop(&b.timer);
    loop_run(loop);
    assert_string_equal(story, "ab");
    timer_stop(&a.timer);
}

static void a_timer_aside_is_not_waited_for(void **state)
{
    (void)state;
    on_both(check_aside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tasks_run_once_in_order_and_late_ones_last),
        cmocka_unit_test(a_task_that_queues_itself_waits_for_the_others),
        cmocka_unit_test(what_is_cancelled_within_a_callback_does_not_happen),
        cmocka_unit_test(timers_fire_by_time_and_then_by_start),
        cmocka_unit_test(a_timer_that_restarts_itself_waits_for_the_next_turn),
        cmocka_unit_test(many_timers_keep_their_order),
        cmocka_unit_test(a_virtual_clock_moves_only_when_told),
        cmocka_unit_test(advancing_settles_tasks_before_time_passes),
        cmocka_unit_test(real_timers_wait_for_real),
        cmocka_unit_test(stopping_leaves_the_rest_for_the_next_run),
        cmocka_unit_test(work_in_pieces_takes_turns),
        cmocka_unit_test(a_timer_aside_is_not_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

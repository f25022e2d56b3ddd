#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <unistd.h>

#include "loop/loop.h"
#include "loop/net.h"

static int heard;

static void on_signal(void *owner, int signum)
{
    heard = signum;
    loop_stop(owner);
}

static void on_hangup(void *owner)
{
    heard = 'h';
    loop_stop(owner);
}

static void signals_wake_the_loop(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    heard = 0;
    assert_int_equal(loop_on_signal(loop, SIGUSR1, on_signal, loop), LS_OK);
    kill(getpid(), SIGUSR1);
    loop_run(loop);
    assert_int_equal(heard, SIGUSR1);
    loop_free(&loop);
}

static void a_closed_pipe_is_noticed_even_behind_unread_bytes(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    int ends[2];
    heard = 0;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(loop_on_hangup(loop, ends[0], on_hangup, loop), LS_OK);
    assert_int_equal(write(ends[1], "x", 1), 1);
    loop_turn(loop);
    assert_int_equal(heard, 0);
    close(ends[1]);
    loop_run(loop);
    assert_int_equal(heard, 'h');
    loop_free(&loop);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_wake_the_loop),
        cmocka_unit_test(a_closed_pipe_is_noticed_even_behind_unread_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

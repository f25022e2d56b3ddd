#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "loop/input.h"

struct reader {
    struct loop *loop;
    struct input *input;
    struct timer timer;
    int to; /* the pipe's other end */
    char heard[64];
    size_t len;
    int turns; /* of the timer before something came */
    bool ended;
};

static void on_bytes(void *owner, const char *data, size_t len)
{
    struct reader *reader = owner;
    assert_false(input_is_asked(reader->input));
    memcpy(reader->heard + reader->len, data, len);
    reader->len += len;
    reader->ended = len == 0;
    if (len > 0)
        input_ask(reader->input);
}

/* While nothing can be read the loop goes on: it writes only after some turns. */
static void on_timer(struct timer *timer)
{
    struct reader *reader = container_of(timer, struct reader, timer);
    assert_int_equal(reader->len, 0);
    if (++reader->turns < 5) {
        timer_start(timer, 1);
        return;
    }
    assert_int_equal(write(reader->to, "hello", 5), 5);
    close(reader->to);
}

static void the_loop_goes_on_while_a_pipe_is_silent(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct reader reader = {.loop = loop_new(), .to = ends[1]};
    reader.input = input_new(reader.loop, ends[0], on_bytes, &reader);
    timer_init(&reader.timer, reader.loop, on_timer);
    timer_start(&reader.timer, 1);
    input_ask(reader.input);
    loop_run(reader.loop);
    assert_int_equal(reader.turns, 5);
    assert_true(reader.ended);
    assert_string_equal(reader.heard, "hello");
    input_free(&reader.input);
    assert_null(reader.input);
    loop_free(&reader.loop);
    close(ends[0]);
}

static void what_cannot_be_read_ends(void **state)
{
    (void)state;
    struct reader reader = {.loop = loop_new()};
    reader.input = input_new(reader.loop, -1, on_bytes, &reader);
    input_ask(reader.input);
    loop_run(reader.loop);
    assert_true(reader.ended);
    input_free(&reader.input);
    loop_free(&reader.loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_loop_goes_on_while_a_pipe_is_silent),
        cmocka_unit_test(what_cannot_be_read_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static void it_grows_and_ends_in_nul(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100000);
    assert_string_equal(buf_str(&buf), "");
    for (size_t i = 0; i < 100000; i++) {
        assert_int_equal(buf_add_char(&buf, (char)('a' + i % 26)), LS_OK);
        assert_int_equal(buf.data[i + 1], '\0');
    }
    assert_int_equal(buf.len, 100000);
    assert_int_equal(strlen(buf_str(&buf)), 100000);
    buf_fini(&buf);
    assert_string_equal(buf_str(&buf), "");
    assert_int_equal(buf.limit, 100000);
}

static void the_limit_is_exact(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < 140; limit++) {
        struct buf buf;
        buf_init(&buf, limit);
        for (size_t i = 0; i < limit; i++)
            assert_int_equal(buf_add_char(&buf, 'x'), LS_OK);
        assert_false(buf.full);
        assert_int_equal(buf_add(&buf, "", 0), LS_OK); /* nothing always fits */
        assert_int_equal(buf_add_char(&buf, 'y'), LS_TOO_BIG);
        assert_true(buf.full);
        assert_int_equal(buf.len, limit);
        buf_fini(&buf);
        assert_false(buf.full);
    }
}

static void whole_numbers_are_digits(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 64);
    static const int64_t numbers[] = {0, 7, -1, 10, 99, 100, 1000, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_int_equal(buf_add_int(&buf, numbers[i]), LS_OK);
    assert_string_equal(buf_str(&buf), "07-1109910010009223372036854775807-9223372036854775808");
    assert_int_equal(buf_add_int(&buf, INT64_MIN), LS_TOO_BIG);
    assert_int_equal(buf.len, 54);
    buf_fini(&buf);
}

static void a_refused_append_changes_nothing_and_stays_refused(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 5);
    assert_int_equal(buf_add_str(&buf, "abc"), LS_OK);
    assert_int_equal(buf_add_str(&buf, "def"), LS_TOO_BIG);
    assert_string_equal(buf_str(&buf), "abc");
    assert_int_equal(buf_add_str(&buf, "d"), LS_TOO_BIG);
    assert_int_equal(buf_printf(&buf, "%d", 1), LS_TOO_BIG);
    assert_int_equal(buf_add(&buf, "", 0), LS_TOO_BIG);
    assert_null(buf_reserve(&buf, 1));
    assert_string_equal(buf_str(&buf), "abc");
    buf_reset(&buf);
    assert_string_equal(buf_str(&buf), "");
    assert_int_equal(buf_add_str(&buf, "abcde"), LS_OK);
    buf_fini(&buf);
}

static void a_huge_length_is_refused(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1 << 20);
    assert_int_equal(buf_add_str(&buf, "abc"), LS_OK);
    assert_null(buf_reserve(&buf, SIZE_MAX));
    buf_reset(&buf);
    assert_null(buf_reserve(&buf, SIZE_MAX - 1));
    buf_fini(&buf);
}

static void any_bytes_are_kept(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    assert_int_equal(buf_add(&buf, "a\0b\xff", 4), LS_OK);
    assert_int_equal(buf_add(&buf, NULL, 0), LS_OK);
    assert_int_equal(buf.len, 4);
    assert_memory_equal(buf.data, "a\0b\xff", 5);
    buf_fini(&buf);
}

static void printf_goes_onto_the_end(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 20);
    assert_int_equal(buf_printf(&buf, "%s-%d", "a", 17), LS_OK);
    assert_int_equal(buf_printf(&buf, "%s", ""), LS_OK);
    assert_int_equal(buf_printf(&buf, "%c%c", 'x', 'y'), LS_OK);
    assert_string_equal(buf_str(&buf), "a-17xy");
    assert_int_equal(buf_printf(&buf, "%014d", 1), LS_OK); /* just up to the limit */
    assert_int_equal(buf.len, 20);
    assert_int_equal(buf_printf(&buf, "%s", "z"), LS_TOO_BIG);
    buf_fini(&buf);
}

static void room_is_given_and_counted(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    char *room = buf_reserve(&buf, 300);
    assert_non_null(room);
    memset(room, 'r', 300);
    buf_commit(&buf, 5);
    assert_string_equal(buf_str(&buf), "rrrrr");
    room = buf_reserve(&buf, 995);
    assert_non_null(room);
    memset(room, 's', 995);
    buf_commit(&buf, 995);
    assert_int_equal(buf.len, 1000);
    assert_int_equal(strlen(buf.data), 1000);
    assert_null(buf_reserve(&buf, 1));
    buf_fini(&buf);
}

static void the_front_is_dropped(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    buf_consume(&buf, 3); /* of nothing */
    assert_int_equal(buf_add_str(&buf, "0123456789"), LS_OK);
    buf_consume(&buf, 0);
    assert_string_equal(buf_str(&buf), "0123456789");
    buf_consume(&buf, 4);
    assert_string_equal(buf_str(&buf), "456789");
    assert_int_equal(buf_add_str(&buf, "abcd"), LS_OK);
    assert_string_equal(buf_str(&buf), "456789abcd");
    buf_consume(&buf, 10);
    assert_string_equal(buf_str(&buf), "");
    assert_int_equal(buf_add_str(&buf, "x"), LS_OK);
    buf_consume(&buf, SIZE_MAX);
    assert_int_equal(buf.len, 0);
    buf_fini(&buf);
}

static void the_content_is_handed_over(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    char *text = buf_take(&buf);
    assert_string_equal(text, "");
    free(text);
    assert_int_equal(buf_add_str(&buf, "mine"), LS_OK);
    assert_int_equal(buf_add_str(&buf, "too long for it"), LS_TOO_BIG);
    text = buf_take(&buf);
    assert_string_equal(text, "mine");
    free(text);
    assert_false(buf.full);
    assert_int_equal(buf_add_str(&buf, "0123456789"), LS_OK);
    buf_fini(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_and_ends_in_nul),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(whole_numbers_are_digits),
        cmocka_unit_test(a_refused_append_changes_nothing_and_stays_refused),
        cmocka_unit_test(a_huge_length_is_refused),
        cmocka_unit_test(any_bytes_are_kept),
        cmocka_unit_test(printf_goes_onto_the_end),
        cmocka_unit_test(room_is_given_and_counted),
        cmocka_unit_test(the_front_is_dropped),
        cmocka_unit_test(the_content_is_handed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

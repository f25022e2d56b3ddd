#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "http/line_reader.h"

/* What was heard: each line with ';' behind it. */
struct ear {
    char heard[200];
    bool pauses;
};

static bool on_line(void *owner, const struct sse_event *line)
{
    struct ear *ear = owner;
    assert_int_equal(line->data[line->len], '\0');
    strncat(ear->heard, line->data, 50);
    strncat(ear->heard, ";", 2);
    return !ear->pauses;
}

static const struct {
    const char *stream, *heard, *heard_at_end;
} streams[] = {
    {"", "", ""},
    {"a\n", "a;", "a;"},
    {"a\nb", "a;", "a;b;"},
    {"a\r\n\r\nb\n", "a\r;b;", "a\r;b;"},
    {"\n\n \t\n", "", ""},
    {"a\n  ", "a;", "a;"},
    {"{\"a\": 1}\n{\"b\": \"\\n\"}\n", "{\"a\": 1};{\"b\": \"\\n\"};",
     "{\"a\": 1};{\"b\": \"\\n\"};"},
};

/* Reads a stream in pieces of `piece` bytes. */
static void read_stream(size_t row, size_t piece, bool pauses)
{
    struct ear ear = {.pauses = pauses};
    struct line_reader reader;
    size_t left = strlen(streams[row].stream), used;
    const char *at = streams[row].stream;
    line_reader_init(&reader, 100, on_line, &ear);
    for (; left > 0; at += used, left -= used)
        assert_int_equal(line_reader_feed(&reader, at, left < piece ? left : piece, &used), LS_OK);
    assert_string_equal(ear.heard, streams[row].heard);
    line_reader_end(&reader);
    assert_string_equal(ear.heard, streams[row].heard_at_end);
    line_reader_fini(&reader);
}

static void lines_are_told_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t row = 0; row < sizeof streams / sizeof streams[0]; row++)
        for (size_t piece = 1; piece < 20; piece++) {
            read_stream(row, piece, false);
            read_stream(row, piece, true);
        }
}

static void long_lines_are_refused(void **state)
{
    (void)state;
    struct ear ear = {.pauses = false};
    struct line_reader reader;
    size_t used;
    line_reader_init(&reader, 4, on_line, &ear);
    assert_int_equal(line_reader_feed(&reader, "abcd\n", 5, &used), LS_OK);
    assert_int_equal(line_reader_feed(&reader, "abcde", 5, &used), LS_TOO_BIG);
    line_reader_fini(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_told_however_they_are_cut),
        cmocka_unit_test(long_lines_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

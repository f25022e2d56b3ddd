#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/sse_reader.h"

/* What was heard: "type=data;" for each event. */
struct ear {
    char heard[2000];
    int left; /* events until it answers false; -1: never */
};

static bool on_event(void *owner, const struct sse_event *event)
{
    struct ear *ear = owner;
    assert_int_equal(event->data[event->len], '\0');
    strncat(ear->heard, event->type, 200);
    strncat(ear->heard, "=", 2);
    strncat(ear->heard, event->data, 500);
    strncat(ear->heard, ";", 2);
    return ear->left < 0 || --ear->left != 0;
}

/* A stream by https://html.spec.whatwg.org/#event-stream-interpretation, with \n for line ends. */
static const struct {
    const char *stream, *heard;
} streams[] = {
    {"data: a\n\n", "message=a;"},
    {"data:a\n\n", "message=a;"},
    {"data:  a\n\n", "message= a;"},
    {"data: a", ""},
    {"data: a\n", ""},
    {"data: a\ndata: b\n\n", "message=a\nb;"},
    {"data\ndata\n\n", "message=\n;"},
    {"data\n\n", "message=;"},
    {"data:\n\n", "message=;"},
    {"data: \n\n", "message=;"},
    {"\n\n\ndata: a\n\n\n\n", "message=a;"},
    {": comment\n\n:\n\ndata: a\n:x\ndata: b\n\n", "message=a\nb;"},
    {"event: end\ndata: a\n\ndata: b\n\n", "end=a;message=b;"},
    {"event: x\n\ndata: b\n\n", "message=b;"},
    {"event: x\nevent: y\ndata: b\n\n", "y=b;"},
    {"event: x\nevent\ndata: b\n\n", "message=b;"},
    {"data: b\nevent: late\n\n", "late=b;"},
    {"id: 1\nretry: 5\nfoo: bar\ndata: a\n\n", "message=a;"},
    {"Data: a\n data: b\ndata : c\n\n", ""},
    {"data: a: b\n\n", "message=a: b;"},
    {"data: {\"a\": \"b\"}\n\ndata: [DONE]\n\n", "message={\"a\": \"b\"};message=[DONE];"},
    {"\xef\xbb\xbf"
     "data: a\n\n",
     "message=a;"},
    {"\xef\xbb\xbf\xef\xbb\xbf"
     "data: a\n\n",
     ""},
    {"\xef\xbb\xbf\ndata: a\n\n", "message=a;"},
    {"data: a\n\n\xef\xbb\xbf"
     "data: b\n\n",
     "message=a;"},
    {"data: \xe2\x82\xac\xc2\x85\xe2\x80\xa8\n\n", "message=\xe2\x82\xac\xc2\x85\xe2\x80\xa8;"},
    {"", ""},
};

/* Where names alone are events. */
static const struct {
    const char *stream, *heard;
} bare_streams[] = {
    {"event: end\n\n", "end=;"},
    {"event: x\n\ndata: b\n\n", "x=;message=b;"},
    {"event\n\n: c\n\nid: 1\n\n", ""},
    {"data: a\n\nevent: end\n\nevent: end\ndata\n\n", "message=a;end=;end=;"},
};

static void feed_all(struct sse_reader *reader, const char *data, size_t len)
{
    size_t used = 0;
    char *exact = malloc(len ? len : 1);
    memcpy(exact, data, len);
    assert_int_equal(sse_reader_feed(reader, exact, len, &used), LS_OK);
    assert_int_equal(used, len);
    free(exact);
}

/* The stream with its line ends written as `end`. */
static char *with_ends(const char *stream, const char *end)
{
    size_t len = strlen(end);
    char *text = calloc(2 * strlen(stream) + 1, 1), *at = text;
    for (; *stream; stream++) {
        memcpy(at, *stream == '\n' ? end : stream, *stream == '\n' ? len : 1);
        at += *stream == '\n' ? len : 1;
    }
    return text;
}

static void check_cuts(const char *text, const char *heard, bool bare)
{
    size_t len = strlen(text);
    for (size_t first = 0; first <= len; first++)
        for (size_t second = first; second <= len; second++) {
            struct ear ear = {.left = -1};
            struct sse_reader reader;
            sse_reader_init(&reader, 1000, on_event, &ear);
            reader.bare = bare;
            feed_all(&reader, text, first);
            feed_all(&reader, text + first, second - first);
            feed_all(&reader, text + second, len - second);
            if (strcmp(ear.heard, heard) != 0)
                fail_msg("'%s' cut at %zu and %zu: '%s'", text, first, second, ear.heard);
            sse_reader_fini(&reader);
        }
}

static void streams_cut_anywhere_give_their_events(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r", "\r\n"};
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        for (size_t e = 0; e < 3; e++) {
            char *text = with_ends(streams[i].stream, ends[e]);
            check_cuts(text, streams[i].heard, false);
            free(text);
        }
    check_cuts("data: a\r\ndata: b\rdata: c\n\r\ndata: d\r\r\n", "message=a\nb\nc;message=d;",
               false);
}

static void names_alone_may_be_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bare_streams / sizeof *bare_streams; i++) {
        char *text = with_ends(bare_streams[i].stream, "\r\n");
        check_cuts(text, bare_streams[i].heard, true);
        free(text);
    }
}

static void streams_come_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++) {
        struct ear ear = {.left = -1};
        struct sse_reader reader;
        sse_reader_init(&reader, 1000, on_event, &ear);
        for (const char *c = streams[i].stream; *c; c++)
            feed_all(&reader, c, 1);
        assert_string_equal(ear.heard, streams[i].heard);
        sse_reader_fini(&reader);
    }
}

/* Each event pauses the reader; the rest is fed again from where it stood. */
static void reading_pauses_behind_an_event(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r", "\r\n"};
    for (size_t e = 0; e < 3; e++) {
        char *text = with_ends("data: a\n\ndata: b\n\n: x\ndata: c\n\n", ends[e]);
        struct ear ear = {.left = 1};
        struct sse_reader reader;
        sse_reader_init(&reader, 1000, on_event, &ear);
        static const char *const heard[] = {"message=a;", "message=a;message=b;",
                                            "message=a;message=b;message=c;"};
        size_t at = 0, used = 0, len = strlen(text);
        for (size_t i = 0; i < 3; i++, at += used) {
            ear.left = 1;
            assert_int_equal(sse_reader_feed(&reader, text + at, len - at, &used), LS_OK);
            assert_string_equal(ear.heard, heard[i]);
            assert_true(at + used < len || i == 2);
        }
        ear.left = -1;
        feed_all(&reader, text + at, len - at); /* at most the second half of a CRLF */
        assert_string_equal(ear.heard, heard[2]);
        sse_reader_fini(&reader);
        free(text);
    }
}

static enum ls_err feed(size_t limit, const char *text)
{
    struct ear ear = {.left = -1};
    struct sse_reader reader;
    size_t used;
    sse_reader_init(&reader, limit, on_event, &ear);
    enum ls_err err = sse_reader_feed(&reader, text, strlen(text), &used);
    sse_reader_fini(&reader);
    return err;
}

static void limits_are_kept(void **state)
{
    (void)state;
    assert_int_equal(feed(10, "data: 1234\n\ndata: 5678\n\n"), LS_OK);
    assert_int_equal(feed(10, "data: 12345\n\n"), LS_TOO_BIG); /* the line */
    assert_int_equal(feed(10, "data: 12345"), LS_TOO_BIG);
    assert_int_equal(feed(10, ": a long comment\n"), LS_TOO_BIG);
    assert_int_equal(feed(10, "data:12345\ndata:1234\n\n"), LS_OK);
    assert_int_equal(feed(10, "data:12345\ndata:12345\n\n"), LS_TOO_BIG); /* the event */
    assert_int_equal(feed(10, "data\ndata\ndata\ndata\ndata\n\n"), LS_OK);
    assert_int_equal(feed(0, "\n\n\r\n"), LS_OK);
    assert_int_equal(feed(0, "x"), LS_TOO_BIG);
}

static void nul_is_data(void **state)
{
    (void)state;
    struct ear ear = {.left = -1};
    struct sse_reader reader;
    sse_reader_init(&reader, 100, on_event, &ear);
    feed_all(&reader, "data: a\0b\n\0\n\n", 13);
    assert_string_equal(ear.heard, "message=a;"); /* as far as C's strings go */
    sse_reader_fini(&reader);
}

/* Lines that end in CR alone must not cost time in the square of what has come. */
static void any_line_end_is_found_in_linear_time(void **state)
{
    (void)state;
    enum { LEN = 8 << 20 };
    static const char fill[] = {'\r', '\n'};
    char *text = malloc(LEN);
    for (int i = 0; i < 2; i++) {
        struct ear ear = {.left = -1};
        struct sse_reader reader;
        memset(text, fill[i], LEN);
        sse_reader_init(&reader, 100, on_event, &ear);
        clock_t before = clock();
        feed_all(&reader, text, LEN);
        assert_true((clock() - before) / CLOCKS_PER_SEC < 10);
        sse_reader_fini(&reader);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_cut_anywhere_give_their_events),
        cmocka_unit_test(names_alone_may_be_events),
        cmocka_unit_test(streams_come_byte_by_byte),
        cmocka_unit_test(reading_pauses_behind_an_event),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(nul_is_data),
        cmocka_unit_test(any_line_end_is_found_in_linear_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

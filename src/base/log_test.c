#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"

/* Lines go to a file without a name; its text is read back here. */
static struct {
    int fd;
    char text[1 << 20];
    size_t len;
} out;

static void begin(enum log_format format, enum log_level lowest)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    out.fd = dup(fileno(file));
    fclose(file);
    log_setup(out.fd, format, lowest);
}

static void end(void)
{
    ssize_t len = pread(out.fd, out.text, sizeof out.text - 1, 0);
    assert_true(len >= 0);
    out.len = (size_t)len;
    out.text[len] = '\0';
    close(out.fd);
}

/* What was logged as one line of JSON. */
static json_t *end_with_line(void)
{
    json_t *line = NULL;
    const char *why = NULL;
    end();
    assert_true(out.len > 0);
    assert_ptr_equal(memchr(out.text, '\n', out.len), out.text + out.len - 1);
    if (json_read(&line, out.text, out.len, &why))
        fail_msg("%s: %s", why, out.text);
    assert_true(json_is_object(line));
    return line;
}

static void a_line_is_json_with_its_fields(void **state)
{
    (void)state;
    begin(LOG_JSON, LOG_INFO);
    const struct log_field fields[] = {
        log_str("path", "/x \"y\" \\"), log_int("status", -200), log_thousandths("seconds", 500),
        log_strn("part", "abcdef", 3),  log_str("none", NULL),   log_str("empty", ""),
    };
    log_fields(LOG_WARNING, "request", fields, 6);
    json_auto_t *line = end_with_line();
    assert_string_equal(json_get_string(line, "level"), "warning");
    assert_string_equal(json_get_string(line, "event"), "request");
    assert_int_equal(json_integer_value(json_object_get(line, "pid")), getpid());
    assert_int_equal(json_string_length(json_object_get(line, "timestamp")), 24);
    assert_string_equal(json_get_string(line, "path"), "/x \"y\" \\");
    assert_int_equal(json_integer_value(json_object_get(line, "status")), -200);
    assert_true(json_real_value(json_object_get(line, "seconds")) == 0.5);
    assert_string_equal(json_get_string(line, "part"), "abc");
    assert_null(json_object_get(line, "none"));
    assert_string_equal(json_get_string(line, "empty"), "");
}

static void low_levels_are_left_out(void **state)
{
    (void)state;
    begin(LOG_JSON, LOG_WARNING);
    assert_false(log_wants(LOG_DEBUG));
    assert_false(log_wants(LOG_INFO));
    assert_true(log_wants(LOG_WARNING));
    assert_true(log_wants(LOG_ERROR));
    log_event(LOG_INFO, "log", "silent");
    end();
    assert_int_equal(out.len, 0);
    begin(LOG_JSON, LOG_DEBUG);
    log_event(LOG_DEBUG, "log", "%s and %d", "loud", 1);
    json_auto_t *line = end_with_line();
    assert_string_equal(json_get_string(line, "message"), "loud and 1");
}

/* What stands behind `name=` in a line of text, up to the line's end, read as logfmt is. */
static json_t *last_value(const char *name)
{
    char mark[32];
    json_t *list = NULL;
    snprintf(mark, sizeof mark, " %s=", name);
    const char *value = strstr(out.text, mark) + strlen(mark);
    size_t len = (size_t)(out.text + out.len - 1 - value);
    if (*value != '"') {
        assert_int_equal(strcspn(value, " =\"\\\n"), len);
        return json_pack("[s%]", value, len);
    }
    struct buf text;
    buf_init(&text, SIZE_MAX);
    buf_printf(&text, "[%.*s]", (int)len, value); /* one value, or this is none of JSON */
    assert_int_equal(json_read(&list, buf_str(&text), text.len, NULL), LS_OK);
    buf_fini(&text);
    assert_int_equal(json_array_size(list), 1);
    return list;
}

static void check_bytes(const char *bytes, size_t len)
{
    begin(LOG_JSON, LOG_INFO);
    const struct log_field field = log_strn("bytes", bytes, len);
    log_fields(LOG_INFO, "test", &field, 1);
    json_auto_t *line = end_with_line();
    assert_non_null(json_get_string(line, "bytes"));
    begin(LOG_TEXT, LOG_INFO);
    log_fields(LOG_INFO, "test", &field, 1);
    end();
    assert_ptr_equal(memchr(out.text, '\n', out.len), out.text + out.len - 1);
    assert_true(text_is_utf8(out.text, out.len));
    assert_null(memchr(out.text, '\r', out.len));
    for (size_t i = 0; i + 1 < out.len; i++) /* no controls of two bytes: they move terminals */
        assert_false(out.text[i] == '\xc2' && (unsigned char)out.text[i + 1] < 0xa0);
    assert_null(strstr(out.text, "\xe2\x80\xa8"));
    assert_null(strchr(out.text, '\033')); /* colours are for terminals */
    json_auto_t *value = last_value("bytes");
    assert_true(json_equal(json_array_get(value, 0), json_object_get(line, "bytes")));
}

/* The fields of a line of text, as they are written. */
static void expect_text(const char *value, const char *written)
{
    begin(LOG_TEXT, LOG_INFO);
    const struct log_field fields[] = {log_str("a", value), log_int("n", -1)};
    log_fields(LOG_INFO, "test", fields, 2);
    end();
    assert_string_equal(strstr(out.text, " a="), written);
}

static void values_of_text_are_quoted_where_they_must_be(void **state)
{
    (void)state;
    expect_text("word", " a=word n=-1\n");
    expect_text("/x?y", " a=/x?y n=-1\n");
    expect_text("h\xc3\xa9", " a=h\xc3\xa9 n=-1\n");
    expect_text("", " a=\"\" n=-1\n");
    expect_text("two words", " a=\"two words\" n=-1\n");
    expect_text("a=b", " a=\"a=b\" n=-1\n");
    expect_text("say \"it\"", " a=\"say \\\"it\\\"\" n=-1\n");
    expect_text("c:\\d", " a=\"c:\\\\d\" n=-1\n");
    expect_text("a\nb", " a=\"a\\\\nb\" n=-1\n");
    expect_text("a\033[2Jb", " a=\"a\\\\x1b[2Jb\" n=-1\n");
    expect_text("x n=7\n12:00:00 info forged", " a=\"x n=7\\\\n12:00:00 info forged\" n=-1\n");
}

static void any_bytes_make_one_line(void **state)
{
    (void)state;
    char bytes[1000];
    unsigned seed = 42;
    for (int c = 0; c < 256; c++) {
        const char some[] = {'a', (char)c, 'b', (char)c};
        const char more[] = {'w', 'o', 'r', 'd', (char)c, 'o', 'f', '8', ' ', 'b', 'y', 't'};
        check_bytes(some, sizeof some);
        check_bytes(more, sizeof more);
    }
    for (int i = 0; i < 200; i++) {
        for (size_t at = 0; at < sizeof bytes; at++)
            bytes[at] = (char)((seed = seed * 1103515245u + 12345u) >> 16);
        check_bytes(bytes, sizeof bytes);
    }
    static const char *const naughty[] = {"\xc2\x85",
                                          "\xc2\x9b"
                                          "31m",
                                          "\xe2\x80\xa8",
                                          "\xe2\x80\xa9",
                                          "\033[2J",
                                          "\xe2\x82",
                                          "\r\n"};
    for (size_t i = 0; i < sizeof naughty / sizeof *naughty; i++)
        check_bytes(naughty[i], strlen(naughty[i]));
}

static void controls_are_readable(void **state)
{
    (void)state;
    begin(LOG_JSON, LOG_INFO);
    log_event(LOG_INFO, "log",
              "a\nb\033c\xff"
              "d\xc3\xa9");
    json_auto_t *line = end_with_line();
    assert_string_equal(json_get_string(line, "message"), "a\\nb\\x1bc\\xffd\xc3\xa9");
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    static char text[100000];
    memset(text, 'x', sizeof text);
    begin(LOG_JSON, LOG_INFO);
    const struct log_field field = log_strn("text", text, sizeof text);
    log_fields(LOG_INFO, "test", &field, 1);
    json_auto_t *line = end_with_line();
    assert_in_range(json_string_length(json_object_get(line, "text")), 1000, 5000);
    begin(LOG_JSON, LOG_INFO);
    text[sizeof text - 1] = '\0';
    log_event(LOG_INFO, "log", "%s", text);
    json_auto_t *printed = end_with_line();
    assert_in_range(json_string_length(json_object_get(printed, "message")), 1000, 5000);
}

/* However much is said, the line ends. */
static void many_long_fields_make_one_line(void **state)
{
    (void)state;
    static char text[5000];
    static const char fill[] = {'\0', '\n', '"', 'x', '\xff'};
    struct log_field fields[20];
    for (size_t f = 0; f < sizeof fill; f++) {
        memset(text, fill[f], sizeof text);
        for (int i = 0; i < 20; i++)
            fields[i] = log_strn("abcdefghijklmnopqrstuvwxyz" + i, text, sizeof text);
        begin(LOG_JSON, LOG_INFO);
        log_fields(LOG_INFO, "test", fields, 20);
        json_auto_t *line = end_with_line();
        assert_non_null(json_object_get(line, "pid"));
        begin(LOG_TEXT, LOG_INFO);
        log_fields(LOG_INFO, "test", fields, 20);
        end();
        assert_ptr_equal(memchr(out.text, '\n', out.len), out.text + out.len - 1);
    }
}

static void odd_numbers_are_json(void **state)
{
    (void)state;
    begin(LOG_JSON, LOG_INFO);
    const struct log_field fields[] = {
        log_int("least", INT64_MIN),        log_int("most", INT64_MAX),
        log_thousandths("long", INT64_MAX), log_thousandths("short", 7),
        log_thousandths("tens", 1000 + 80),
    };
    log_fields(LOG_INFO, "test", fields, 5);
    json_auto_t *line = end_with_line();
    assert_true(json_integer_value(json_object_get(line, "least")) == INT64_MIN);
    assert_non_null(
        strstr(out.text, "\"long\":9223372036854775.807,\"short\":0.007,\"tens\":1.080}"));
}

static void a_lost_output_stops_nobody(void **state)
{
    (void)state;
    int ends[2];
    void (*before)(int) = signal(SIGPIPE, SIG_IGN); /* as the loop does */
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    log_setup(ends[1], LOG_JSON, LOG_INFO);
    log_event(LOG_ERROR, "log", "to nobody");
    close(ends[1]);
    log_event(LOG_ERROR, "log", "to nowhere");
    int full = open("/dev/full", O_WRONLY);
    log_setup(full, LOG_AUTO, LOG_INFO);
    log_event(LOG_ERROR, "log", "to a full disk");
    close(full);
    signal(SIGPIPE, before);
}

/* Reads what waits at `fd`: whole lines, and the last of them may be cut.  Counts those that came
 * and those that are told to be lost. */
static void count_lines(int fd, int64_t *came, int64_t *lost)
{
    static char cut[1 << 16];
    static size_t kept;
    ssize_t len;
    while ((len = read(fd, cut + kept, sizeof cut - kept)) > 0) {
        char *begin = cut, *end;
        kept += (size_t)len;
        for (; (end = memchr(begin, '\n', kept - (size_t)(begin - cut))); begin = end + 1) {
            json_auto_t *line = NULL;
            assert_int_equal(json_read(&line, begin, (size_t)(end - begin), NULL), LS_OK);
            bool tells = strcmp(json_get_string(line, "event"), "log_lost") == 0;
            *came += !tells;
            *lost += json_integer_value(json_object_get(line, "lines"));
        }
        kept -= (size_t)(begin - cut);
        memmove(cut, begin, kept);
    }
}

/* More is logged than there is room for, with long lines among it; then somebody reads. */
static void overfill(int reader, int writer)
{
    enum { ROUNDS = 3, LINES = 4000 };
    static char text[4000];
    int64_t came = 0, lost = 0;
    memset(text, 'x', sizeof text - 1);
    log_setup(writer, LOG_JSON, LOG_INFO);
    for (int i = 0; i < ROUNDS * LINES; i++) {
        const struct log_field fields[] = {log_str("a", text), log_str("b", text)};
        log_fields(LOG_INFO, "test", fields, i % 7 == 0 ? 2 : 0);
        if (i % LINES == LINES - 1)
            count_lines(reader, &came, &lost);
    }
    assert_true(lost > 0 && came > 0);
    log_event(LOG_INFO, "log", "what is left of a line, and how many were lost, goes first");
    log_event(LOG_INFO, "log", "the last");
    count_lines(reader, &came, &lost);
    assert_int_equal(came + lost, ROUNDS * LINES + 2);
    log_setup(STDERR_FILENO, LOG_AUTO, LOG_INFO);
    close(reader);
    close(writer);
}

static void nobody_waits_for_who_reads_the_log(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    overfill(ends[0], ends[1]);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    overfill(ends[0], ends[1]);
}

static void expect_lines(unsigned count)
{
    ssize_t len = pread(out.fd, out.text, sizeof out.text - 1, 0);
    unsigned lines = 0;
    for (ssize_t i = 0; i < len; i++)
        lines += out.text[i] == '\n';
    assert_int_equal(lines, count);
}

static void held_lines_leave_together(void **state)
{
    (void)state;
    begin(LOG_JSON, LOG_INFO);
    log_hold(true);
    log_event(LOG_INFO, "log", "1");
    log_event(LOG_INFO, "log", "2");
    expect_lines(0);
    log_flush();
    expect_lines(2);
    log_event(LOG_INFO, "log", "3");
    expect_lines(2);
    log_event(LOG_WARNING, "log", "it and what came before it");
    expect_lines(4);
    for (int i = 0; i < 1000; i++)
        log_event(LOG_INFO, "log", "no more wait than there is room for: %d", i);
    log_hold(false);
    expect_lines(1004);
    end();
}

/* Lines that wait are not written twice: by the one that printed them, and by its child. */
static void a_child_does_not_write_its_parents_lines(void **state)
{
    (void)state;
    begin(LOG_JSON, LOG_INFO);
    log_hold(true);
    log_event(LOG_INFO, "log", "of the parent");
    pid_t child = fork();
    if (child == 0) {
        log_event(LOG_INFO, "log", "of the child");
        log_hold(false);
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    expect_lines(1);
    log_hold(false);
    expect_lines(2);
    end();
    char pid[64];
    (void)snprintf(pid, sizeof pid, "\"pid\":%d,\"message\":\"of the child\"", (int)child);
    assert_non_null(strstr(out.text, pid));
}

static void a_file_gets_json_when_unsaid(void **state)
{
    (void)state;
    begin(LOG_AUTO, LOG_INFO);
    log_event(LOG_INFO, "log", "x");
    json_auto_t *line = end_with_line();
    assert_string_equal(json_get_string(line, "event"), "log");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_json_with_its_fields),
        cmocka_unit_test(low_levels_are_left_out),
        cmocka_unit_test(any_bytes_make_one_line),
        cmocka_unit_test(values_of_text_are_quoted_where_they_must_be),
        cmocka_unit_test(controls_are_readable),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(many_long_fields_make_one_line),
        cmocka_unit_test(odd_numbers_are_json),
        cmocka_unit_test(a_lost_output_stops_nobody),
        cmocka_unit_test(nobody_waits_for_who_reads_the_log),
        cmocka_unit_test(held_lines_leave_together),
        cmocka_unit_test(a_child_does_not_write_its_parents_lines),
        cmocka_unit_test(a_file_gets_json_when_unsaid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

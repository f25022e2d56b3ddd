/* Design: who logs never waits for who reads the log.  A pipe or a terminal is opened once more,
 * without blocking: the flag on the descriptor that was given would be seen by all who share it.
 * What cannot be opened again is asked for room first.  Lines are printed behind those that have
 * not left yet, so that each stays whole; where these have become too many, lines are lost, and
 * counted. */
#include "base/log.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "base/word.h"

enum { MAX_LINE = 64 << 10, MAX_TEXT = 4 << 10, MAX_WAITING = 32 << 10 };

static struct {
    int fd;
    bool is_file;  /* it takes what there is, however long */
    bool own;      /* fd was opened here */
    bool may_wait; /* a write could block */
    bool text;
    bool terminal; /* text has colours there, and no date */
    enum log_level lowest;
    bool ready;
    bool hides_inputs;
    bool holds; /* lines wait for log_flush() */
    pid_t pid;
    int64_t lost;       /* lines, since that was told last */
    struct buf waiting; /* lines that have not left; of the first a part may have */
} sink = {.fd = STDERR_FILENO, .lowest = LOG_INFO};

static const char *const level_names[] = {"debug", "info", "warning", "error"};
static const char *const level_colours[] = {"\033[2m", "\033[32m", "\033[33m", "\033[31m"};

/* Opens what stands behind `fd` once more, without blocking; -1 when the system refuses. */
static int open_again(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void set_output(int fd)
{
    struct stat file;
    sink.is_file = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
    int again = sink.is_file ? -1 : open_again(fd);
    if (sink.own)
        close(sink.fd);
    sink.own = again >= 0;
    sink.fd = sink.own ? again : fd;
    sink.may_wait = !sink.is_file && !sink.own;
    sink.lost = 0;
    buf_fini(&sink.waiting);
    buf_init(&sink.waiting, MAX_WAITING + 2 * MAX_LINE); /* lines that were lost are told before */
}

/* What waited in the parent is the parent's to write. */
static void begin_process(void)
{
    sink.pid = getpid();
    sink.lost = 0;
    buf_reset(&sink.waiting);
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, begin_process);
    begin_process();
}

void log_setup(int fd, enum log_format format, enum log_level lowest)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    set_output(fd);
    sink.lowest = lowest;
    sink.terminal = isatty(fd);
    sink.text = format == LOG_TEXT || (format == LOG_AUTO && sink.terminal);
    sink.ready = true;
}

bool log_wants(enum log_level level)
{
    if (!sink.ready)
        log_setup(STDERR_FILENO, LOG_AUTO, LOG_INFO);
    return level >= sink.lowest;
}

struct log_field log_said(const char *name, const char *text)
{
    return log_str(name, sink.hides_inputs ? NULL : text);
}

struct log_field log_saidn(const char *name, const char *text, size_t len)
{
    return log_strn(name, sink.hides_inputs ? NULL : text, len);
}

void log_hide_inputs(bool hide)
{
    sink.hides_inputs = hide;
}

bool log_hides_inputs(void)
{
    return sink.hides_inputs;
}

/* Whether a character moves terminals or ends lines: the controls (of one byte and of two) and
 * the separators U+2028 and U+2029. */
static bool is_control(const char *text, size_t len)
{
    unsigned char c = (unsigned char)text[0];
    if (len == 2)
        return c == 0xc2 && (unsigned char)text[1] < 0xa0;
    if (len == 3)
        return memcmp(text, "\xe2\x80\xa8", 3) == 0 || memcmp(text, "\xe2\x80\xa9", 3) == 0;
    return c < 0x20 || c == 0x7f;
}

/* 0: none of the bytes is a control, beyond ASCII, a quote or a backslash. */
static uint64_t odd_in(uint64_t word)
{
    return (word & WORD_ALL(0x80)) | word_escaped(word) | word_is(word, 0x7f);
}

/* Whether a text can stand in a line as it is: most do. */
static bool is_plain(const char *text, size_t len)
{
    uint64_t odd = 0;
    if (len > MAX_TEXT)
        return false;
    for (size_t i = 0; i + WORD_BYTES <= len; i += WORD_BYTES)
        odd |= odd_in(word_at(text + i));
    return (odd | odd_in(word_at_end(text, len))) == 0;
}

/* Whether a text without controls can be read in a line of text without quotes around it. */
static bool is_word(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (strchr(" =\"\\", text[i]))
            return false;
    return len > 0;
}

/* Text with what would break a line or a terminal written as \xNN; bytes that are no UTF-8 too. */
static void add_text(struct buf *line, const char *text, size_t len)
{
    struct buf clean;
    bool cut = len > MAX_TEXT;
    size_t step;
    if (is_plain(text, len)) {
        size_t quote = sink.text && is_word(text, len) ? 0 : 1;
        buf_add(line, "\"", quote);
        buf_add(line, text, len);
        buf_add(line, "\"", quote);
        return;
    }
    buf_init(&clean, MAX_LINE);
    len = cut ? MAX_TEXT : len;
    for (size_t i = 0; i < len; i += step) {
        unsigned char c = (unsigned char)text[i];
        step = c < 0x80 ? 1 : text_char_len(text + i, len - i);
        if (!is_control(text + i, step) && text_is_utf8(text + i, step))
            buf_add(&clean, text + i, step);
        else {
            step = 1;
            buf_printf(&clean, c == '\n' ? "\\n" : "\\x%02x", c);
        }
    }
    buf_add_str(&clean, cut ? "…" : "");
    if (sink.text && is_word(buf_str(&clean), clean.len))
        buf_add(line, buf_str(&clean), clean.len);
    else
        (void)json_print_string(line, buf_str(&clean), clean.len, JSON_WIRE);
    buf_fini(&clean);
}

static void add_thousandths(struct buf *line, int64_t number)
{
    int rest = (int)(number % 1000);
    char digits[] = {'.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10),
                     (char)('0' + rest % 10)};
    buf_add_int(line, number / 1000);
    buf_add(line, digits, sizeof digits);
}

static void add_value(struct buf *line, const struct log_field *field)
{
    switch (field->kind) {
    case LOG_NUMBER: buf_add_int(line, field->number); break;
    case LOG_THOUSANDTHS: add_thousandths(line, field->number); break;
    case LOG_DECIMAL: buf_add_str(line, field->text); break;
    case LOG_STRING: add_text(line, field->text, field->len); break;
    }
}

/* Appends a field; one behind which the text would be longer than `most` is left out. */
static void add_field(struct buf *line, const struct log_field *field, size_t most)
{
    size_t before = line->len, mark = sink.text ? 1 : 2;
    if ((field->kind == LOG_STRING || field->kind == LOG_DECIMAL) && !field->text)
        return;
    buf_add(line, sink.text ? " " : ",\"", mark);
    buf_add(line, field->name, field->name_len);
    buf_add(line, sink.text ? "=" : "\":", mark);
    add_value(line, field);
    if (line->full || line->len > most) {
        line->len = before;
        line->full = false;
    }
}

static void add_all(struct buf *line, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_add_str(line, parts[i]);
}

static void begin_line(struct buf *line, enum log_level level, const char *event)
{
    char now[25];
    clock_format_iso(now, clock_wall_us());
    const char *name = level_names[level];
    if (sink.text && sink.terminal) {
        buf_printf(line, "\033[2m%.8s\033[0m %s%-7s\033[0m %s", now + 11, level_colours[level],
                   name, event);
        return;
    }
    if (sink.text) {
        buf_printf(line, "%s %-7s %s", now, name, event);
        return;
    }
    const char *const parts[] = {"{\"timestamp\":\"", now,   "\",\"level\":\"", name,
                                 "\",\"event\":\"",   event, "\",\"pid\":"};
    add_all(line, parts, sizeof parts / sizeof *parts);
    buf_add_int(line, sink.pid);
}

/* Prints a line behind those that wait. */
static void print_line(enum log_level level, const char *event, const struct log_field *fields,
                       unsigned count)
{
    static const char end[] = "}\n";
    struct buf *line = &sink.waiting;
    size_t most = line->len + MAX_LINE - sizeof end;
    begin_line(line, level, event);
    for (unsigned i = 0; i < count; i++)
        add_field(line, &fields[i], most);
    buf_add_str(line, sink.text ? end + 1 : end);
}

/* How many bytes went out; 0: there is no room, or the output is lost. */
static size_t write_now(const char *data, size_t len)
{
    struct pollfd room = {.fd = sink.fd, .events = POLLOUT};
    if (sink.may_wait && poll(&room, 1, 0) == 0)
        return 0;
    ssize_t written = write(sink.fd, data, len);
    return written > 0 ? (size_t)written : 0;
}

/* How much is written at once.  A pipe takes so little whole, or nothing: other workers' lines do
 * not come between. */
static size_t piece_length(const struct buf *waiting)
{
    if (sink.is_file || waiting->len <= PIPE_BUF)
        return waiting->len;
    const char *end = memrchr(waiting->data, '\n', PIPE_BUF);
    if (!end)
        end = memchr(waiting->data + PIPE_BUF, '\n', waiting->len - PIPE_BUF);
    return (size_t)(end + 1 - waiting->data);
}

void log_flush(void)
{
    size_t written = 1;
    while (sink.waiting.len > 0 && written > 0) {
        written = write_now(sink.waiting.data, piece_length(&sink.waiting));
        buf_consume(&sink.waiting, written);
    }
}

void log_hold(bool hold)
{
    sink.holds = hold;
    if (!hold)
        log_flush();
}

void log_fields(enum log_level level, const char *event, const struct log_field *fields,
                unsigned count)
{
    if (!log_wants(level))
        return;
    if (sink.waiting.len >= MAX_WAITING)
        log_flush();
    if (sink.waiting.len >= MAX_WAITING) {
        sink.lost++;
        return;
    }
    const struct log_field lines = log_int("lines", sink.lost);
    if (sink.lost > 0)
        print_line(LOG_WARNING, "log_lost", &lines, 1);
    sink.lost = 0;
    print_line(level, event, fields, count);
    if (!sink.holds || level >= LOG_WARNING)
        log_flush();
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    char text[MAX_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const struct log_field message = log_str("message", text);
    log_fields(level, event, &message, 1);
}

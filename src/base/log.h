/* Log lines: JSON objects, one a line, or text when the output is a terminal, which has colours there:
 * the time, the level and the event, then name=value as logfmt has it, a value in quotes (those of
 * JSON) where it is not a word.
 * One call makes one line, whatever bytes the fields hold: controls and invalid UTF-8 are
 * escaped.  Nothing about the output stops the caller or makes it wait: what a full pipe or disk
 * does not take waits within bounds, what is more is lost, and how many lines these were is told by
 * the next that goes out (event `log_lost`, with `lines`).  One thread of a process logs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

enum log_format { LOG_AUTO /* text on a terminal */, LOG_JSON, LOG_TEXT };

/* Chooses where lines go (a file descriptor, kept open by the caller), their form and the lowest
 * level written.  Before the first call: standard error, LOG_AUTO, LOG_INFO. */
void log_setup(int fd, enum log_format format, enum log_level lowest);

/* Whether lines of `level` are written at all. */
bool log_wants(enum log_level level);

/* A named value in a line; made by the functions below. */
struct log_field {
    const char *name;
    size_t name_len;
    enum { LOG_STRING, LOG_NUMBER, LOG_THOUSANDTHS, LOG_DECIMAL } kind;
    const char *text; /* LOG_STRING, LOG_DECIMAL: NULL leaves the field out */
    size_t len;       /* bytes of text */
    int64_t number;
};

/* A field of text (NULL: left out), of `len` bytes of text, of a whole number, of thousandths (not
 * less than 0, written with three decimals), of the digits of a number (NULL: left out).  Names are
 * literals: the compiler counts them. */
static inline struct log_field log_strn(const char *name, const char *text, size_t len)
{
    return (struct log_field){
        .name = name, .name_len = strlen(name), .kind = LOG_STRING, .text = text, .len = len};
}

static inline struct log_field log_str(const char *name, const char *text)
{
    return log_strn(name, text, text ? strlen(text) : 0);
}

static inline struct log_field log_int(const char *name, int64_t number)
{
    return (struct log_field){
        .name = name, .name_len = strlen(name), .kind = LOG_NUMBER, .number = number};
}

static inline struct log_field log_thousandths(const char *name, int64_t number)
{
    return (struct log_field){
        .name = name, .name_len = strlen(name), .kind = LOG_THOUSANDTHS, .number = number};
}

static inline struct log_field log_decimal(const char *name, const char *digits)
{
    return (struct log_field){
        .name = name, .name_len = strlen(name), .kind = LOG_DECIMAL, .text = digits};
}

/* A field of text that may quote what requests say; left out while inputs are hidden. */
struct log_field log_said(const char *name, const char *text);
struct log_field log_saidn(const char *name, const char *text, size_t len);

/* From now on, whether lines hold none of what requests say: off at first. */
void log_hide_inputs(bool hide);
bool log_hides_inputs(void);

/* Writes one line with `count` fields after the usual ones (timestamp, level, event, pid). */
void log_fields(enum log_level level, const char *event, const struct log_field *fields,
                unsigned count);

/* Whether lines below LOG_WARNING wait for the next log_flush(), so that many leave in one write;
 * off at first, and where it ends what waited leaves. */
void log_hold(bool hold);

/* Writes out what waits, as far as there is room. */
void log_flush(void);

/* One line with a message of printf text, for start-up and trouble. */
void log_event(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

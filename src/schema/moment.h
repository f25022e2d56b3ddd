/* Dates and times as pydantic reads them: RFC 3339 with its freedoms, and Unix timestamps. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

struct moment {
    int year, month, day;
    int hour, minute, second, micro;
    bool has_offset;
    int offset; /* minutes */
};

/* Each reads the whole text.  NULL: all is well; otherwise what is wrong (a static string). */
const char *moment_read_date(struct moment *out, const char *text);
const char *moment_read_time(struct moment *out, const char *text);
const char *moment_read(struct moment *out, const char *text);

/* From seconds, or milliseconds when they are many, since 1970: UTC. */
const char *moment_from_number(struct moment *out, const json_t *number);

/* From the seconds of a day: UTC. */
const char *moment_time_from_number(struct moment *out, const json_t *number);

/* From text that holds such a number; false: it holds none. */
bool moment_from_digits(struct moment *out, const char *text, const char **why);

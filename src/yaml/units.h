/* Durations and sizes as people write them: `1m30s`, `64KB`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UNITS_TEXT = 32 }; /* bytes that a printed duration or size needs at most */

/* Reads a duration into *ms: numbers with units from `d`, `h`, `m`, `s`, `ms`, biggest first,
 * each once; a bare number is seconds.  Less than a millisecond is rounded, but never down to 0.
 * False when the text is no duration, or one of more than 10000 years. */
bool duration_parse(const char *text, int64_t *ms);

/* Milliseconds from seconds, rounded as duration_parse() does; false when they are negative or
 * too many. */
bool duration_from_seconds(double seconds, int64_t *ms);

/* Reads a size into *bytes: a number with `B`, `KB`, `MB`, `GB` or `TB` (powers of 1024, `KiB`
 * and `K` mean the same, in upper or lower case); a bare number is bytes.  False when the text
 * is no size, or one of more than 8192 TB. */
bool size_parse(const char *text, int64_t *bytes);

/* The shortest text that reads back the same, such as `1m30s` or `10MB`.  Returns `out`. */
const char *duration_format(char out[UNITS_TEXT], int64_t ms);
const char *size_format(char out[UNITS_TEXT], int64_t bytes);

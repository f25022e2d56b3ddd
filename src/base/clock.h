/* What time it is, for people.  Durations and deadlines use the loop's clock (loop/loop.h). */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Microseconds since 1970 by the wall clock. */
int64_t clock_wall_us(void);

/* Microseconds of a clock that never goes back. */
int64_t clock_steady_us(void);

/* Likewise in milliseconds, and late by a few: it costs next to nothing to ask. */
int64_t clock_coarse_ms(void);

/* Microseconds that this thread has used of the processor; costs a system call. */
int64_t clock_cpu_us(void);

/* "2026-11-23T14:45:59.832Z" into 25 bytes at `out`. */
void clock_format_iso(char out[25], int64_t wall_us);

/* "Mon, 23 Nov 2026 14:45:59 GMT" (RFC 9110 §5.6.7) into 30 bytes at `out`. */
void clock_format_http(char out[30], int64_t wall_us);

/* Seconds since 1970 of an RFC 9110 date, or -1. */
int64_t clock_parse_http(const char *text);

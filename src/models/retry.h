/* When a failed request to a provider is tried again, and how long to wait before that. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Whether an answer with this status may be another one next time: 429 and 5xx. */
bool retry_status(int status);

/* What an answer asks to wait, in ms, or -1: `after_ms` and `after` are the values of its headers
 * Retry-After-Ms and Retry-After (RFC 9110 §10.2.3: seconds or a date), NULL where there is none;
 * `now_us` is the wall clock. */
int64_t retry_asked(const char *after_ms, const char *after, int64_t now_us);

/* How long to wait, in ms, before attempt number `attempt` (from 1): what was asked, if that is at
 * most a minute, else half a second, doubled each time up to eight seconds, less a random quarter.
 * `asked` as from retry_asked(). */
int64_t retry_wait(unsigned attempt, int64_t asked);

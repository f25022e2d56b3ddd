/* Regular expressions (PCRE2), compiled once, searched with a bounded effort.
 *
 * A search costs steps: one for each item of the pattern that is tried, and some for each byte it
 * runs over.  When the steps are used up, the search ends with LS_TOO_BIG instead of going on for
 * minutes: "(a+)+$" does no harm.  A pattern is immutable and may be used from any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct pattern;

enum pattern_dialect {
    PATTERN_ECMA,    /* JSON Schema's: \d and \w are ASCII, \s is not; no letter escapes beyond */
    PATTERN_UNICODE, /* pydantic's (Rust's): \d, \w and \s are Unicode */
    PATTERN_PYTHON,  /* re's: likewise, $ also stands before a last line end, \Z at the very end */
    PATTERN_NO_CASE, /* the same with re.IGNORECASE */
};

/* A piece of a text: [start, end); a group that took no part starts at PATTERN_NO_GROUP. */
struct match_span {
    size_t start, end;
};

enum { PATTERN_MAX_GROUPS = 64 };
#define PATTERN_NO_GROUP SIZE_MAX

/* Compiles `len` bytes of UTF-8.  LS_BAD_CONFIG with a sentence in `why` (256 bytes) when they are
 * no pattern. */
enum ls_err pattern_compile(struct pattern **out, const char *text, size_t len,
                            enum pattern_dialect dialect, char why[256]) LS_MUST_CHECK;

/* Frees a pattern; nulls *pattern. */
void pattern_free(struct pattern **pattern);

/* Whether the pattern is found anywhere in `len` bytes of valid UTF-8.  LS_TOO_BIG: it took too
 * long, *found is false.  `spent` (may be NULL) sums up the effort of several searches, which are
 * then bounded together; it starts with 0. */
enum ls_err pattern_search(const struct pattern *pattern, const char *text, size_t len,
                           uint64_t *spent, bool *found) LS_MUST_CHECK;

/* The first match at or behind `start`: group i of it, the whole match first, goes to groups[i] for
 * i < count (at most PATTERN_MAX_GROUPS + 1).  Otherwise as pattern_search(). */
enum ls_err pattern_match(const struct pattern *pattern, const char *text, size_t len, size_t start,
                          uint64_t *spent, struct match_span *groups, size_t count,
                          bool *found) LS_MUST_CHECK;

/* How many groups the pattern has, the whole match not counted. */
size_t pattern_groups(const struct pattern *pattern);

/* Writes text as a pattern that finds nothing but it, in any dialect. */
void pattern_add_literal(struct buf *out, const char *text, size_t len);

/* ---- between the pattern's files ---- */

/* An ECMA pattern as PCRE2 writes it, onto `out`.  LS_BAD_SYNTAX with a sentence in *why. */
enum ls_err pattern_from_ecma(struct buf *out, const char *text, size_t len,
                              const char **why) LS_MUST_CHECK;

/* The same of a pattern of another dialect; what PCRE2 does not know is left to it. */
void pattern_from_unicode(struct buf *out, const char *text, size_t len,
                          enum pattern_dialect dialect);

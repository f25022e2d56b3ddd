/* A line of a tape: one exchange with another server, as JSON.
 *
 *     {"method": "POST", "path": "/chat/completions", "body": {…},
 *      "status": 200, "headers": {"content-type": "text/event-stream"}, "head_ms": 310,
 *      "chunks": [[312, "data: …\n\n"], [340, {"base64": "…"}]], "end_ms": 355}
 *
 * Times are milliseconds after the request.  A transfer that failed has an "error", {"code",
 * "message"}; one that failed before its head came has no "status", "headers" and "head_ms".  What
 * was asked is told from other requests by a key: a digest of method, path and body, in which the
 * order of an object's members does not count.  docs/testing.md tells users of it. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "loop/fetch.h"

enum { TAPE_MAX_LINE = 128 << 20 };

struct tape_line {
    unsigned char key[DIGEST_LEN];
    struct fetch_known answer; /* in the arena of who has read it */
};

/* The key of a POST to `path` with that body. */
void tape_key(unsigned char key[DIGEST_LEN], const char *path, const json_t *body);

/* Reads a line of `len` bytes into *line.  LS_BAD_SYNTAX: *why (static) says what is wrong. */
enum ls_err tape_line_read(struct tape_line *line, struct arena *arena, const char *text,
                           size_t len, const char **why) LS_MUST_CHECK;

/* Appends the line, with its end, of an answer to a POST. */
enum ls_err tape_line_print(struct buf *out, const char *path, json_t *body,
                            const struct fetch_known *answer) LS_MUST_CHECK;

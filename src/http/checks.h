/* The rules of RFC 9110 and 9112 that a request must keep, as pure functions.
 * Each returns the status that refuses the request, or 0. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/server.h"

/* What the headers say about the message. */
struct head_facts {
    const char *host, *id; /* NULL: not sent; the id only when it is well-formed */
    uint64_t length;       /* of the body; 0 when chunked */
    bool has_length, chunked;
    bool close, keep_alive; /* what `Connection` lists */
    bool expects_continue;
};

/* Where the parts of a request target are. */
struct target_parts {
    const char *path; /* of path_len bytes, still encoded; "*" for the server itself */
    size_t path_len;
    const char *query; /* behind '?', or "" */
};

/* tchar (RFC 9110 §5.6.2). */
bool check_is_token_char(char c);

/* What may stand in a header value: no controls but the tab. */
bool check_is_value_char(char c);

/* How many bytes at the beginning are such. */
size_t check_token_span(const char *text, size_t len);
size_t check_value_span(const char *text, size_t len);

/* A non-empty string of token characters; one without controls. */
bool check_is_token(const char *text);
bool check_is_value(const char *text);

/* host [":" port], without user or path. */
bool check_is_host(const char *text, size_t len);

/* What we take as a request id from a client: [A-Za-z0-9._-]{1,64}. */
bool check_is_id(const char *text);

/* All headers of a request; names are in lower case, values trimmed. */
int check_headers(const struct http_header *headers, unsigned count, bool http10,
                  struct head_facts *out);

/* The request target: origin form, absolute form for the same host, or `*` for OPTIONS. */
int check_target(const char *method, const char *target, const char *host,
                 struct target_parts *out);

/* Undoes the percent-encoding of a path into `len` bytes at `out` and a NUL.  False when an escape
 * is broken, or hides a NUL or a slash. */
bool check_decode_path(char *out, size_t *out_len, const char *path, size_t len);

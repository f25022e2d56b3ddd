/* Watches the framing of what a client sends, byte by byte, in front of llhttp.
 *
 * llhttp forgives what smugglers live on (bare LF, folded lines, a blank before the colon …).
 * Here nothing is forgiven; and because the guard finds the end of each head and body on its own,
 * a request that the two read differently is refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guard_limits {
    size_t max_url, max_head, max_body;
};

struct guard {
    const struct guard_limits *limits;
    int state;
    int status;                  /* what refuses the request; 0: nothing so far */
    bool done;                   /* the head, or the chunked body, has ended */
    unsigned blank_lines;        /* in front of the request */
    unsigned token;              /* bytes of the method, then of the version */
    unsigned lines;              /* header fields */
    unsigned digits;             /* of the chunk size */
    size_t url, head, extension; /* bytes of them so far */
    uint64_t chunk, body;        /* bytes left of this chunk, announced by all chunks */
    char version[8];
};

/* Before each request. */
void guard_begin(struct guard *guard, const struct guard_limits *limits);

/* Takes bytes up to the end of the head (`done`) or a fault (`status`); returns how many. */
size_t guard_head(struct guard *guard, const char *data, size_t len);

/* After the head of a request with a chunked body. */
void guard_begin_chunked(struct guard *guard);

/* As guard_head(), for the chunked body and its trailers. */
size_t guard_chunked(struct guard *guard, const char *data, size_t len);

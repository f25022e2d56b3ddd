/* HTTP requests to other servers, on libcurl, without blocking the loop.
 *
 * One pool per worker keeps connections alive and limits how many there are; requests beyond the
 * limit wait in it.  Redirects are never followed; only http and https are spoken; no proxy or
 * credentials come from the environment or from files.  HTTP/2 is used where TLS offers it.
 * libcurl is loaded with the first request, or by fetch_load(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "loop/loop.h"

struct fetch_pool;
struct fetch;

struct fetch_pool_options {
    long max_connections; /* in all; 0: 100 */
    long max_idle;        /* kept alive; 0: 20 */
};

/* Times in ms; 0 means no limit but the total's. */
struct fetch_timeouts {
    int64_t connect;    /* name, TCP and TLS */
    int64_t first_byte; /* from sending to the first byte of the answer's body or head */
    int64_t idle;       /* between two pieces of the body */
    int64_t total;
};

/* A piece of a known answer's body. */
struct fetch_piece {
    int64_t ms; /* when it came, after the request */
    size_t end; /* where in the body it ends */
};

/* An answer that is known beforehand: nobody is asked, and it comes as a server's does. */
struct fetch_known {
    int status;              /* 0: the transfer ends before a head comes */
    const char *head;        /* its headers, "name: value", each ending in NUL */
    size_t head_len;         /* all of them */
    int64_t head_ms, end_ms; /* when they came, and when the transfer ended */
    const char *body;
    const struct fetch_piece *pieces;
    size_t count;
    enum ls_err err; /* as in fetch_result */
    const char *message;
};

struct fetch_request {
    const char *method;         /* "POST" */
    const char *url;            /* http:// or https:// */
    const char *const *headers; /* "Name: value", NULL-terminated */
    const char *body;           /* borrowed until fetch_start returns; NULL: none */
    bool body_stays;            /* it is borrowed until the fetch is over instead, and not copied */
    size_t body_len;
    struct fetch_timeouts timeouts;
    size_t max_head;         /* bytes of the answer's head; 0: 64 KB */
    const char *unix_socket; /* path to connect to instead of the URL's host; NULL: none */
    const char *ca_file;     /* PEM bundle to trust; NULL: the system's */
    bool public_only;        /* refuse to connect to addresses that are not public: for URLs that
                                a client of ours had a say in */
    const struct fetch_known *known; /* NULL: the server is asked; lives until the end */
    bool known_timed;                /* it comes when it came then, not at once */
};

/* How a transfer ended. */
struct fetch_result {
    /* LS_OK; LS_UPSTREAM_CONNECT (name, TCP or TLS, also when they took longer than
     * timeouts.connect); LS_UPSTREAM_TIMEOUT (any other of fetch_timeouts); LS_TOO_BIG (the head);
     * LS_UPSTREAM (a broken answer, a malformed request) */
    enum ls_err err;
    const char *message; /* for logs: what libcurl says, without URL credentials or headers */
    bool got_head;       /* on_head was called */
};

/* What happens to a transfer, in firing order: on_head?, on_data*, on_done; never from within
 * fetch_start().  After fetch_stop() nothing is called any more.  While a transfer is paused only
 * its total limit can end it; any other end waits for fetch_resume(). */
struct fetch_events {
    /* Status line and headers have come (never an interim 1xx answer).  fetch_header() works from
     * here on. */
    void (*on_head)(void *owner, struct fetch *fetch, int status);
    /* A piece of the body, borrowed.  False: taken, but pause until fetch_resume(). */
    bool (*on_data)(void *owner, struct fetch *fetch, const char *data, size_t len);
    /* The end; `fetch` is gone when this returns. */
    void (*on_done)(void *owner, const struct fetch_result *result);
};

/* Loads libcurl now, for processes that are to share it and for who wants to hear of it; NULL, or
 * why that cannot be.  Pools made from here on are ready for their first request. */
const char *fetch_load(void);

/* A pool on `loop`; options may be NULL. */
struct fetch_pool *fetch_pool_new(struct loop *loop, const struct fetch_pool_options *options);

/* Stops every transfer and closes every connection; not from within fetch_events; nulls *pool. */
void fetch_pool_free(struct fetch_pool **pool);

/* Starts a request; never NULL.  What is wrong with it is told in on_done, on a clean stack.
 * `events` is borrowed until the end. */
struct fetch *fetch_start(struct fetch_pool *pool, const struct fetch_request *request,
                          const struct fetch_events *events, void *owner);

/* The value of an answer's header, any case of `name`; NULL when absent; borrowed until done. */
const char *fetch_header(const struct fetch *fetch, const char *name);

/* Goes on after on_data answered false; the data come later, on a clean stack. */
void fetch_resume(struct fetch *fetch);

/* Ends the transfer at once and closes its connection to the other server (or its HTTP/2
 * stream); nothing more is called; the handle is gone. */
void fetch_stop(struct fetch *fetch);

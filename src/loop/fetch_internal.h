/* What the files of the HTTP client share: a pool and its transfers.
 *
 * A transfer lives in its pool's list from fetch_start() until fetch_release().  libcurl does not
 * allow a transfer to be added or removed from within its callbacks, nor is an owner to be called
 * from within fetch_start(): whatever is asked for there waits in `todo` for the pool's task. */
#pragma once

#include "base/buf.h"
#include "loop/fetch.h"
#include "loop/libcurl.h"

enum { FETCH_SPARES = 32 };

struct fetch_pool {
    struct loop *loop;
    CURLM *multi;        /* NULL: nothing was asked for yet, and libcurl was not loaded */
    struct timer timer;  /* libcurl's own next deadline */
    struct task work;    /* does what is in todo, and gives libcurl a turn */
    struct link fetches; /* all transfers */
    struct link todo;
    long max_connections, max_idle;
    long active; /* transfers that libcurl has */
    int inside;  /* > 0: in a call into libcurl */
    int spares;
    CURL *spare[FETCH_SPARES]; /* handles to use again */
};

struct fetch {
    struct link link, todo;
    struct fetch_pool *pool;
    CURL *easy;
    struct curl_slist *headers;
    const struct fetch_events *events;
    void *owner;
    struct fetch_timeouts timeouts;
    const struct fetch_known *known; /* instead of `easy`; NULL: libcurl asks */
    size_t next;                     /* of its pieces */
    bool known_timed;
    struct timer phase, total; /* a known answer's next step is `phase` */
    int64_t phase_limit;       /* ms without progress that are allowed now; 0: any */
    int64_t phase_since;       /* time of the last progress; of a known answer's beginning */
    struct buf head;           /* the answer's header lines, each ending in NUL */
    enum ls_err err;           /* the first cause of failing */
    bool public_only;          /* see fetch_request */
    bool added;                /* libcurl has it */
    bool got_head;
    bool paused;                 /* the owner wants no more for now */
    bool held;                   /* libcurl has a piece that came while paused, and reads no more */
    bool ended;                  /* libcurl is done with it, or it never began */
    bool stopped;                /* nothing is to be called any more */
    char why[128];               /* what was wrong, for logs: said by us */
    char error[CURL_ERROR_SIZE]; /* the same, said by libcurl */
};

/* ---- fetch_pool.c ---- */

/* Has the pool's task look at the transfer soon. */
void fetch_todo(struct fetch *fetch);

/* Gives the transfer to libcurl. */
void fetch_add(struct fetch *fetch);

/* Takes the transfer from libcurl, which closes its connection unless it is complete; harmless
 * when libcurl does not have it. */
void fetch_remove(struct fetch *fetch);

/* Readies libcurl, unless that is done; NULL, or why it cannot be loaded. */
const char *fetch_pool_open(struct fetch_pool *pool);

/* A handle without options. */
CURL *fetch_pool_take_easy(struct fetch_pool *pool);

/* Takes a handle back, to be used again. */
void fetch_pool_give_easy(struct fetch_pool *pool, CURL *easy);

/* ---- fetch.c ---- */

/* Does what waits: begins, goes on, ends or is released. */
void fetch_work(struct fetch *fetch);

/* libcurl is done with the transfer. */
void fetch_completed(struct fetch *fetch, CURLcode code);

/* Tells the owner of the end, and frees the transfer. */
void fetch_finish(struct fetch *fetch);

/* Frees the transfer; nothing is called. */
void fetch_release(struct fetch *fetch);

/* Remembers the first cause of failing, and what to say of it in logs. */
void fetch_fail(struct fetch *fetch, enum ls_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Begins a phase in which `limit` ms may pass without progress (0: any). */
void fetch_set_phase(struct fetch *fetch, int64_t limit);

/* ---- fetch_known.c ---- */

/* Begins to give a known answer. */
void fetch_known_start(struct fetch *fetch, const struct fetch_request *request);

/* Goes on to give it. */
void fetch_known_next(struct fetch *fetch);

/* ---- fetch_setup.c ---- */

/* Sets the handle's options for the request; what is wrong with it goes to fetch_fail(). */
void fetch_setup(struct fetch *fetch, const struct fetch_request *request);

/* ---- fetch_answer.c: what libcurl calls as an answer comes ---- */

size_t fetch_on_header(char *data, size_t size, size_t count, void *arg);
size_t fetch_on_body(char *data, size_t size, size_t count, void *arg);

/* ---- fetch_guard.c ---- */

/* Called by libcurl with the address that a request is about to be sent to, whether the
 * connection is new or kept. */
int fetch_on_connected(void *arg, char *address, char *local, int port, int local_port);

/* Opens a socket, unless the address is one that the transfer must not reach. */
curl_socket_t fetch_on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address);

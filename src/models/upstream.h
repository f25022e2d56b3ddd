/* One request to another server, with its further attempts, as a source of chunks: what providers
 * of models and remote runnables share.
 *
 * The owner embeds a `struct upstream` in its stage and gives it a table of what to do with the
 * answer.  Within these calls it pushes with upstream_push(), at most one chunk per event, and may
 * end the answer with upstream_end() or upstream_fail(). */
#pragma once

#include "http/line_reader.h"
#include "http/sse_reader.h"
#include "loop/fetch.h"
#include "models/balance.h"
#include "models/tape.h"
#include "run/scope.h"
#include "run/source.h"

struct upstream;

struct upstream_ops {
    /* An attempt at the request's endpoint of that number begins: sets url, headers, body and
     * endpoint of the request, and forgets what was read of an answer.  NULL: there is one endpoint,
     * and nothing to forget. */
    void (*aim)(struct upstream *upstream, size_t endpoint);
    /* An event of a streamed answer. */
    void (*event)(struct upstream *upstream, const struct sse_event *event);
    /* The streamed answer is over, by itself or because upstream_end() said so: push what is still
     * to come.  Returns how the run ends. */
    struct outcome (*finish)(struct upstream *upstream);
    /* A whole answer of status 2xx.  Returns how the run ends. */
    struct outcome (*whole)(struct upstream *upstream, const char *body, size_t len);
    /* How a run ends that was answered another status. */
    struct outcome (*refused)(struct upstream *upstream, int status, const char *body, size_t len);
};

/* What is asked; everything lives as long as the scope. */
struct upstream_request {
    const char *url;
    const char *const *headers; /* NULL-terminated */
    const char *body;
    size_t body_len;
    bool lines; /* a streamed answer is lines, not server-sent events; each is given as one */
    struct fetch_timeouts timeouts;
    int64_t max_retries; /* further attempts after a 429, a 5xx or a failed connection, once all
                            endpoints were tried */
    bool public_only;    /* see fetch_request */
    const struct balance_rule *rule; /* of the endpoints; NULL: there is one */
    const char *model, *endpoint;    /* for logs and metrics; NULL where there is no rule */
    struct tape_use tape;            /* that the exchange is recorded to, or played from */
    const char *path;                /* with a tape: behind the API's address, */
    const char *secret;              /* and what it must not hold; NULL: nothing */
};

struct upstream {
    const struct upstream_ops *ops;
    struct source source;
    struct scope *scope;
    struct upstream_request request;
    bool streaming;             /* the answer is wanted as events */
    struct fetch *fetch;        /* while a transfer runs */
    struct take *take;          /* where that is recorded */
    struct timer wait;          /* before another attempt, or for the answer's end */
    unsigned attempt;           /* how many were begun, */
    unsigned retries;           /* and of them after a wait */
    struct balance_claim claim; /* of the endpoint that is asked, or to be asked next */
    bool chosen;                /* it is to be asked next */
    uint64_t failed;            /* the endpoint that failed last: a bit */
    struct race *race;          /* which endpoints were asked, and whether another was faster */
    struct race own_race;       /* what that points to, unless it is shared */
    int status;                 /* of the answer's head; 0: none yet */
    int64_t asked;              /* ms the server asks to wait before another attempt, or -1 */
    struct buf answer;          /* a whole answer, or an error's body */
    struct sse_reader reader;   /* of events, */
    struct line_reader by_line; /* or of lines */
    struct buf held;            /* bytes of a stream that were not read yet */
    bool paused;                /* the output is full: the transfer waits */
    bool over;                  /* nothing more comes; what is to be pushed last waits */
    bool complete;              /* the stream said that it is over */
    bool waits;                 /* run_wait_begin() was called */
    bool pushed;                /* something was pushed: no other attempt */
    struct outcome failure;     /* of what came in a stream, or of the attempt before */
};

/* Readies an upstream in a stage in `scope`'s arena; what comes goes to `out`.  Where the same
 * question is put twice, `race` may be set to what both share, before it starts. */
void upstream_init(struct upstream *upstream, const struct upstream_ops *ops, struct scope *scope,
                   bool streaming, struct sink *out);

/* Begins, or ends `out` with an error when the run has no connections. */
void upstream_start(struct upstream *upstream, const struct upstream_request *request);

/* Pushes `value` (borrowed), which adds to what came before. */
void upstream_push(struct upstream *upstream, json_t *value);

/* Pushes a chunk (borrowed), which joins what came before as it says. */
void upstream_push_chunk(struct upstream *upstream, const struct chunk *chunk);

/* The stream's own mark of its end came: what follows is not read. */
void upstream_end(struct upstream *upstream);

/* What came is a failure; the outcome's texts live as long as the scope. */
void upstream_fail(struct upstream *upstream, const struct outcome *outcome);

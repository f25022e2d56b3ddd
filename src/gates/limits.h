/* Rate limits of an app or a route: how many requests who may send.
 *
 * They are part of the app, and never change; their counts are tables that the master makes before
 * it forks (rate_table.h), or lie in Redis (shared_limits.h).  A request passes when all limits let
 * it, and else counts in none. */
#pragma once

#include "base/arena.h"
#include "gates/client.h"
#include "gates/rate_table.h"

/* Whose requests are counted together. */
enum limit_by {
    LIMIT_CLIENT, /* of a client's address */
    LIMIT_KEY,    /* of an API key; a client's where there is none */
    LIMIT_HEADER, /* of a header's value; a client's where there is none */
    LIMIT_GLOBAL, /* all */
};

struct limit {
    const char *text; /* the rate as written, "10/minute" */
    struct rate rate;
    const char *policy; /* what RateLimit-Policy says of it: limit_policy() */
    enum limit_by by;
    const char *header; /* its name in lower case, for LIMIT_HEADER */
    const char *id;     /* tells it from all other limits of the app, and finds it in the next */
    struct rate_table *table; /* NULL: not shared yet */
};

struct limits {
    struct limit *items;
    size_t count;
};

/* A limit's text and rate as a member of the list in RateLimit-Policy, in `arena`. */
const char *limit_policy(const struct limit *limit, struct arena *arena);

/* What counts the limits that API keys have of their own, in `arena`: one for each unit of time
 * that they may have. */
struct limits *limits_of_keys(struct arena *arena);

/* Moves to limits without tables those of the limits of `old` that have the same id. */
void limits_take_over(struct limits *limits, struct limits *old);

/* Makes the tables that limits do not have yet.  False when the system refuses the memory. */
bool limits_share(struct limits *limits);

/* Lets go of the tables. */
void limits_fini(struct limits *limits);

/* A process that is dead holds nothing of the tables. */
void limits_forget(struct limits *limits, pid_t pid);

/* One limit that a request meets. */
struct limit_part {
    const struct limit *limit;
    const void *key; /* what it counts the request under */
    size_t len;      /* 0: under nothing */
    struct rate_said said;
};

/* A request and the limits that hold for it; lives as long as its exchange. */
struct limit_check {
    struct limit_part *parts;
    size_t count;
    const struct limit_part
        *refused;     /* by this one, behind which none has said anything; or NULL */
    struct limit own; /* of the caller's key */
    unsigned char client[CLIENT_KEY];
    bool keys_are_checked; /* a key that is nobody's is a guess, and counts as its client's */
};

/* The limits that a request from `client` meets: of its route, of the app, and of its caller's key
 * (by `keys`, of limits_of_keys(); each may be NULL).  `keys_are_checked`: somebody has looked at its
 * API key.  NULL: none. */
struct limit_check *limits_find(const struct limits *route, const struct limits *app,
                                const struct limits *keys, bool keys_are_checked,
                                struct http_exchange *exchange, const char *client);

/* Counts the request in the tables. */
void limits_take(struct limit_check *check);

/* Counts a request in the tables that others have let through. */
void limits_note(const struct limit_check *check);

/* Adds the headers RateLimit-Policy and RateLimit to the answer.  False: the request may not pass,
 * and Retry-After says when it may. */
bool limits_tell(const struct limit_check *check, struct http_exchange *exchange);

/* A worker's connection to Redis: made when it is first wanted, lost, and made again.
 *
 * Requests go out as they are asked, and what comes back is given to them in that order, each answer
 * with the number of its request in it.  A connection whose exchange was cut (no answer in time, an
 * answer that is none, one with another number or that nobody asked for, the end) is closed for
 * good, and all that waited for it fail: no answer can reach another request.  From then on
 * requests fail at once, until the server answers again; it is asked by itself, in growing
 * intervals. */
#pragma once

#include "base/list.h"
#include "loop/loop.h"
#include "loop/redis_reader.h"
#include "store/redis_url.h"
#include "store/store.h"

struct redis_link;
struct redis_call;

struct redis_link_options {
    struct redis_target target; /* its texts live as long as the link */
    int64_t connect_timeout;    /* ms for connecting and the first words */
    int64_t timeout;            /* ms for an answer */
};

/* The answer, without its number; or NULL and a sentence.  On a clean stack of the loop, or within
 * redis_link_free(). */
typedef void redis_call_fn(struct redis_call *call, const struct redis_value *items, size_t count,
                           const char *why);

/* A request: a script with its keys and arguments; the texts live until `fn`. */
struct redis_call {
    struct link link;
    const char *script; /* returns a list that begins with ARGV[1] */
    const char *sha1; /* of the script (digest_sha1()), by which Redis may know it and then gets no
                           more than that; or NULL */
    const struct store_text *keys, *arguments;
    size_t key_count, argument_count;
    redis_call_fn *fn;
    uint64_t number;
    size_t size;
    int64_t due; /* by the loop's clock */
};

/* Connects to nothing yet; the options are copied. */
struct redis_link *redis_link_new(struct loop *loop, const struct redis_link_options *options);

/* Asks; `call` is the link's until its `fn`. */
void redis_link_ask(struct redis_link *link, struct redis_call *call);

/* Fails all calls and closes the connection.  Nulls *link. */
void redis_link_free(struct redis_link **link);

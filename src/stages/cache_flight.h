/* A flight: one run of a cached runnable, which all that ask the same meanwhile follow; at its end
 * its result goes into the store.  The run is the flight's own, or that of an observed request,
 * whose steps are to be seen: then it ends with that, and its followers get the whole result. */
#pragma once

#include "base/digest.h"
#include "base/metrics.h"
#include "run/gather.h"
#include "run/hub.h"
#include "stages/cache.h"

enum { CACHE_BUCKETS = 256 };

struct cache {
    struct link flights[CACHE_BUCKETS]; /* those under way, by their keys */
    unsigned refs;                      /* the owner's, and of each flight */
    struct series hits, misses;
    bool closed;
};

struct flight {
    struct link link;
    struct cache *cache;
    unsigned refs; /* its own, until it is over, and each follower's */
    char key[DIGEST_HEX + 1];
    int64_t ttl;
    struct store *store; /* NULL: nothing is kept */
    struct sink sink;
    struct run *run; /* its own; NULL once that has ended */
    struct hub *hub;
    struct gather sum;
    json_t *value;            /* once it has ended well: the whole of it */
    struct tally tally;       /* likewise, and else: what it took */
    bool left;                /* by the run that began it, which tells of the tally otherwise */
    const struct run *leader; /* the request's run that makes it, or NULL; only to be compared */
};

/* The flight of `key` that can be followed, or NULL. */
struct flight *flight_find(struct cache *cache, const char *key);

/* What a flight begins with: of the run that wants it first. */
struct flight_start {
    struct run *run;
    const struct runnable *runnable;
    const struct call *call;
    json_t *input; /* NULL: none */
    const char *key;
    int64_t ttl;
};

/* Begins a flight in a run of its own; one reference is the caller's. */
struct flight *flight_new(struct cache *cache, const struct flight_start *start);

/* Begins one of what the caller makes in start->run; the call and the input are not used. */
struct flight *flight_lead(struct cache *cache, const struct flight_start *start);

/* What was made (borrowed; NULL: nothing), and how that ended: once, by whoever leads the flight. */
void flight_land(struct flight *flight, const struct outcome *outcome, json_t *value);

struct flight *flight_hold(struct flight *flight);
void flight_rele(struct flight *flight);

/* The run that began it leaves, or takes no notice of it any more: what the flight takes, or took, is
 * told in a line of the log instead. */
void flight_leave(struct flight *flight, const struct run *run);

/* A result for a run that did not make it (new reference): messages in it cost that nothing. */
json_t *flight_unpaid(json_t *value);

#include "gates/shared_limits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/outage.h"
#include "base/sign.h"

/* KEYS: a counter for each limit; ARGV: a number, then the count and the window (ms) of each limit.
 * Returns the number, which limit refuses (0: none), and of each up to that one what was let through
 * in the window before and in this one, and the ms of this one.
 *
 * A counter is the number of a window and these two counts.  One of the next window is there when
 * the clock was set back a little: time stands still until it has caught up.  One of a later window
 * is there when it was set back far, and says nothing.  Numbers are doubles: what is more than 2^53
 * (a million requests in 100 days) is off by less than a millisecond. */
static const char script[] =
    "local time = redis.call('TIME') "
    "local now = time[1] * 1000 + math.floor(time[2] / 1000) "
    "local out, found, refused = {ARGV[1], 0}, {}, 0 "
    "for i, key in ipairs(KEYS) do "
    "local most, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1]) "
    "local number, elapsed = math.floor(now / window), now % window "
    "local said, before, current = "
    "string.match(redis.call('GET', key) or '', '^(%d+) (%d+) (%d+)$') "
    "said, before, current = tonumber(said or -9), tonumber(before or 0), tonumber(current or 0) "
    "if said == number + 1 then number, elapsed = said, 0 "
    "elseif said == number - 1 then before, current = current, 0 "
    "elseif said ~= number then before, current = 0, 0 end "
    "if (most - current) * window - before * (window - elapsed) < window then refused = i end "
    "found[i] = {number, before, current, 2 * window - elapsed} "
    "out[3 * i], out[3 * i + 1], out[3 * i + 2] = before, current, elapsed "
    "if refused > 0 then break end end "
    "out[2] = refused "
    "for i, key in ipairs(refused == 0 and KEYS or {}) do "
    "local number, before, current, ttl = unpack(found[i]) "
    "redis.call('SET', key, string.format('%.0f %.0f %.0f', number, before, current + 1), "
    "'PX', string.format('%.0f', ttl)) "
    "out[3 * i + 1] = current + 1 end "
    "return out";

enum { PER_LIMIT = 3, NAME_LEN = 16 /* bytes of the hash */ };

struct shared_limits {
    struct redis_link *link;
    const char *prefix;
    unsigned char hash_key[SIGN_LEN];
    char sha1[SHA1_HEX + 1];
    struct outage outage;
};

/* A request on its way; on the heap, for it may outlive the exchange. */
struct shared_ask {
    struct redis_call call;
    struct arena *arena; /* of itself and its texts */
    struct shared_limits *shared;
    struct limit_check *check; /* the exchange's */
    shared_limits_fn *fn;      /* NULL: nobody waits */
    void *owner;
};

struct shared_limits *shared_limits_new(struct loop *loop,
                                        const struct shared_limits_options *options)
{
    static const char purpose[] = "rate limits";
    struct shared_limits *shared = mem_zalloc(1, sizeof *shared);
    const char *secret = options->secret ? options->secret : "";
    shared->link = redis_link_new(loop, &options->link);
    shared->prefix = options->prefix;
    sign_bytes(shared->hash_key, secret, strlen(secret), purpose, sizeof purpose - 1);
    digest_sha1(shared->sha1, script, sizeof script - 1);
    return shared;
}

void shared_limits_free(struct shared_limits **shared)
{
    if (!*shared)
        return;
    redis_link_free(&(*shared)->link);
    free(*shared);
    *shared = NULL;
}

/* ---- the answer ---- */

static bool is_count(const struct redis_value *value, int64_t most)
{
    return value->kind == REDIS_NUMBER && value->number >= 0 && value->number <= most;
}

/* What Redis says of one limit; false: nonsense. */
static bool read_part(struct limit_part *part, const struct redis_value *items, bool allowed)
{
    const struct rate *rate = &part->limit->rate;
    for (int i = 0; i < 2; i++)
        if (!is_count(&items[i], RATE_MAX_COUNT))
            return false;
    if (!is_count(&items[2], rate->window - 1))
        return false;
    const struct rate_counters counters = {.before = items[0].number,
                                           .current = items[1].number,
                                           .elapsed = items[2].number};
    rate_tell(rate, &counters, allowed, &part->said);
    return true;
}

/* Fills in the check; false: nonsense. */
static bool read_answer(struct limit_check *check, const struct redis_value *items, size_t count)
{
    if (count == 0 || !is_count(&items[0], (int64_t)check->count))
        return false;
    size_t refused = (size_t)items[0].number, told = refused > 0 ? refused : check->count;
    if (count != 1 + PER_LIMIT * told)
        return false;
    for (size_t i = 0; i < told; i++)
        if (!read_part(&check->parts[i], items + 1 + PER_LIMIT * i, i + 1 != refused))
            return false;
    check->refused = refused > 0 ? &check->parts[refused - 1] : NULL;
    return true;
}

/* This server decides alone. */
static void take_alone(struct shared_ask *ask, const char *why)
{
    if (outage_begins(&ask->shared->outage))
        log_event(LOG_ERROR, "limits_alone",
                  "this server's own counts decide, until Redis says more: %s", why);
    metric_add(metrics.limits_alone, 1);
    limits_take(ask->check);
}

/* What other servers let through is not counted here: so a table that decides alone allows what it
 * would without them. */
static void take_shared(const struct shared_ask *ask)
{
    if (outage_ends(&ask->shared->outage))
        log_event(LOG_INFO, "limits_shared", "Redis' counts of the rate limits decide again");
    if (!ask->check->refused)
        limits_note(ask->check);
}

static void on_answer(struct redis_call *call, const struct redis_value *items, size_t count,
                      const char *why)
{
    struct shared_ask *ask = container_of(call, struct shared_ask, call);
    struct arena *arena = ask->arena;
    if (ask->fn) {
        if (why)
            take_alone(ask, why);
        else if (!read_answer(ask->check, items, count))
            take_alone(ask, "Redis: what it says is about no limits");
        else
            take_shared(ask);
        ask->fn(ask->owner);
    }
    arena_free(&arena);
}

/* ---- the request ---- */

/* The name of a part's counter. */
static struct store_text name_of(const struct shared_limits *shared, struct arena *arena,
                                 const struct limit_part *part)
{
    unsigned char digest[DIGEST_LEN];
    char hex[DIGEST_HEX + 1];
    size_t id_len = strlen(part->limit->id) + 1;
    char *under = arena_alloc(arena, id_len + part->len);
    memcpy(under, part->limit->id, id_len);
    if (part->len > 0)
        memcpy(under + id_len, part->key, part->len);
    sign_bytes(digest, shared->hash_key, sizeof shared->hash_key, under, id_len + part->len);
    digest_format(hex, digest);
    const char *name = arena_printf(arena, "%slimit:%.*s", shared->prefix, 2 * NAME_LEN, hex);
    return (struct store_text){name, strlen(name)};
}

static struct store_text number_of(struct arena *arena, int64_t number)
{
    const char *text = arena_printf(arena, "%" PRId64, number);
    return (struct store_text){text, strlen(text)};
}

struct shared_ask *shared_limits_take(struct shared_limits *shared, struct limit_check *check,
                                      shared_limits_fn *fn, void *owner)
{
    struct arena *arena = arena_new(0);
    struct shared_ask *ask = arena_zalloc(arena, sizeof *ask);
    struct store_text *keys = arena_alloc(arena, check->count * sizeof *keys);
    struct store_text *arguments = arena_alloc(arena, 2 * check->count * sizeof *arguments);
    for (size_t i = 0; i < check->count; i++) {
        const struct limit_part *part = &check->parts[i];
        keys[i] = name_of(shared, arena, part);
        arguments[2 * i] = number_of(arena, part->limit->rate.count);
        arguments[2 * i + 1] = number_of(arena, part->limit->rate.window);
    }
    *ask = (struct shared_ask){
        .arena = arena, .shared = shared, .check = check, .fn = fn, .owner = owner};
    ask->call = (struct redis_call){.script = script,
                                    .sha1 = shared->sha1,
                                    .keys = keys,
                                    .key_count = check->count,
                                    .arguments = arguments,
                                    .argument_count = 2 * check->count,
                                    .fn = on_answer};
    redis_link_ask(shared->link, &ask->call);
    return ask;
}

void shared_limits_cancel(struct shared_ask *ask)
{
    ask->fn = NULL;
}

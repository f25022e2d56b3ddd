#include "stages/cache_flight.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/money.h"
#include "run/gather.h"
#include "run/message.h"
#include "run/scope.h"
#include "store/store.h"

enum {
    KEPT_CHUNKS = 1 << 18, /* whoever comes late has all of them */
    KEPT_BYTES = 32 << 20,
    MAX_STORED = 4 << 20, /* bytes of a result: larger ones are not kept */
};

/* ---- the worker's part ---- */

static struct series lookups(const char *result)
{
    return metric_series(metrics.cache_lookups, &result);
}

struct cache *cache_open(void)
{
    struct cache *cache = mem_zalloc(1, sizeof *cache);
    for (int i = 0; i < CACHE_BUCKETS; i++)
        list_init(&cache->flights[i]);
    cache->refs = 1;
    cache->hits = lookups("hit");
    cache->misses = lookups("miss");
    return cache;
}

static void drop_cache(struct cache *cache)
{
    if (--cache->refs == 0)
        free(cache);
}

void cache_close(struct cache **cache)
{
    struct cache *old = *cache;
    *cache = NULL;
    if (!old)
        return;
    old->closed = true;
    for (int i = 0; i < CACHE_BUCKETS; i++)
        for (struct link *l = old->flights[i].next; l != &old->flights[i]; l = l->next)
            hub_cancel(container_of(l, struct flight, link)->hub, LS_SHUTDOWN);
    drop_cache(old);
}

void cache_counted(uint64_t *hits, uint64_t *misses)
{
    const struct series hit = lookups("hit"), miss = lookups("miss");
    *hits = (uint64_t)series_total(&hit);
    *misses = (uint64_t)series_total(&miss);
}

/* ---- flights ---- */

/* A key is hexadecimal, and evenly spread. */
static struct link *bucket_of(struct cache *cache, const char *key)
{
    return &cache->flights[(key[0] * 16 + key[1]) % CACHE_BUCKETS];
}

/* Whether all have left it: it only has yet to say that it ends with nothing. */
static bool is_given_up(const struct flight *flight)
{
    return flight->run && scope_is_cancelled(&flight->run->root);
}

struct flight *flight_find(struct cache *cache, const char *key)
{
    struct link *bucket = bucket_of(cache, key);
    for (struct link *l = bucket->next; l != bucket; l = l->next) {
        struct flight *flight = container_of(l, struct flight, link);
        if (strcmp(flight->key, key) == 0 && !is_given_up(flight))
            return flight;
    }
    return NULL;
}

struct flight *flight_hold(struct flight *flight)
{
    flight->refs++;
    return flight;
}

void flight_rele(struct flight *flight)
{
    if (--flight->refs > 0)
        return;
    gather_fini(&flight->sum);
    json_decref(flight->value);
    hub_rele(&flight->hub);
    drop_cache(flight->cache);
    free(flight);
}

/* Nobody may follow it any more. */
static void end(struct flight *flight)
{
    list_remove(&flight->link);
    flight_rele(flight);
}

/* Until it is in the store, those who did not find it there follow the flight. */
static void on_stored(void *owner, const struct store_answer *answer)
{
    (void)answer; /* the store tells of its failures */
    end(owner);
}

/* False: the result is too large to be kept. */
static bool store_value(struct flight *flight)
{
    struct buf text;
    buf_init(&text, MAX_STORED);
    bool fits = json_print(&text, flight->value, JSON_WIRE) == LS_OK;
    const struct store_text item = {buf_str(&text), text.len};
    const struct store_request request = {.verb = STORE_CACHE,
                                          .key = {flight->key, strlen(flight->key)},
                                          .items = &item,
                                          .count = 1,
                                          .ttl = flight->ttl};
    if (fits)
        store_ask(flight->store, &request, on_stored, flight);
    buf_fini(&text);
    return fits;
}

/* `value` with whole messages instead of sums of chunks (new reference). */
static json_t *whole_of(json_t *value)
{
    json_t *whole = message_is_chunk(value) ? message_whole(value) : json_incref(value);
    const char *key;
    json_t *member;
    size_t i;
    if (whole != value || !(json_is_object(value) || json_is_array(value)))
        return whole;
    json_t *copy = json_copy(value);
    json_object_foreach(value, key, member)
        json_object_set_new(copy, key, whole_of(member));
    json_array_foreach(value, i, member)
        json_array_set_new(copy, i, whole_of(member));
    json_decref(whole);
    return copy;
}

/* Sets a member of an object that is a member of `message`. */
static void set_inside(json_t *message, const char *where, const char *key, json_t *value)
{
    json_t *copy = json_copy(json_object_get(message, where));
    json_object_set_new(copy, key, value);
    json_object_set_new(message, where, copy);
}

/* A copy of a message that says what it used or cost, saying that it cost nothing, as LangChain's
 * do; NULL: it is none. */
static json_t *free_message(json_t *value)
{
    bool priced = json_object_get(json_object_get(value, "response_metadata"), "cost") != NULL;
    bool used = json_is_object(json_object_get(value, "usage_metadata"));
    if (!json_is_string(json_object_get(value, "type")) || !(priced || used))
        return NULL;
    json_t *copy = json_copy(value);
    if (priced)
        set_inside(copy, "response_metadata", "cost", json_real(0));
    if (used)
        set_inside(copy, "usage_metadata", "total_cost", json_integer(0));
    return copy;
}

json_t *flight_unpaid(json_t *value)
{
    json_t *copy = free_message(value), *member;
    const char *key;
    size_t i;
    if (copy)
        return copy;
    json_object_foreach(value, key, member) {
        json_t *unpaid = flight_unpaid(member);
        if (unpaid != member && !copy)
            copy = json_copy(value);
        if (copy)
            json_object_set(copy, key, unpaid);
        json_decref(unpaid);
    }
    json_array_foreach(value, i, member) {
        json_t *unpaid = flight_unpaid(member);
        if (unpaid != member && !copy)
            copy = json_copy(value);
        if (copy)
            json_array_set(copy, i, unpaid);
        json_decref(unpaid);
    }
    return copy ? copy : json_incref(value);
}

/* About how much memory a value takes. */
static size_t size_of(const json_t *value)
{
    enum { EACH = 64 };
    size_t size = EACH + json_string_length(value), i;
    const char *key;
    json_t *item;
    json_array_foreach(value, i, item)
        size += size_of(item);
    json_object_foreach((json_t *)value, key, item)
        size += strlen(key) + size_of(item);
    return size;
}

/* Tells what it took, for the request of that run. */
static void tell(const struct flight *flight, const struct run *run)
{
    const struct tally *took = &flight->tally;
    char cost[MONEY_SIZE];
    if (took->input_tokens == 0 && took->output_tokens == 0)
        return;
    money_print(cost, took->cost);
    const struct log_field fields[] = {
        log_str("request_id", run->request_id),
        log_str("trace_id", *run->trace.trace_id ? run->trace.trace_id : NULL),
        log_int("input_tokens", took->input_tokens),
        log_int("output_tokens", took->output_tokens),
        log_decimal("cost", took->priced ? cost : NULL),
    };
    log_fields(LOG_INFO, "cached_run", fields, sizeof fields / sizeof fields[0]);
}

void flight_leave(struct flight *flight, const struct run *run)
{
    flight->left = true;
    if (!flight->run)
        tell(flight, run);
}

void flight_land(struct flight *flight, const struct outcome *outcome, json_t *value)
{
    if (outcome->kind == OUTCOME_WELL && value)
        flight->value = whole_of(value);
    hub_end(flight->hub, outcome);
    if (!flight->value || flight->cache->closed || !flight->store || !store_value(flight))
        end(flight);
}

static enum flow flight_push(struct sink *sink, const struct chunk *chunk)
{
    struct flight *flight = container_of(sink, struct flight, sink);
    gather_add(&flight->sum, chunk);
    return hub_add(flight->hub, chunk, size_of(chunk->value));
}

static void flight_done(struct sink *sink, const struct outcome *outcome)
{
    struct flight *flight = container_of(sink, struct flight, sink);
    json_auto_t *sum = gather_take(&flight->sum);
    json_t *value = outcome->value ? outcome->value : sum;
    flight->tally = flight->run->tally;
    if (flight->left)
        tell(flight, flight->run);
    flight->run = NULL;
    flight_land(flight, outcome, value);
}

static const struct sink_ops flight_ops = {flight_push, flight_done};

/* The first one's call, in the arena of the flight's run. */
static struct call keep_call(struct arena *arena, const struct call *call)
{
    return (struct call){
        .name = arena_strdup(arena, call->name),
        .tags = arena_hold_json(arena, call->tags),
        .metadata = arena_hold_json(arena, call->metadata),
        .config = arena_hold_json(arena, call->config),
        .kwargs = arena_hold_json(arena, call->kwargs),
        .streaming = call->streaming,
    };
}

/* A flight that can be found, for the output of `run`. */
static struct flight *take_off(struct cache *cache, const struct flight_start *start,
                               struct run *run, const struct hub_options *options)
{
    struct flight *flight = mem_zalloc(1, sizeof *flight);
    flight->cache = cache;
    cache->refs++;
    flight->refs = 2;
    memcpy(flight->key, start->key, sizeof flight->key);
    flight->ttl = start->ttl;
    flight->store = start->run->services->store;
    gather_init(&flight->sum);
    list_init(&flight->link);
    list_append(bucket_of(cache, start->key), &flight->link);
    flight->hub = hub_new(run, options);
    return flight;
}

struct flight *flight_lead(struct cache *cache, const struct flight_start *start)
{
    static const struct hub_options options = {.kept = 1, .goes_on = true};
    struct flight *flight = take_off(cache, start, start->run, &options);
    flight->leader = start->run;
    return flight;
}

struct flight *flight_new(struct cache *cache, const struct flight_start *start)
{
    static const struct hub_options options = {.kept = KEPT_CHUNKS, .kept_bytes = KEPT_BYTES};
    struct run *run = run_new(start->run->loop, NULL);
    struct arena *arena = run_arena(run);
    struct call call = keep_call(arena, start->call);
    run->services = start->run->services;
    run->request_id = arena_strdup(arena, start->run->request_id);
    run_set_trace(run, *start->run->trace.trace_id ? &start->run->trace : NULL);
    struct flight *flight = take_off(cache, start, run, &options);
    flight->run = run;
    sink_init(&flight->sink, &flight_ops, &run->root);
    struct sink *in = run_open(run, start->runnable, &call, &flight->sink);
    if (start->input)
        sink_push_value(in, start->input);
    sink_done(in, &outcome_well);
    return flight;
}

#include "gates/limits.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "gates/api_key.h"

enum { MAX_HEADER = 4096 };

struct limits *limits_of_keys(struct arena *arena)
{
    static const char *const units[] = {"1/second", "1/minute", "1/hour", "1/day"};
    enum { UNITS = sizeof units / sizeof units[0] };
    struct limits *limits = arena_zalloc(arena, sizeof *limits);
    limits->items = arena_zalloc(arena, UNITS * sizeof *limits->items);
    for (; limits->count < UNITS; limits->count++) {
        struct limit *limit = &limits->items[limits->count];
        *limit = (struct limit){.by = LIMIT_KEY, .text = units[limits->count]};
        limit->id = arena_printf(arena, "keys %s", limit->text);
        (void)rate_parse(&limit->rate, limit->text, 0);
    }
    return limits;
}

void limits_take_over(struct limits *limits, struct limits *old)
{
    for (size_t i = 0; i < limits->count; i++)
        for (size_t k = 0; k < old->count && !limits->items[i].table; k++)
            if (strcmp(old->items[k].id, limits->items[i].id) == 0) {
                limits->items[i].table = old->items[k].table;
                old->items[k].table = NULL;
            }
}

bool limits_share(struct limits *limits)
{
    for (size_t i = 0; i < limits->count; i++) {
        struct limit *limit = &limits->items[i];
        if (!limit->table)
            limit->table = rate_table_new(limit->rate.window, rate_steady_clock);
        if (!limit->table)
            return false;
    }
    return true;
}

void limits_fini(struct limits *limits)
{
    for (size_t i = 0; i < limits->count; i++)
        rate_table_free(&limits->items[i].table);
}

void limits_forget(struct limits *limits, pid_t pid)
{
    for (size_t i = 0; i < limits->count; i++)
        if (limits->items[i].table)
            rate_table_forget(limits->items[i].table, pid);
}

/* ---- one request ---- */

/* What one limit counts a request under. */
struct key {
    const void *data;
    size_t len; /* 0: under nothing */
    unsigned char client[CLIENT_KEY];
};

/* Whose API key a request has shown, or, where nobody asks for keys, the key itself; or NULL. */
static const char *api_key(const struct http_request *request)
{
    return request->caller ? request->caller->name : http_request_header(request, "x-api-key");
}

/* A client's address is never what a header says: their lengths differ, for a header that has that
 * of an address counts its NUL too. */
static void find_key(struct key *key, const struct limit *limit, const struct http_request *request,
                     const char *client)
{
    const char *said = limit->by == LIMIT_KEY      ? api_key(request)
                       : limit->by == LIMIT_HEADER ? http_request_header(request, limit->header)
                                                   : NULL;
    *key = (struct key){.data = said, .len = 0};
    if (limit->by == LIMIT_GLOBAL)
        return;
    if (said && *said) {
        key->len = strlen(said) == CLIENT_KEY ? CLIENT_KEY + 1 : strlen(said);
        return;
    }
    client_key(key->client, client);
    key->data = key->client;
    key->len = CLIENT_KEY;
}

static int64_t seconds(int64_t ms)
{
    return (ms + 999) / 1000;
}

static void add_policy(struct buf *out, const struct limit *limit)
{
    (void)buf_printf(out, "%s\"%s\";q=%lld;w=%lld", out->len > 0 ? ", " : "", limit->text,
                     (long long)limit->rate.count, (long long)seconds(limit->rate.window));
}

static void add_state(struct buf *out, const struct limit *limit, const struct rate_said *said)
{
    (void)buf_printf(out, "%s\"%s\";r=%lld;t=%lld", out->len > 0 ? ", " : "", limit->text,
                     (long long)said->left, (long long)seconds(said->reset));
}

/* The limits that hold for one request, in their order. */
struct sets {
    const struct limits *of[3]; /* the route's, the app's, the key's own; each may be NULL */
    struct limit own;
    struct limits own_set;
};

static const struct limit *limit_at(const struct sets *sets, size_t i)
{
    for (size_t k = 0; k < sizeof sets->of / sizeof sets->of[0]; k++) {
        size_t count = sets->of[k] ? sets->of[k]->count : 0;
        if (i < count)
            return &sets->of[k]->items[i];
        i -= count;
    }
    return NULL;
}

/* The limit of the caller's key, which counts in the table of its unit of time. */
static void add_own(struct sets *sets, const struct limits *units, const char *text)
{
    struct rate rate;
    if (!units || !text || !rate_parse(&rate, text, 0))
        return;
    for (size_t i = 0; i < units->count; i++)
        if (units->items[i].rate.window == rate.window) {
            sets->own = units->items[i];
            sets->own.text = text;
            sets->own.rate = rate;
            sets->own_set = (struct limits){&sets->own, 1};
            sets->of[2] = &sets->own_set;
        }
}

/* Takes a request back from the first `count` limits. */
static void give_back(const struct sets *sets, size_t count, const struct http_request *request,
                      const char *client)
{
    struct key key;
    for (size_t i = 0; i < count; i++) {
        const struct limit *limit = limit_at(sets, i);
        find_key(&key, limit, request, client);
        rate_table_give(limit->table, key.data, key.len);
    }
}

/* Counts the request; the number of the limit that refuses it, which `state` tells alone, or -1. */
static int count_in_all(const struct sets *sets, const struct http_request *request,
                        const char *client, struct buf *policy, struct buf *state,
                        struct rate_said *said)
{
    const struct limit *limit;
    struct key key;
    for (int i = 0; (limit = limit_at(sets, (size_t)i)); i++) {
        assert(limit->table);
        find_key(&key, limit, request, client);
        rate_table_take(limit->table, limit->rate.count, key.data, key.len, said);
        if (!said->allowed)
            buf_reset(state);
        add_policy(policy, limit);
        add_state(state, limit, said);
        if (!said->allowed)
            return i;
    }
    return -1;
}

bool limits_take(const struct limits *route, const struct limits *app, const struct limits *keys,
                 struct http_exchange *exchange, const char *client)
{
    const struct http_request *request = http_request(exchange);
    struct sets sets = {.of = {route, app}};
    add_own(&sets, keys, request->caller ? request->caller->limit : NULL);
    struct rate_said said;
    struct buf policy, state;
    char wait[24] = "";
    buf_init(&policy, MAX_HEADER);
    buf_init(&state, MAX_HEADER);
    int refused = count_in_all(&sets, request, client, &policy, &state, &said);
    (void)http_add_header(exchange, "ratelimit-policy", buf_str(&policy));
    (void)http_add_header(exchange, "ratelimit", buf_str(&state));
    buf_fini(&policy);
    buf_fini(&state);
    if (refused < 0)
        return true;
    give_back(&sets, (size_t)refused, request, client);
    (void)snprintf(wait, sizeof wait, "%lld", (long long)seconds(said.reset));
    (void)http_add_header(exchange, "retry-after", wait);
    return false;
}

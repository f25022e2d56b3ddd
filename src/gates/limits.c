#include "gates/limits.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "gates/api_key.h"

enum { MAX_HEADER = 4096 };

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
            limit->table = rate_table_new(&limit->rate, rate_steady_clock);
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

/* The i-th limit of both sets. */
static const struct limit *limit_at(const struct limits *route, const struct limits *app, size_t i)
{
    if (route && i < route->count)
        return &route->items[i];
    i -= route ? route->count : 0;
    return app && i < app->count ? &app->items[i] : NULL;
}

/* Takes a request back from the first `count` limits. */
static void give_back(const struct limits *route, const struct limits *app, size_t count,
                      const struct http_request *request, const char *client)
{
    struct key key;
    for (size_t i = 0; i < count; i++) {
        const struct limit *limit = limit_at(route, app, i);
        find_key(&key, limit, request, client);
        rate_table_give(limit->table, key.data, key.len);
    }
}

/* Counts the request; the number of the limit that refuses it, which `state` tells alone, or -1. */
static int count_in_all(const struct limits *route, const struct limits *app,
                        const struct http_request *request, const char *client, struct buf *policy,
                        struct buf *state, struct rate_said *said)
{
    const struct limit *limit;
    struct key key;
    for (int i = 0; (limit = limit_at(route, app, (size_t)i)); i++) {
        assert(limit->table);
        find_key(&key, limit, request, client);
        rate_table_take(limit->table, key.data, key.len, said);
        if (!said->allowed)
            buf_reset(state);
        add_policy(policy, limit);
        add_state(state, limit, said);
        if (!said->allowed)
            return i;
    }
    return -1;
}

int64_t limits_take(const struct limits *route, const struct limits *app,
                    struct http_exchange *exchange, const char *client)
{
    const struct http_request *request = http_request(exchange);
    struct rate_said said;
    struct buf policy, state;
    char wait[24] = "";
    buf_init(&policy, MAX_HEADER);
    buf_init(&state, MAX_HEADER);
    int refused = count_in_all(route, app, request, client, &policy, &state, &said);
    (void)http_add_header(exchange, "ratelimit-policy", buf_str(&policy));
    (void)http_add_header(exchange, "ratelimit", buf_str(&state));
    buf_fini(&policy);
    buf_fini(&state);
    if (refused < 0)
        return 0;
    give_back(route, app, (size_t)refused, request, client);
    (void)snprintf(wait, sizeof wait, "%lld", (long long)seconds(said.reset));
    (void)http_add_header(exchange, "retry-after", wait);
    return seconds(said.reset);
}

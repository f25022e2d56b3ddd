#include "gates/limits.h"

#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "gates/api_key.h"

enum { MAX_HEADER = 4096, USUAL_HEADER = 250 };

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

/* Whose API key a request has shown, or, where nobody asks for keys, the key itself; or NULL. */
static const char *api_key(const struct limit_check *check, const struct http_request *request)
{
    if (request->caller)
        return request->caller->name;
    return check->keys_are_checked ? NULL : http_request_header(request, "x-api-key");
}

/* A client's address is never what a header says: their lengths differ, for a header that has that
 * of an address counts its NUL too. */
static void add_part(struct limit_check *check, const struct limit *limit,
                     const struct http_request *request)
{
    const char *said = limit->by == LIMIT_KEY      ? api_key(check, request)
                       : limit->by == LIMIT_HEADER ? http_request_header(request, limit->header)
                                                   : NULL;
    struct limit_part *part = &check->parts[check->count++];
    *part = (struct limit_part){.limit = limit};
    if (limit->by == LIMIT_GLOBAL)
        return;
    bool known = said && *said;
    part->key = known ? (const void *)said : check->client;
    part->len = known ? strlen(said) : CLIENT_KEY;
    if (known && part->len == CLIENT_KEY)
        part->len++;
}

static void add_all(struct limit_check *check, const struct limits *limits,
                    const struct http_request *request)
{
    for (size_t i = 0; limits && i < limits->count; i++)
        add_part(check, &limits->items[i], request);
}

/* The limit of the caller's key, which counts in the table of its unit of time. */
static void add_own(struct limit_check *check, const struct limits *units,
                    const struct http_request *request, struct arena *arena)
{
    struct rate rate;
    const char *text = request->caller ? request->caller->limit : NULL;
    if (!units || !text || !rate_parse(&rate, text, 0))
        return;
    for (size_t i = 0; i < units->count; i++)
        if (units->items[i].rate.window == rate.window) {
            check->own = units->items[i];
            check->own.text = text;
            check->own.rate = rate;
            check->own.policy = limit_policy(&check->own, arena);
            add_part(check, &check->own, request);
            return;
        }
}

struct limit_check *limits_find(const struct limits *route, const struct limits *app,
                                const struct limits *keys, bool keys_are_checked,
                                struct http_exchange *exchange, const char *client)
{
    const struct http_request *request = http_request(exchange);
    size_t most = (route ? route->count : 0) + (app ? app->count : 0) + 1;
    struct limit_check *check = arena_zalloc(http_arena(exchange), sizeof *check);
    check->parts = arena_alloc(http_arena(exchange), most * sizeof *check->parts);
    check->keys_are_checked = keys_are_checked;
    client_key(check->client, client);
    add_all(check, route, request);
    add_all(check, app, request);
    add_own(check, keys, request, http_arena(exchange));
    return check->count > 0 ? check : NULL;
}

static void take_part(struct limit_part *part)
{
    assert(part->limit->table);
    rate_table_take(part->limit->table, part->limit->rate.count, part->key, part->len, &part->said);
}

void limits_take(struct limit_check *check)
{
    for (size_t i = 0; i < check->count && !check->refused; i++) {
        take_part(&check->parts[i]);
        if (check->parts[i].said.allowed)
            continue;
        check->refused = &check->parts[i];
        while (i-- > 0)
            rate_table_give(check->parts[i].limit->table, check->parts[i].key, check->parts[i].len);
        return;
    }
}

void limits_note(const struct limit_check *check)
{
    for (size_t i = 0; i < check->count; i++) {
        struct limit_part part = check->parts[i];
        take_part(&part);
    }
}

/* ---- what the answer says ---- */

static int64_t seconds(int64_t ms)
{
    return (ms + 999) / 1000;
}

const char *limit_policy(const struct limit *limit, struct arena *arena)
{
    return arena_printf(arena, "\"%s\";q=%lld;w=%lld", limit->text, (long long)limit->rate.count,
                        (long long)seconds(limit->rate.window));
}

static void add_policy(struct buf *out, const struct limit *limit)
{
    (void)buf_add(out, ", ", out->len > 0 ? 2 : 0);
    (void)buf_add_str(out, limit->policy);
}

static void add_state(struct buf *out, const struct limit_part *part)
{
    (void)buf_add_str(out, out->len > 0 ? ", \"" : "\"");
    (void)buf_add_str(out, part->limit->text);
    (void)buf_add_str(out, "\";r=");
    (void)buf_add_int(out, part->said.left);
    (void)buf_add_str(out, ";t=");
    (void)buf_add_int(out, seconds(part->said.reset));
}

bool limits_tell(const struct limit_check *check, struct http_exchange *exchange)
{
    const struct limit_part *refused = check->refused, *parts = check->parts;
    size_t count = refused ? (size_t)(refused - parts) + 1 : check->count;
    char wait[24] = "";
    struct buf text;
    buf_init(&text, MAX_HEADER);
    (void)buf_reserve(&text, USUAL_HEADER);
    for (size_t i = 0; i < count; i++)
        add_policy(&text, parts[i].limit);
    (void)http_add_header(exchange, "ratelimit-policy", buf_str(&text));
    buf_reset(&text);
    for (size_t i = refused ? count - 1 : 0; i < count; i++)
        add_state(&text, &parts[i]);
    (void)http_add_header(exchange, "ratelimit", buf_str(&text));
    buf_fini(&text);
    if (!refused)
        return true;
    (void)snprintf(wait, sizeof wait, "%lld", (long long)seconds(refused->said.reset));
    (void)http_add_header(exchange, "retry-after", wait);
    return false;
}

#include "app/build_limits.h"

#include <string.h>

#include "http/checks.h"

struct limit_spec {
    const char *rate, *by;
    int64_t burst;
};

const struct option limit_options[] = {
    {.name = "rate",
     .type = OPTION_STRING,
     .offset = offsetof(struct limit_spec, rate),
     .required = true,
     .doc = "How many requests in which time: `10/minute`, `5/second`, `100/hour`, `1000/day`, "
            "`10/30s`."},
    {.name = "by",
     .type = OPTION_STRING,
     .offset = offsetof(struct limit_spec, by),
     .fallback = "client",
     .doc = "Whose requests are counted together: `client` (an address), `key` (an API key), "
            "`header:NAME` (a header's value), `global` (all). Without a key or the header it is "
            "the client."},
    {.name = "burst",
     .type = OPTION_INT,
     .offset = offsetof(struct limit_spec, burst),
     .fallback = "0",
     .min = 0,
     .max = RATE_MAX_COUNT,
     .doc = "How many may come at once, at the same mean rate; 0: all of a period's."},
    {.name = NULL},
};

static void lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text | 0x20);
}

/* Reads `by`; false, and told, when there is no such. */
static bool read_by(struct arena *arena, struct problems *problems, struct place place,
                    const char *by, struct limit *limit)
{
    static const char header[] = "header:";
    static const char *const names[] = {"client", "key", "header:NAME", "global", NULL};
    size_t len = sizeof header - 1;
    for (int i = 0; names[i]; i++)
        if (i != LIMIT_HEADER && strcmp(by, names[i]) == 0) {
            limit->by = (enum limit_by)i;
            return true;
        }
    if (strncmp(by, header, len) == 0 && check_is_token(by + len)) {
        char *name = arena_strdup(arena, by + len);
        lower(name);
        limit->by = LIMIT_HEADER;
        limit->header = name;
        return true;
    }
    problems_unknown(problems, place, "way to tell requests apart", by, names);
    return false;
}

/* Reads one limit; false, and told, when it has a mistake. */
static bool read_limit(struct arena *arena, struct problems *problems, struct place place,
                       const struct limit_spec *spec, struct limit *limit)
{
    *limit = (struct limit){.text = spec->rate};
    bool well = read_by(arena, problems, place, spec->by, limit);
    if (rate_parse(&limit->rate, spec->rate, spec->burst))
        return well;
    problems_error(problems, place,
                   "expected a rate such as 10/minute, 5/second, 100/hour, 1000/day or 10/30s, of "
                   "at most %d requests, and a burst that a year refills",
                   RATE_MAX_COUNT);
    return false;
}

/* What the limits are known by to the tables and to clients. */
static void set_ids(struct arena *arena, struct limits *limits, const char *scope)
{
    for (size_t i = 0; i < limits->count; i++) {
        struct limit *limit = &limits->items[i];
        limit->policy = limit_policy(limit, arena);
        limit->id = arena_printf(arena, "%s %s %lld/%lld %d %s", scope, limit->text,
                                 (long long)limit->rate.count, (long long)limit->rate.window,
                                 (int)limit->by, limit->header ? limit->header : "");
    }
}

static void add_item(struct arena *arena, struct problems *problems, const struct node *item,
                     struct limits *limits)
{
    struct limit_spec spec = {0};
    if (item->kind != NODE_MAP) {
        problems_error(problems, item->place,
                       "limits: expected a mapping such as {rate: 10/minute, by: client}, not %s",
                       node_kind_name(item->kind));
        return;
    }
    options_read(limit_options, item, &spec, NULL, "limit", arena, problems);
    if (spec.rate && read_limit(arena, problems, item->place, &spec, &limits->items[limits->count]))
        limits->count++;
}

struct limits *build_limits(struct arena *arena, struct problems *problems, const struct node *map,
                            const struct limit_fields *fields, const char *scope)
{
    const struct node *list = fields->limits;
    if (list && list->kind != NODE_LIST) {
        if (list->kind != NODE_NULL)
            problems_error(problems, list->place, "limits: expected a list, not %s",
                           node_kind_name(list->kind));
        list = NULL;
    }
    size_t most = (list ? list->as.list.count : 0) + 1;
    struct limits *limits = arena_zalloc(arena, sizeof *limits);
    limits->items = arena_zalloc(arena, most * sizeof *limits->items);
    const struct limit_spec plain = {.rate = fields->limit, .by = "client"};
    if (fields->limit &&
        read_limit(arena, problems, node_get(map, "limit")->place, &plain, &limits->items[0]))
        limits->count++;
    for (size_t i = 0; list && i < list->as.list.count; i++)
        add_item(arena, problems, list->as.list.items[i], limits);
    set_ids(arena, limits, scope);
    return limits->count > 0 ? limits : NULL;
}

const struct trusted_proxies *build_proxies(struct arena *arena, struct problems *problems,
                                            const struct node *map,
                                            const struct option_strings *ranges)
{
    if (ranges->count == 0)
        return NULL;
    struct address_range *read = arena_zalloc(arena, ranges->count * sizeof *read);
    for (size_t i = 0; i < ranges->count; i++)
        if (!address_range_parse(&read[i], ranges->items[i]))
            problems_error(problems, node_get(map, "trusted_proxies")->place,
                           "trusted_proxies: expected addresses and ranges such as 10.0.0.0/8, or "
                           "unix, not '%s'",
                           ranges->items[i]);
    struct trusted_proxies *proxies = arena_alloc(arena, sizeof *proxies);
    *proxies = (struct trusted_proxies){read, ranges->count};
    return proxies;
}

void check_concurrency(struct problems *problems, const struct node *map,
                       const struct slots_rule *rule, const char *beside)
{
    static const char *const names[] = {"queue", "queue_timeout"};
    for (size_t i = 0; !slots_rule_limits(rule) && i < sizeof names / sizeof *names; i++) {
        const struct node *value = node_get(map, names[i]);
        if (value && value->kind != NODE_NULL)
            problems_error(problems, value->place, "%s: only beside %s", names[i], beside);
    }
}

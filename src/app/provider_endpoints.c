#include "app/provider_endpoints.h"

struct endpoint_fields {
    const char *base_url, *api_key, *model;
    struct option_strings api_keys;
    int64_t weight;
};

const struct option endpoint_options[] = {
    {.name = "base_url",
     .type = OPTION_STRING,
     .offset = offsetof(struct endpoint_fields, base_url),
     .doc = "The API's address; the model's own when absent."},
    {.name = "api_key",
     .type = OPTION_STRING,
     .offset = offsetof(struct endpoint_fields, api_key),
     .secret = true,
     .doc = "The key, best as `${NAME}`; those of the model when absent."},
    {.name = "api_keys",
     .type = OPTION_STRING_LIST,
     .offset = offsetof(struct endpoint_fields, api_keys),
     .secret = true,
     .doc = "Several keys: each makes an endpoint of that weight."},
    {.name = "model",
     .type = OPTION_STRING,
     .offset = offsetof(struct endpoint_fields, model),
     .doc = "What the model is called there, where that differs."},
    {.name = "weight",
     .type = OPTION_INT,
     .offset = offsetof(struct endpoint_fields, weight),
     .fallback = "1",
     .min = 1,
     .max = 1e6,
     .doc = "How often it is asked, beside the weights of the others."},
    {.name = NULL},
};

const struct option breaker_options[] = {
    {.name = "failures",
     .type = OPTION_INT,
     .offset = offsetof(struct balance_rule, failures),
     .fallback = "5",
     .min = 0,
     .max = 1e6,
     .doc = "How many failures in a row open the circuit: no connection, no answer in time, a "
            "broken one, a 5xx; 0: it stays closed."},
    {.name = "cooldown",
     .type = OPTION_DURATION,
     .offset = offsetof(struct balance_rule, cooldown),
     .fallback = "30s",
     .min = 1,
     .max = 864e5,
     .doc = "How long the endpoint is left alone, before one request tries it; doubled each time "
            "that this fails."},
    {.name = "max_cooldown",
     .type = OPTION_DURATION,
     .offset = offsetof(struct balance_rule, most_cooldown),
     .fallback = "10m",
     .min = 1,
     .max = 864e5,
     .doc = "The longest that it is left alone."},
    {.name = NULL},
};

const struct option hedge_options[] = {
    {.name = "after",
     .type = OPTION_DURATION,
     .offset = offsetof(struct model_options, hedge),
     .required = true,
     .min = 1,
     .max = 864e5,
     .doc = "How long nothing of an answer has come by then."},
    {.name = NULL},
};

/* Endpoints under construction. */
struct reading {
    struct builder *builder;
    const struct http_defaults *defaults;
    struct model_endpoint *items; /* BALANCE_MOST of them */
    size_t count;
    bool replays;
};

static void add(struct reading *reading, struct place place, struct model_endpoint endpoint)
{
    if (reading->count < BALANCE_MOST)
        reading->items[reading->count] = endpoint;
    else if (reading->count == BALANCE_MOST)
        problems_error(reading->builder->problems, place,
                       "endpoints: a model has at most %d, and each key makes one", BALANCE_MOST);
    reading->count++;
}

/* Adds an endpoint for each of the keys that `map` has: a list, or one, or that of the environment. */
static void add_keys(struct reading *reading, const struct node *map, const char *key,
                     const struct option_strings *keys, struct model_endpoint endpoint)
{
    for (size_t i = 0; i < keys->count; i++) {
        endpoint.api_key = http_check_key(reading->builder, map, "api_keys", keys->items[i]);
        add(reading, map->place, endpoint);
    }
    if (key && keys->count > 0)
        problems_error(reading->builder->problems, map->place,
                       "api_key, api_keys: write one of the two");
    if (keys->count > 0)
        return;
    endpoint.api_key = http_choose_key(reading->builder, map, key, endpoint.base_url,
                                       reading->replays, reading->defaults);
    add(reading, map->place, endpoint);
}

/* Adds the endpoints of an item; what it does not say is the model's. */
static void add_item(struct reading *reading, const struct node *item, const struct node *model,
                     const struct http_fields *fields, const char *url)
{
    struct builder *builder = reading->builder;
    struct endpoint_fields own = {0};
    if (item->kind != NODE_MAP) {
        problems_error(builder->problems, item->place,
                       "endpoints: expected a mapping such as {base_url: %s, weight: 2}, not %s",
                       reading->defaults->example, node_kind_name(item->kind));
        return;
    }
    options_read(endpoint_options, item, &own, NULL, "endpoint", builder->arena, builder->problems);
    const struct model_endpoint endpoint = {
        .base_url = own.base_url
                        ? http_choose_url(builder, item, own.base_url, true, reading->defaults)
                        : url,
        .model = own.model,
        .weight = own.weight,
    };
    bool has_keys = own.api_key || own.api_keys.count > 0;
    if (has_keys)
        add_keys(reading, item, own.api_key, &own.api_keys, endpoint);
    else
        add_keys(reading, model, fields->api_key, &fields->api_keys, endpoint);
}

static void add_all(struct reading *reading, const struct node *map,
                    const struct http_fields *fields, const char *url)
{
    const struct node *list = fields->endpoints;
    if (!list || list->kind == NODE_NULL) {
        const struct model_endpoint endpoint = {.base_url = url, .weight = 1};
        add_keys(reading, map, fields->api_key, &fields->api_keys, endpoint);
        return;
    }
    if (list->kind != NODE_LIST || list->as.list.count == 0) {
        problems_error(reading->builder->problems, list->place,
                       "endpoints: expected a list of mappings such as {base_url: %s}",
                       reading->defaults->example);
        return;
    }
    for (size_t i = 0; i < list->as.list.count; i++)
        add_item(reading, list->as.list.items[i], map, fields, url);
}

/* Whether an option says a mapping; what else it says is told. */
static bool is_map(struct builder *builder, const struct node *node, const char *name,
                   const char *example)
{
    if (!node || node->kind == NODE_NULL)
        return false;
    if (node->kind != NODE_MAP)
        problems_error(builder->problems, node->place, "%s: expected a mapping such as %s, not %s",
                       name, example, node_kind_name(node->kind));
    return node->kind == NODE_MAP;
}

/* A single endpoint is watched where the mapping asks for it. */
static void read_breaker(struct builder *builder, const struct node *map,
                         const struct http_fields *fields, struct model_options *options)
{
    bool said = is_map(builder, fields->breaker, "breaker", "{failures: 5, cooldown: 30s}");
    options_read(breaker_options, said ? fields->breaker : NULL, &options->rule, NULL, "breaker",
                 builder->arena, builder->problems);
    bool many = options->endpoint_count > 1;
    options->rule.key = many && node_says(map, "endpoints") ? node_key(map, "endpoints")
                        : many                              ? node_key(map, "api_keys")
                        : said                              ? node_key(map, "breaker")
                                                            : NULL;
    if (options->rule.cooldown <= options->rule.most_cooldown)
        return;
    if (node_says(fields->breaker, "max_cooldown"))
        problems_error(builder->problems, fields->breaker->place,
                       "breaker: `cooldown` is longer than `max_cooldown`");
    options->rule.most_cooldown = options->rule.cooldown; /* the default is no limit to it */
}

void http_endpoints_read(struct builder *builder, const struct node *map,
                         const struct http_fields *fields, const struct http_defaults *defaults,
                         struct model_options *options)
{
    struct reading reading = {.builder = builder,
                              .defaults = defaults,
                              .replays = http_replays(fields)};
    reading.items = arena_zalloc(builder->arena, BALANCE_MOST * sizeof *reading.items);
    add_all(&reading, map, fields, options->base_url);
    options->endpoints = reading.items;
    options->endpoint_count = reading.count < BALANCE_MOST ? reading.count : BALANCE_MOST;
    if (options->endpoint_count > 0) {
        options->base_url = reading.items[0].base_url;
        options->api_key = reading.items[0].api_key;
    }
    read_breaker(builder, map, fields, options);
    if (is_map(builder, fields->hedge, "hedge", "{after: 2s}"))
        options_read(hedge_options, fields->hedge, options, NULL, "hedge", builder->arena,
                     builder->problems);
}

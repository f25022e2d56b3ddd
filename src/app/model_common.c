#include "app/model_common.h"

#include "app/build_limits.h"
#include "app/wraps.h"
#include "stages/limited.h"

struct fields {
    struct slots_rule rule;
    const char *rate, *tokens;
    const struct node *cache;
};

const struct option model_common_options[] = {
    CONCURRENCY_OPTIONS(offsetof(struct fields, rule), "of its runs"),
    {.name = "rate",
     .type = OPTION_STRING,
     .offset = offsetof(struct fields, rate),
     .doc = "How many of its runs may begin in which time, in all workers: `60/minute`. Further "
            "ones wait, as with `max_concurrent`."},
    {.name = "tokens",
     .type = OPTION_STRING,
     .offset = offsetof(struct fields, tokens),
     .doc = "Likewise, how many tokens they may take: `100000/minute`."},
    {.name = "cache",
     .type = OPTION_NODE,
     .offset = offsetof(struct fields, cache),
     .schema = "{\"anyOf\":[{\"type\":[\"string\",\"number\"]},{\"$ref\":\"#/$defs/cache\"}]}",
     .doc = "How long an answer is given again to the same question, `1h`; or [options](#cache)."},
    {.name = NULL},
};

const char *const model_common_keys[] = {"provider", "max_concurrent", "queue", "queue_timeout",
                                         "rate",     "tokens",         "cache", NULL};

static void read_pace(struct problems *problems, const struct node *map, const char *name,
                      const char *text, struct pace *pace)
{
    if (text && !rate_read(&pace->count, &pace->window, text)) {
        problems_error(problems, node_get(map, name)->place,
                       "%s: expected a rate such as 60/minute, 5/second, 1000/day or 10/30s", name);
        pace->count = 0;
    }
}

/* What tells its slots from those of other models, and its rates. */
static void read_rule(struct problems *problems, const struct node *map, struct fields *fields)
{
    static const char *const names[] = {"max_concurrent", "rate", "tokens"};
    struct slots_rule *rule = &fields->rule;
    read_pace(problems, map, "rate", fields->rate, &rule->requests);
    read_pace(problems, map, "tokens", fields->tokens, &rule->tokens);
    for (size_t i = 0; !rule->key && i < sizeof names / sizeof *names; i++)
        rule->key = node_key(map, names[i]);
    check_concurrency(problems, map, rule, "`max_concurrent`, `rate` or `tokens`");
}

/* A bare time stands for the mapping that says it alone. */
static const struct node *cache_map(struct builder *builder, const struct node *cache)
{
    if (cache->kind == NODE_MAP || cache->kind == NODE_LIST)
        return cache;
    struct node *map = node_new(builder->arena, NODE_MAP, cache->place);
    node_set(builder->arena, map, "ttl", (struct node *)cache);
    return map;
}

struct runnable *model_common_apply(struct builder *builder, const struct node *map,
                                    const char *const *own_keys, struct runnable *model)
{
    struct fields fields = {0};
    options_read(model_common_options, map, &fields, own_keys, "model", builder->arena,
                 builder->problems);
    read_rule(builder->problems, map, &fields);
    builder->paced |= fields.rule.requests.count > 0 || fields.rule.tokens.count > 0;
    if (slots_rule_limits(&fields.rule))
        model = limited_new(model, &fields.rule);
    if (fields.cache && fields.cache->kind != NODE_NULL)
        model = wrap_cache(builder, cache_map(builder, fields.cache), map, model);
    return model;
}

#include "app/wraps.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "models/tool_form.h"
#include "run/configurable.h"
#include "stages/attempt.h"
#include "stages/bind.h"
#include "stages/fallbacks.h"
#include "stages/labelled.h"
#include "stages/listeners.h"
#include "stages/retry.h"
#include "yaml/option.h"

struct retry_fields {
    int64_t attempts, initial, max;
    bool jitter;
    struct option_strings on;
};

const struct option retry_options[] = {
    {.name = "attempts",
     .type = OPTION_INT,
     .offset = offsetof(struct retry_fields, attempts),
     .fallback = "3",
     .min = 1,
     .max = 1000,
     .doc = "Attempts in all."},
    {.name = "jitter",
     .type = OPTION_BOOL,
     .offset = offsetof(struct retry_fields, jitter),
     .fallback = "true",
     .doc = "Whether to wait between attempts: `initial`, doubled each time, and a random part of "
            "a second."},
    {.name = "initial",
     .type = OPTION_DURATION,
     .offset = offsetof(struct retry_fields, initial),
     .fallback = "1s",
     .min = 1,
     .max = 36e5,
     .doc = "The first wait."},
    {.name = "max",
     .type = OPTION_DURATION,
     .offset = offsetof(struct retry_fields, max),
     .fallback = "60s",
     .min = 1,
     .max = 36e5,
     .doc = "The longest wait."},
    {.name = "on",
     .type = OPTION_STRING_LIST,
     .offset = offsetof(struct retry_fields, on),
     .doc = "The codes of the errors that are tried again (docs/errors.md); all when absent."},
    {.name = NULL},
};

struct fallbacks_fields {
    const struct node *runnables;
    struct option_strings on;
    const char *exception_key;
};

const struct option fallbacks_options[] = {
    {.name = "runnables",
     .type = OPTION_NODE,
     .offset = offsetof(struct fallbacks_fields, runnables),
     .required = true,
     .schema = "{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/expression\"}}",
     .doc = "What is tried, one after the other."},
    {.name = "on",
     .type = OPTION_STRING_LIST,
     .offset = offsetof(struct fallbacks_fields, on),
     .doc = "The codes of the errors after which the next one is tried; all when absent."},
    {.name = "exception_key",
     .type = OPTION_STRING,
     .offset = offsetof(struct fallbacks_fields, exception_key),
     .doc = "The member of the input (an object) in which the next one finds what the last error "
            "said."},
    {.name = NULL},
};

struct listener_fields {
    const struct node *start, *end, *error;
};

#define AN_EXPRESSION "{\"$ref\":\"#/$defs/expression\"}"

const struct option listener_options[] = {
    {.name = "start",
     .type = OPTION_NODE,
     .offset = offsetof(struct listener_fields, start),
     .schema = AN_EXPRESSION,
     .doc = "Runs when the step has its first input."},
    {.name = "end",
     .type = OPTION_NODE,
     .offset = offsetof(struct listener_fields, end),
     .schema = AN_EXPRESSION,
     .doc = "Runs when the step has ended well."},
    {.name = "error",
     .type = OPTION_NODE,
     .offset = offsetof(struct listener_fields, error),
     .schema = AN_EXPRESSION,
     .doc = "Runs when the step has failed."},
    {.name = NULL},
};

struct config_fields {
    const char *run_name;
    struct option_strings tags;
    json_t *metadata, *configurable;
    int64_t max_concurrency, recursion_limit;
};

const struct option config_options[] = {
    {.name = "run_name",
     .type = OPTION_STRING,
     .offset = offsetof(struct config_fields, run_name),
     .doc = "As the modifier `name`."},
    {.name = "tags",
     .type = OPTION_STRING_LIST,
     .offset = offsetof(struct config_fields, tags),
     .doc = "As the modifier `tags`."},
    {.name = "metadata",
     .type = OPTION_JSON,
     .offset = offsetof(struct config_fields, metadata),
     .schema = "{\"type\":\"object\"}",
     .doc = "As the modifier `metadata`."},
    {.name = "configurable",
     .type = OPTION_JSON,
     .offset = offsetof(struct config_fields, configurable),
     .schema = "{\"type\":\"object\"}",
     .doc = "Values for configurable fields and alternatives inside, where a run has none."},
    {.name = "max_concurrency",
     .type = OPTION_INT,
     .offset = offsetof(struct config_fields, max_concurrency),
     .min = 1,
     .max = 1e6,
     .doc = "How many elements of a `map` run at once, where a run does not say it."},
    {.name = "recursion_limit",
     .type = OPTION_INT,
     .offset = offsetof(struct config_fields, recursion_limit),
     .min = 1,
     .max = 1e6,
     .doc = "The most steps of a graph, where a run does not say it."},
    {.name = NULL},
};

/* A node that must be a mapping; false (and told) when it is none. */
static bool is_map(struct builder *builder, const struct node *node, const char *what)
{
    if (node->kind == NODE_MAP)
        return true;
    problems_error(builder->problems, node->place, "%s: expected a mapping, not %s", what,
                   node_kind_name(node->kind));
    return false;
}

/* The errors that codes name; an unknown one is told. */
static uint64_t read_errors(struct builder *builder, const struct node *map,
                            const struct option_strings *codes)
{
    uint64_t set = 0;
    const char **known = arena_zalloc(builder->arena, (size_t)(err_count() + 1) * sizeof *known);
    for (int i = 1; i < err_count(); i++)
        known[i - 1] = err_code((enum ls_err)i);
    for (size_t i = 0; i < codes->count; i++) {
        int err = 0;
        while (known[err] && strcmp(known[err], codes->items[i]) != 0)
            err++;
        if (known[err])
            set |= error_bit((enum ls_err)(err + 1));
        else
            problems_unknown(builder->problems, node_get(map, "on")->place, "error code",
                             codes->items[i], known);
    }
    return set;
}

/* A tool as models are told of it (new reference); the name of a `tool:` chain, or one written in
 * place, stands for what that is.  NULL: it is none, which is told. */
static json_t *tool_shown(struct builder *builder, const struct node *node)
{
    bool is_chain = node->kind == NODE_STRING || (node->kind == NODE_MAP && node_get(node, "tool"));
    if (!is_chain)
        return node_to_json(node);
    struct runnable *tool = build_expression(builder, node);
    json_t *shown = NULL;
    if (tool && tool->ops->step == STEP_TOOL) {
        json_auto_t *titled = tool->ops->input_schema(tool);
        json_auto_t *schema = tool_untitled_schema(titled);
        json_object_set_new(schema, "title", json_string(tool->name));
        shown = tool_function(schema);
    } else if (tool) {
        problems_error(builder->problems, node->place, "tools: expected the name of a tool");
    }
    runnable_rele(tool);
    return shown;
}

static void show_tools(struct builder *builder, const struct node *tools, json_t *kwargs)
{
    if (!tools || tools->kind != NODE_LIST)
        return;
    json_t *list = json_array();
    for (size_t i = 0; i < tools->as.list.count; i++) {
        json_t *shown = tool_shown(builder, tools->as.list.items[i]);
        if (shown)
            json_array_append_new(list, shown);
    }
    json_object_set_new(kwargs, "tools", list);
}

struct runnable *wrap_bind(struct builder *builder, const struct node *node, struct runnable *bound)
{
    if (!is_map(builder, node, "bind"))
        return bound;
    json_auto_t *kwargs = node_to_json(node);
    show_tools(builder, node_get(node, "tools"), kwargs);
    return bind_new(bound, kwargs);
}

struct runnable *wrap_retry(struct builder *builder, const struct node *node,
                            struct runnable *bound)
{
    struct retry_fields fields = {0};
    if (!is_map(builder, node, "retry"))
        return bound;
    options_read(retry_options, node, &fields, NULL, "retry", builder->arena, builder->problems);
    const struct retry_options options = {
        .attempts = (unsigned)fields.attempts,
        .jitter = fields.jitter,
        .initial = fields.initial,
        .max = fields.max,
        .on = read_errors(builder, node, &fields.on),
    };
    return retry_new(bound, &options);
}

struct runnable *wrap_fallbacks(struct builder *builder, const struct node *node,
                                struct runnable *bound)
{
    struct fallbacks_fields fields = {.runnables = node};
    if (node->kind == NODE_MAP)
        options_read(fallbacks_options, node, &fields, NULL, "fallbacks", builder->arena,
                     builder->problems);
    const struct node *list = fields.runnables;
    if (!list)
        return bound;
    if (list->kind != NODE_LIST || list->as.list.count == 0) {
        problems_error(builder->problems, list->place,
                       "fallbacks: expected a list of expressions, or {runnables: [...], …}");
        return bound;
    }
    const struct fallbacks_options options = {.on = read_errors(builder, node, &fields.on),
                                              .key = fields.exception_key};
    struct runnable **tries = mem_zalloc(list->as.list.count + 1, sizeof(struct runnable *));
    size_t count = 0;
    tries[count++] = bound;
    for (size_t i = 0; i < list->as.list.count; i++) {
        struct runnable *next = build_expression(builder, list->as.list.items[i]);
        if (next)
            tries[count++] = next;
    }
    struct runnable *made = fallbacks_new(tries, count, &options);
    free(tries);
    return made;
}

struct runnable *wrap_listeners(struct builder *builder, const struct node *node,
                                struct runnable *bound)
{
    struct listener_fields fields = {0};
    if (!is_map(builder, node, "listeners"))
        return bound;
    options_read(listener_options, node, &fields, NULL, "listeners", builder->arena,
                 builder->problems);
    const struct listeners_of to = {
        .start = fields.start ? build_expression(builder, fields.start) : NULL,
        .end = fields.end ? build_expression(builder, fields.end) : NULL,
        .error = fields.error ? build_expression(builder, fields.error) : NULL,
    };
    return listeners_new(bound, &to);
}

void check_configurable(struct builder *builder, const struct runnable *runnable,
                        struct place place, const char *id)
{
    struct config_specs specs;
    config_specs_init(&specs);
    config_specs_of(runnable, &specs);
    const char **known =
        arena_zalloc(builder->arena, (json_object_size(specs.by_id) + 1) * sizeof *known);
    size_t count = 0;
    const char *other;
    json_t *spec;
    json_object_foreach(specs.by_id, other, spec)
        known[count++] = arena_strdup(builder->arena, other);
    bool is_known = json_object_get(specs.by_id, id) || runnable_reads_config(runnable);
    config_specs_fini(&specs);
    if (!is_known && count > 0)
        problems_unknown(builder->problems, place, "configurable", id, known);
    else if (!is_known)
        problems_error(builder->problems, place, "'%s': nothing inside is configurable", id);
}

static json_t *read_config(struct builder *builder, const struct node *map,
                           const struct config_fields *fields, const struct runnable *bound)
{
    json_t *config = json_object();
    const struct node *configurable = node_get(map, "configurable");
    if (fields->configurable && is_map(builder, configurable, "configurable")) {
        for (size_t i = 0; i < configurable->as.map.count; i++)
            check_configurable(builder, bound, configurable->as.map.members[i].key_place,
                               configurable->as.map.members[i].key);
        json_object_set(config, "configurable", fields->configurable);
    }
    if (fields->max_concurrency > 0)
        json_object_set_new(config, "max_concurrency", json_integer(fields->max_concurrency));
    if (fields->recursion_limit > 0)
        json_object_set_new(config, "recursion_limit", json_integer(fields->recursion_limit));
    return config;
}

struct runnable *wrap_config(struct builder *builder, const struct node *node,
                             struct runnable *bound)
{
    struct config_fields fields = {0};
    if (!is_map(builder, node, "config"))
        return bound;
    options_read(config_options, node, &fields, NULL, "config", builder->arena, builder->problems);
    struct runnable *labelled = labelled_new(bound);
    json_auto_t *config = read_config(builder, node, &fields, bound);
    labelled_set_config(labelled, config);
    if (fields.run_name)
        runnable_set_name(labelled, fields.run_name);
    if (fields.tags.count > 0)
        labelled->tags = option_strings_json(&fields.tags);
    if (fields.metadata && is_map(builder, node_get(node, "metadata"), "metadata"))
        labelled->metadata = json_incref(fields.metadata);
    return labelled;
}

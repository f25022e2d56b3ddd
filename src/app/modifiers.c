#include "app/modifiers.h"

#include <string.h>

#include "app/build_metrics.h"
#include "app/schema_option.h"
#include "app/wraps.h"
#include "stages/labelled.h"
#include "stages/timeout.h"

#define FIELD(member) offsetof(struct modifiers, member)

const struct option modifier_options[] = {
    {.name = "name",
     .type = OPTION_STRING,
     .offset = FIELD(name),
     .doc = "The step's name in traces and events."},
    {.name = "tags",
     .type = OPTION_STRING_LIST,
     .offset = FIELD(tags),
     .doc = "Tags of the step and of everything inside it, in traces and events."},
    {.name = "metadata",
     .type = OPTION_JSON,
     .offset = FIELD(metadata),
     .schema = "{\"type\":\"object\"}",
     .doc = "Metadata of the step and of everything inside it, in traces and events."},
    {.name = "configurable",
     .type = OPTION_NODE,
     .offset = FIELD(configurable),
     .schema = "{\"$ref\":\"#/$defs/configurable\"}",
     .doc = "What a run's `configurable` may change of the step: "
            "[fields](#configurable), [alternatives](#configurable)."},
    {.name = "bind",
     .type = OPTION_NODE,
     .offset = FIELD(bind),
     .schema = "{\"type\":\"object\"}",
     .doc =
         "Parameters for the model inside, with every call: `{stop: [\"\\n\"]}`. Those it does "
         "not know go into the request as they are. `tools` is a list of tools: names of `tool:` "
         "chains, or mappings `{name, description, parameters}`; `tool_choice` is `auto`, "
         "`none`, `any` or a tool's name."},
    {.name = "structured_output",
     .type = OPTION_NODE,
     .offset = FIELD(structured_output),
     .schema = "{\"$ref\":\"#/$defs/structured_output\"}",
     .doc =
         "What the model inside says is [JSON of a schema](#structured_output), and that JSON is "
         "the output."},
    {.name = "timeout",
     .type = OPTION_DURATION,
     .offset = FIELD(timeout),
     .min = 1,
     .max = 864e5,
     .doc = "The longest the step may take, from its first input on; then it fails."},
    {.name = "retry",
     .type = OPTION_NODE,
     .offset = FIELD(retry),
     .schema = "{\"$ref\":\"#/$defs/retry\"}",
     .doc = "Tries the step [again](#retry) when it fails."},
    {.name = "fallbacks",
     .type = OPTION_NODE,
     .offset = FIELD(fallbacks),
     .schema = "{\"oneOf\":[{\"type\":\"array\",\"minItems\":1,\"items\":"
               "{\"$ref\":\"#/$defs/expression\"}},{\"$ref\":\"#/$defs/fallbacks\"}]}",
     .doc = "Expressions that are tried one after the other when the step fails; a list, or "
            "[options](#fallbacks)."},
    {.name = "listeners",
     .type = OPTION_NODE,
     .offset = FIELD(listeners),
     .schema = "{\"$ref\":\"#/$defs/listeners\"}",
     .doc = "Expressions that are [told](#listeners) how the step runs."},
    {.name = "measure",
     .type = OPTION_NODE,
     .offset = FIELD(measure),
     .schema = "{\"$ref\":\"#/$defs/measure\"}",
     .doc = "Counts and times the step's runs with [metrics](#metrics) of the app: "
            "[measure](#measure)."},
    {.name = "config",
     .type = OPTION_NODE,
     .offset = FIELD(config),
     .schema = "{\"$ref\":\"#/$defs/config\"}",
     .doc = "A [config](#config) for the step and everything inside it."},
    {.name = "input",
     .type = OPTION_JSON,
     .offset = FIELD(input),
     .schema = "{\"type\":\"object\"}",
     .doc = "JSON Schema of the input, instead of the one that follows from the kind; `{}` takes "
            "anything. On a route's chain it checks requests and draws the playground's form."},
    {.name = "output",
     .type = OPTION_JSON,
     .offset = FIELD(output),
     .schema = "{\"type\":\"object\"}",
     .doc = "JSON Schema of the output, instead of the one that follows from the kind."},
    {.name = "cache",
     .type = OPTION_NODE,
     .offset = FIELD(cache),
     .schema = "{\"$ref\":\"#/$defs/cache\"}",
     .doc = "Keeps results in the store and gives them to whoever asks the same: see "
            "[cache](#cache)."},
    {.name = "history",
     .type = OPTION_NODE,
     .offset = FIELD(history),
     .schema = "{\"$ref\":\"#/$defs/history\"}",
     .doc = "The messages of the conversation that the run's `configurable` names are put into the "
            "input, and what was asked and answered is kept: see [history](#history)."},
    {.name = NULL},
};

/* The keys that are not modifiers: the kind's own. */
static const char *const *own_keys(struct builder *builder, const struct kind *kind)
{
    size_t count = 0;
    while (kind->options && kind->options[count].name)
        count++;
    const char **keys = arena_zalloc(builder->arena, (count + 2) * sizeof *keys);
    keys[0] = kind->key;
    for (size_t i = 0; i < count; i++)
        keys[i + 1] = kind->options[i].name;
    return keys;
}

void modifiers_read(struct builder *builder, const struct kind *kind, const struct node *map,
                    struct modifiers *modifiers)
{
    modifiers->map = map;
    options_read(modifier_options, map, modifiers, own_keys(builder, kind), kind->key,
                 builder->arena, builder->problems);
    schema_option_check(builder, map, "input", &modifiers->input);
    schema_option_check(builder, map, "output", &modifiers->output);
    if (modifiers->metadata && !json_is_object(modifiers->metadata)) {
        problems_error(builder->problems, node_get(map, "metadata")->place,
                       "metadata: expected a mapping");
        modifiers->metadata = NULL;
    }
}

static bool has_label(const struct modifiers *modifiers)
{
    return modifiers->name || modifiers->tags.count > 0 || modifiers->metadata ||
           modifiers->input || modifiers->output;
}

static void label(struct runnable *runnable, const struct modifiers *modifiers)
{
    if (modifiers->name)
        runnable_set_name(runnable, modifiers->name);
    if (modifiers->tags.count > 0)
        runnable->tags = option_strings_json(&modifiers->tags);
    runnable->metadata = json_incref(modifiers->metadata);
    runnable->input = json_incref(modifiers->input);
    runnable->output = json_incref(modifiers->output);
}

struct runnable *modifiers_apply(struct builder *builder, const struct modifiers *modifiers,
                                 struct runnable *runnable)
{
    if (modifiers->bind)
        runnable = wrap_bind(builder, modifiers->bind, runnable);
    if (modifiers->structured_output)
        runnable = wrap_structured_output(builder, modifiers->structured_output, runnable);
    if (modifiers->timeout > 0)
        runnable = timeout_new(runnable, modifiers->timeout);
    if (modifiers->retry)
        runnable = wrap_retry(builder, modifiers->retry, runnable);
    if (modifiers->fallbacks)
        runnable = wrap_fallbacks(builder, modifiers->fallbacks, runnable);
    if (modifiers->listeners)
        runnable = wrap_listeners(builder, modifiers->listeners, runnable);
    if (modifiers->cache)
        runnable = wrap_cache(builder, modifiers->cache, modifiers->map, runnable);
    if (modifiers->history)
        runnable = wrap_history(builder, modifiers->history, runnable);
    if (modifiers->measure)
        runnable = wrap_measure(builder, modifiers->measure, runnable);
    if (modifiers->config)
        runnable = wrap_config(builder, modifiers->config, runnable);
    if (!has_label(modifiers))
        return runnable;
    if (runnable->refs > 1 || runnable->ops->unseen || modifiers_mark(runnable))
        runnable = labelled_new(runnable);
    label(runnable, modifiers);
    return runnable;
}

bool modifiers_mark(const struct runnable *runnable)
{
    return runnable->named || runnable->tags || runnable->metadata || runnable->input ||
           runnable->output;
}

#include "stages/alternatives.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "run/configurable.h"
#include "run/scope.h"
#include "stages/config_spec.h"
#include "stages/fail.h"

struct alternatives {
    struct runnable runnable;
    char *id, *name, *description;
    bool prefix_keys;
    size_t count, shown; /* shown: whose schemas these are */
    char **keys, **prefixes;
    struct runnable **runnables;
};

static const struct alternatives *as_alternatives(const struct runnable *runnable)
{
    return container_of(runnable, const struct alternatives, runnable);
}

/* Which one a value of `configurable` names (NULL: the default); `count` when there is none. */
static size_t find(const struct alternatives *alternatives, const json_t *value)
{
    const char *key = value ? json_string_value(value) : alternatives->keys[0];
    size_t i = 0;
    while (i < alternatives->count && (!key || strcmp(alternatives->keys[i], key) != 0))
        i++;
    return i;
}

/* `configurable` with the ids of alternative `i` without their prefix; new reference. */
static json_t *inner_configurable(const struct alternatives *alternatives, size_t i,
                                  json_t *configurable)
{
    if (!alternatives->prefix_keys || !configurable)
        return json_incref(configurable);
    const char *prefix = alternatives->prefixes[i];
    json_t *inner = json_object(), *value;
    const char *id;
    json_object_foreach(configurable, id, value) {
        bool prefixed = strncmp(id, prefix, strlen(prefix)) == 0;
        json_object_set(inner, prefixed ? id + strlen(prefix) : id, value);
    }
    return inner;
}

static struct sink *alternatives_open(const struct runnable *runnable, struct scope *scope,
                                      const struct call *call, struct sink *out)
{
    const struct alternatives *alternatives = as_alternatives(runnable);
    json_t *value = configurable_get(call, alternatives->id);
    size_t chosen = find(alternatives, value);
    if (chosen == alternatives->count) {
        const char *key = json_is_string(value) ? json_string_value(value) : "?";
        return fail_sink(scope, out, LS_BAD_INPUT,
                         arena_printf(scope->arena, "%s: there is no alternative '%s'",
                                      alternatives->id, key));
    }
    struct call inner = *call;
    json_t *configurable = json_object_get(call->config, "configurable");
    if (alternatives->prefix_keys && configurable) {
        inner.config = arena_give_json(scope->arena, json_copy(call->config));
        json_object_set_new(inner.config, "configurable",
                            inner_configurable(alternatives, chosen, configurable));
    }
    return runnable_open(alternatives->runnables[chosen], scope, &inner, out);
}

static json_t *own_spec(const struct alternatives *alternatives)
{
    json_t *keys = json_array();
    for (size_t i = 1; i <= alternatives->count; i++) /* the default comes last */
        json_array_append_new(keys, json_string(alternatives->keys[i % alternatives->count]));
    return config_spec_choice(&(struct config_label){.id = alternatives->id,
                                                     .name = alternatives->name,
                                                     .description = alternatives->description},
                              keys, json_string(alternatives->keys[0]));
}

static void add_prefixed(const struct alternatives *alternatives, size_t i,
                         struct config_specs *specs)
{
    struct config_specs inner;
    const char *id;
    json_t *spec;
    config_specs_init(&inner);
    config_specs_of(alternatives->runnables[i], &inner);
    json_object_foreach(inner.by_id, id, spec) {
        char *prefixed = mem_printf("%s%s", alternatives->prefixes[i], id);
        config_specs_add(specs, prefixed, json_incref(spec));
        free(prefixed);
    }
    json_array_extend(specs->clashes, inner.clashes);
    config_specs_fini(&inner);
}

static void alternatives_config_specs(const struct runnable *runnable, struct config_specs *specs)
{
    const struct alternatives *alternatives = as_alternatives(runnable);
    config_specs_add(specs, alternatives->id, own_spec(alternatives));
    for (size_t i = 0; i < alternatives->count; i++) {
        if (alternatives->prefix_keys)
            add_prefixed(alternatives, i, specs);
        else
            config_specs_of(alternatives->runnables[i], specs);
    }
}

static void alternatives_choose(struct runnable *runnable, json_t *configurable)
{
    struct alternatives *alternatives = container_of(runnable, struct alternatives, runnable);
    size_t chosen = find(alternatives, json_object_get(configurable, alternatives->id));
    alternatives->shown = chosen < alternatives->count ? chosen : 0;
    for (size_t i = 0; i < alternatives->count; i++) {
        json_auto_t *inner = inner_configurable(alternatives, i, configurable);
        configurable_choose(alternatives->runnables[i], inner);
    }
}

static json_t *alternatives_input_schema(const struct runnable *runnable)
{
    const struct alternatives *alternatives = as_alternatives(runnable);
    return runnable_input_schema(alternatives->runnables[alternatives->shown]);
}

static json_t *alternatives_output_schema(const struct runnable *runnable)
{
    const struct alternatives *alternatives = as_alternatives(runnable);
    return runnable_output_schema(alternatives->runnables[alternatives->shown]);
}

static const struct runnable *alternatives_part(const struct runnable *runnable, unsigned i,
                                                const char **label)
{
    const struct alternatives *alternatives = as_alternatives(runnable);
    *label = NULL;
    return i < alternatives->count ? alternatives->runnables[i] : NULL;
}

static void alternatives_fini(struct runnable *runnable)
{
    struct alternatives *alternatives = container_of(runnable, struct alternatives, runnable);
    for (size_t i = 0; i < alternatives->count; i++) {
        runnable_rele(alternatives->runnables[i]);
        free(alternatives->keys[i]);
        free(alternatives->prefixes[i]);
    }
    free(alternatives->runnables);
    free(alternatives->keys);
    free(alternatives->prefixes);
    free(alternatives->id);
    free(alternatives->name);
    free(alternatives->description);
}

static const struct runnable_ops alternatives_ops = {
    .type = "RunnableConfigurableAlternatives",
    .step = STEP_CHAIN,
    .streams = true,
    .unseen = true,
    .titles_config = true,
    .open = alternatives_open,
    .input_schema = alternatives_input_schema,
    .output_schema = alternatives_output_schema,
    .part = alternatives_part,
    .config_specs = alternatives_config_specs,
    .choose = alternatives_choose,
    .fini = alternatives_fini,
};

struct runnable *alternatives_new(const struct alternatives_options *options,
                                  const char *const *keys, struct runnable *const *runnables,
                                  size_t count)
{
    struct alternatives *made = mem_zalloc(1, sizeof *made);
    runnable_init(&made->runnable, &alternatives_ops, runnables[0]->name);
    made->id = mem_strdup(options->id);
    made->name = mem_strdup(options->name);
    made->description = mem_strdup(options->description);
    made->prefix_keys = options->prefix_keys;
    made->count = count;
    made->keys = mem_zalloc(count, sizeof *made->keys);
    made->prefixes = mem_zalloc(count, sizeof *made->prefixes);
    made->runnables = mem_zalloc(count, sizeof(struct runnable *));
    for (size_t i = 0; i < count; i++) {
        made->keys[i] = mem_strdup(i == 0 ? options->default_key : keys[i]);
        made->prefixes[i] = mem_printf("%s==%s/", options->id, made->keys[i]);
        made->runnables[i] = runnables[i];
        runnable_add_inside(&made->runnable, runnables[i]);
    }
    return &made->runnable;
}

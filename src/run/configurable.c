#include "run/configurable.h"

void config_specs_init(struct config_specs *specs)
{
    specs->by_id = json_object();
    specs->clashes = json_array();
}

void config_specs_fini(struct config_specs *specs)
{
    json_decref(specs->by_id);
    json_decref(specs->clashes);
}

/* The i-th part, or NULL. */
static const struct runnable *part_of(const struct runnable *runnable, unsigned i)
{
    const char *label;
    return runnable->ops->part ? runnable->ops->part(runnable, i, &label) : NULL;
}

void config_specs_of(const struct runnable *runnable, struct config_specs *specs)
{
    const struct runnable *part;
    if (runnable->ops->config_specs) {
        runnable->ops->config_specs(runnable, specs);
        return;
    }
    for (unsigned i = 0; (part = part_of(runnable, i)); i++)
        config_specs_of(part, specs);
}

void config_specs_add(struct config_specs *specs, const char *id, json_t *spec)
{
    json_t *other = json_object_get(specs->by_id, id);
    if (!other)
        json_object_set(specs->by_id, id, spec);
    else if (!json_equal(other, spec))
        json_array_append_new(specs->clashes, json_string(id));
    json_decref(spec);
}

json_t *configurable_get(const struct call *call, const char *id)
{
    return json_object_get(json_object_get(call->config, "configurable"), id);
}

void configurable_choose(struct runnable *runnable, json_t *configurable)
{
    const struct runnable *part;
    if (runnable->ops->choose) {
        runnable->ops->choose(runnable, configurable);
        return;
    }
    for (unsigned i = 0; (part = part_of(runnable, i)); i++)
        configurable_choose((struct runnable *)part, configurable);
}

json_t *configurable_input_schema(struct runnable *runnable, json_t *configurable)
{
    configurable_choose(runnable, configurable);
    json_t *schema = runnable_input_schema(runnable);
    configurable_choose(runnable, NULL);
    return schema;
}

json_t *configurable_output_schema(struct runnable *runnable, json_t *configurable)
{
    configurable_choose(runnable, configurable);
    json_t *schema = runnable_output_schema(runnable);
    configurable_choose(runnable, NULL);
    return schema;
}

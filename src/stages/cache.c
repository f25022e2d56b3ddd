#include "stages/cache.h"

#include <stdlib.h>

#include "base/mem.h"
#include "run/configurable.h"
#include "stages/cache_stage.h"

/* The mark is a member of objects. */
static json_t *cache_output_schema(const struct runnable *runnable)
{
    const struct cached *cached = container_of(runnable, const struct cached, wrapper.runnable);
    json_t *schema = wrapper_output_schema(runnable);
    json_t *members = json_object_get(schema, "properties");
    if (!cached->mark || !json_is_object(members) || json_object_get(members, cached->mark))
        return schema;
    json_t *copy = json_copy(schema);
    json_t *more = json_copy(members);
    json_decref(schema);
    json_object_set_new(more, cached->mark, json_pack("{s:s}", "type", "boolean"));
    json_object_set_new(copy, "properties", more);
    return copy;
}

static void cache_specs(const struct runnable *runnable, struct config_specs *specs)
{
    const struct cached *cached = container_of(runnable, const struct cached, wrapper.runnable);
    config_specs_of(cached->wrapper.bound, specs);
    cache_reads_add_specs(cached->reads, specs);
}

static void cached_fini(struct runnable *runnable)
{
    struct cached *cached = container_of(runnable, struct cached, wrapper.runnable);
    free(cached->mark);
    free(cached->identity);
    cache_reads_free(cached->reads);
    wrapper_fini(runnable);
}

static const struct runnable_ops cached_ops = {
    .type = "RunnableWithCache",
    .step = STEP_CHAIN,
    .trace = TRACE_PASSING,
    .open = cache_stage_open,
    .input_schema = wrapper_input_schema,
    .output_schema = cache_output_schema,
    .part = wrapper_part,
    .config_specs = cache_specs,
    .fini = cached_fini,
};

struct runnable *cache_new(struct runnable *bound, const struct cache_options *options)
{
    struct cached *cached = mem_zalloc(1, sizeof *cached);
    wrapper_init(&cached->wrapper, &cached_ops, bound);
    cached->ttl = options->ttl;
    cached->messages = options->messages;
    cached->mark = mem_strdup(options->mark);
    /* Who keeps results for another time keeps his own: they would be too old, or end too soon. */
    cached->identity = mem_printf("%s %lld", options->identity, (long long)options->ttl);
    cached->reads = cache_reads_new(bound, options->by, options->by_count);
    return &cached->wrapper.runnable;
}

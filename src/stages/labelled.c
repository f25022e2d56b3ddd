#include "stages/labelled.h"

#include "base/mem.h"
#include "run/scope.h"
#include "stages/wrapper.h"

struct labelled {
    struct wrapper wrapper;
    json_t *config; /* NULL: none */
};

/* `given` (an object, or NULL) and what it lacks of `own`, `configurable` key by key. */
static json_t *join_config(json_t *given, json_t *own)
{
    json_t *joined = given ? json_copy(given) : json_object();
    json_t *chosen = json_object_get(given, "configurable");
    json_t *bound = json_object_get(own, "configurable");
    json_object_update_missing(joined, own);
    if (chosen && bound)
        json_object_set_new(joined, "configurable", call_join_metadata(chosen, bound));
    return joined;
}

static struct sink *labelled_open(const struct runnable *runnable, struct scope *scope,
                                  const struct call *call, struct sink *out)
{
    const struct labelled *labelled =
        container_of(runnable, const struct labelled, wrapper.runnable);
    struct call inner = *call;
    if (!inner.name && runnable->named)
        inner.name = runnable->name;
    if (runnable->tags)
        inner.tags = arena_give_json(scope->arena, call_join_tags(call->tags, runnable->tags));
    if (runnable->metadata)
        inner.metadata =
            arena_give_json(scope->arena, call_join_metadata(call->metadata, runnable->metadata));
    if (labelled->config)
        inner.config = arena_give_json(scope->arena, join_config(call->config, labelled->config));
    return runnable_open(labelled->wrapper.bound, scope, &inner, out);
}

/* A schema that is titled by the name of what is inside is titled by the label's name (takes
 * `schema` over). */
static json_t *renamed(const struct runnable *runnable, json_t *schema, const char *suffix)
{
    json_auto_t *inner = runnable_title(wrapper_bound(runnable), suffix);
    if (!runnable->named || !json_equal(json_object_get(schema, "title"), inner))
        return schema;
    json_t *copy = json_copy(schema);
    json_object_set_new(copy, "title", runnable_title(runnable, suffix));
    json_decref(schema);
    return copy;
}

static json_t *labelled_input_schema(const struct runnable *runnable)
{
    return renamed(runnable, wrapper_input_schema(runnable), "Input");
}

static json_t *labelled_output_schema(const struct runnable *runnable)
{
    return renamed(runnable, wrapper_output_schema(runnable), "Output");
}

static void labelled_fini(struct runnable *runnable)
{
    json_decref(container_of(runnable, struct labelled, wrapper.runnable)->config);
    wrapper_fini(runnable);
}

static const struct runnable_ops labelled_ops = {
    .type = "RunnableBinding",
    .step = STEP_CHAIN,
    .streams = true,
    .unseen = true,
    .open = labelled_open,
    .input_schema = labelled_input_schema,
    .output_schema = labelled_output_schema,
    .part = wrapper_part,
    .fini = labelled_fini,
};

struct runnable *labelled_new(struct runnable *bound)
{
    struct labelled *labelled = mem_zalloc(1, sizeof *labelled);
    wrapper_init(&labelled->wrapper, &labelled_ops, bound);
    return &labelled->wrapper.runnable;
}

void labelled_set_config(struct runnable *labelled, json_t *config)
{
    container_of(labelled, struct labelled, wrapper.runnable)->config = json_incref(config);
}

#include "stages/router.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/scope.h"

struct router {
    struct runnable runnable;
    size_t count;
    char **keys;
    struct runnable **runnables;
};

struct router_stage {
    const struct router *router;
    struct scope *scope;
    struct sink *out;
    struct call call;
};

static const struct router *as_router(const struct runnable *runnable)
{
    return container_of(runnable, const struct router, runnable);
}

static const struct runnable *find(const struct router *router, const char *key)
{
    for (size_t i = 0; i < router->count; i++)
        if (strcmp(router->keys[i], key) == 0)
            return router->runnables[i];
    return NULL;
}

static void route(struct router_stage *stage, const char *key, json_t *input)
{
    const struct runnable *chosen = find(stage->router, key);
    if (!chosen) {
        sink_fail(stage->out, LS_BAD_VALUE,
                  arena_printf(stage->scope->arena, "router: no runnable has the key '%s'", key));
        return;
    }
    struct sink *in = runnable_open(chosen, stage->scope, &stage->call, stage->out);
    sink_push_value(in, input);
    sink_done(in, &outcome_well);
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct router_stage *stage = owner;
    const char *key = json_string_value(json_object_get(value, "key"));
    json_t *input = json_object_get(value, "input");
    if (outcome->kind != OUTCOME_WELL)
        sink_done(stage->out, outcome);
    else if (!key || !input)
        sink_fail(stage->out, LS_BAD_VALUE, "router: the input must be {key, input}");
    else
        route(stage, key, input);
}

static struct sink *router_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    struct router_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->router = as_router(runnable);
    stage->scope = scope;
    stage->out = out;
    stage->call = *call;
    stage->call.kwargs = NULL;
    return gather_sink(scope, on_input, stage);
}

static json_t *router_input_schema(const struct runnable *runnable)
{
    json_t *members = json_pack("{s:{s:s,s:s},s:{s:s}}", "key", "title", "Key", "type", "string",
                                "input", "title", "Input");
    json_t *input = json_pack("{s:o,s:[s,s],s:s,s:s}", "properties", members, "required", "key",
                              "input", "title", "RouterInput", "type", "object");
    return json_pack("{s:{s:o},s:s,s:s+}", "$defs", "RouterInput", input, "$ref",
                     "#/$defs/RouterInput", "title", runnable->name, "Input");
}

static const struct runnable *router_part(const struct runnable *runnable, unsigned i,
                                          const char **label)
{
    const struct router *router = as_router(runnable);
    *label = NULL;
    return i < router->count ? router->runnables[i] : NULL;
}

static void router_fini(struct runnable *runnable)
{
    struct router *router = container_of(runnable, struct router, runnable);
    for (size_t i = 0; i < router->count; i++) {
        free(router->keys[i]);
        runnable_rele(router->runnables[i]);
    }
    free(router->keys);
    free(router->runnables);
}

static const struct runnable_ops router_ops = {
    .type = "RouterRunnable",
    .step = STEP_CHAIN,
    .unseen = true,
    .open = router_open,
    .input_schema = router_input_schema,
    .part = router_part,
    .fini = router_fini,
};

struct runnable *router_new(const char *const *keys, struct runnable *const *runnables,
                            size_t count)
{
    struct router *router = mem_zalloc(1, sizeof *router);
    runnable_init(&router->runnable, &router_ops, NULL);
    router->count = count;
    router->keys = mem_zalloc(count, sizeof *router->keys);
    router->runnables = mem_zalloc(count, sizeof *router->runnables);
    for (size_t i = 0; i < count; i++) {
        router->keys[i] = mem_strdup(keys[i]);
        router->runnables[i] = runnables[i];
        runnable_add_inside(&router->runnable, runnables[i]);
    }
    return &router->runnable;
}

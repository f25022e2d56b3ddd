/* The input goes to the mapper and, less the members the mapper makes, to the output.  When no
 * chunks are wanted the two are put together at the end, so that a member that is replaced keeps
 * its place. */
#include "stages/assign.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/scope.h"
#include "stages/parallel.h"
#include "stages/schema_parts.h"

struct assign {
    struct runnable runnable;
    struct runnable *mapper;
};

struct assign_stage {
    struct sink in, mapped;
    struct sink *out, *mapper;
    const struct assign *assign;
    struct gather kept; /* the input */
    struct gather made; /* what the mapper gave */
    json_t *own;        /* the input, where its end said so; in the scope's arena */
    bool streaming, refused;
};

static enum flow push_rest(struct assign_stage *stage, const struct chunk *chunk)
{
    json_auto_t *rest = json_object();
    const char *key;
    json_t *value;
    json_object_foreach(chunk->value, key, value)
        if (!parallel_has_key(stage->assign->mapper, key))
            json_object_set(rest, key, value);
    if (json_object_size(rest) == 0)
        return FLOW_ON;
    struct chunk kept = {.value = rest, .replaces = chunk->replaces};
    return sink_push(stage->out, &kept);
}

static enum flow assign_push(struct sink *sink, const struct chunk *chunk)
{
    struct assign_stage *stage = container_of(sink, struct assign_stage, in);
    if (!json_is_object(chunk->value)) {
        stage->refused = true;
        return FLOW_STOP;
    }
    gather_add(&stage->kept, chunk);
    enum flow flow = stage->streaming ? push_rest(stage, chunk) : FLOW_ON;
    if (flow == FLOW_STOP)
        return FLOW_STOP;
    enum flow answer = sink_push(stage->mapper, chunk);
    return answer == FLOW_FULL ? FLOW_FULL : flow;
}

static void assign_done(struct sink *sink, const struct outcome *outcome)
{
    struct assign_stage *stage = container_of(sink, struct assign_stage, in);
    json_t *own = outcome->kind == OUTCOME_WELL ? outcome->value : NULL;
    if (own) {
        stage->own = arena_hold_json(sink->scope->arena, own);
        stage->refused = !json_is_object(own);
    }
    if (outcome->kind == OUTCOME_WELL && stage->refused)
        sink_fail(stage->mapper, LS_BAD_VALUE, "assign: the input must be an object");
    else
        sink_done(stage->mapper, outcome);
}

static const struct sink_ops in_ops = {assign_push, assign_done};

static enum flow mapped_push(struct sink *sink, const struct chunk *chunk)
{
    struct assign_stage *stage = container_of(sink, struct assign_stage, mapped);
    gather_add(&stage->made, chunk);
    return stage->streaming ? sink_push(stage->out, chunk) : FLOW_ON;
}

static void mapped_done(struct sink *sink, const struct outcome *outcome)
{
    struct assign_stage *stage = container_of(sink, struct assign_stage, mapped);
    if (outcome->kind != OUTCOME_WELL || (stage->streaming && !stage->own && !outcome->value)) {
        sink_done(stage->out, outcome);
        return;
    }
    json_auto_t *kept = gather_take(&stage->kept);
    json_auto_t *made = gather_take(&stage->made);
    json_t *input = stage->own ? stage->own : kept;
    json_auto_t *whole = input ? json_copy(input) : json_object();
    json_object_update(whole, outcome->value ? outcome->value : made);
    struct outcome end = outcome_well;
    if (stage->streaming)
        end.value = whole;
    else
        sink_push_value(stage->out, whole);
    sink_done(stage->out, &end);
}

static const struct sink_ops mapped_ops = {mapped_push, mapped_done};

static void drop_gathered(void *ptr)
{
    gather_fini(ptr);
}

static struct sink *assign_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    struct assign_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->assign = container_of(runnable, const struct assign, runnable);
    stage->out = out;
    stage->streaming = call->streaming;
    gather_init(&stage->kept);
    gather_init(&stage->made);
    arena_defer(scope->arena, drop_gathered, &stage->kept);
    arena_defer(scope->arena, drop_gathered, &stage->made);
    sink_init(&stage->in, &in_ops, scope);
    sink_init(&stage->mapped, &mapped_ops, scope);
    struct call part = call_for_part(call, NULL);
    stage->mapper = runnable_open(stage->assign->mapper, scope, &part, &stage->mapped);
    return &stage->in;
}

static const struct runnable *assign_part(const struct runnable *runnable, unsigned i,
                                          const char **label)
{
    *label = NULL;
    return i == 0 ? container_of(runnable, const struct assign, runnable)->mapper : NULL;
}

/* The mapper's, if that is an object with members. */
static json_t *assign_input_schema(const struct runnable *runnable)
{
    json_auto_t *taken = runnable_input_schema(assign_mapper(runnable));
    if (schema_has_members(taken))
        return json_incref(taken);
    json_t *object = runnable_any_schema(runnable, "Input");
    json_object_set_new(object, "additionalProperties", json_true());
    json_object_set_new(object, "type", json_string("object"));
    return object;
}

static json_t *assign_output_schema(const struct runnable *runnable)
{
    json_auto_t *taken = runnable_input_schema(assign_mapper(runnable));
    json_auto_t *made = runnable_output_schema(assign_mapper(runnable));
    if (!schema_has_members(taken))
        return json_incref(made);
    json_t *defs = json_object();
    schema_take_defs(taken, defs);
    schema_take_defs(made, defs);
    json_t *whole = schema_new_object("RunnableAssignOutput");
    schema_add_members(whole, taken, made);
    schema_add_members(whole, made, NULL);
    return schema_finish(whole, defs);
}

static void assign_fini(struct runnable *runnable)
{
    runnable_rele(container_of(runnable, struct assign, runnable)->mapper);
}

static const struct runnable_ops assign_ops = {
    .type = "RunnableAssign",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = assign_open,
    .input_schema = assign_input_schema,
    .output_schema = assign_output_schema,
    .part = assign_part,
    .fini = assign_fini,
};

struct runnable *assign_new(struct runnable *mapper)
{
    struct assign *assign = mem_alloc(sizeof *assign);
    char *list = parallel_key_list(mapper);
    char *name = mem_printf("RunnableAssign%s", list);
    runnable_init(&assign->runnable, &assign_ops, name);
    free(list);
    free(name);
    assign->mapper = mapper;
    runnable_add_inside(&assign->runnable, mapper);
    return &assign->runnable;
}

const struct runnable *assign_mapper(const struct runnable *runnable)
{
    if (runnable->ops != &assign_ops)
        return NULL;
    return container_of(runnable, const struct assign, runnable)->mapper;
}

/* What is absent or null is not pushed to those who stream; where nobody does, nothing is null, for
 * the step behind too: both as LangChain has it. */
#include "stages/pick.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/scope.h"

struct pick {
    struct runnable runnable;
    json_t *keys; /* text, or a list of text */
};

struct pick_stage {
    struct sink in;
    struct sink *out;
    const json_t *keys;
    bool refused; /* an input that is no object came */
    bool gave;
};

static enum flow push_picked(struct pick_stage *stage, json_t *value, int replaces)
{
    struct chunk picked = {.value = value, .replaces = replaces};
    stage->gave = true;
    return sink_push(stage->out, &picked);
}

/* What was picked has been replaced by nothing. */
static enum flow take_back(struct pick_stage *stage)
{
    return stage->gave ? push_picked(stage, json_null(), CHUNK_REPLACES) : FLOW_ON;
}

static enum flow push_one(struct pick_stage *stage, const struct chunk *chunk)
{
    json_t *value = json_object_get(chunk->value, json_string_value(stage->keys));
    if (value && !json_is_null(value))
        return push_picked(stage, value, chunk_unwrapped(chunk->replaces));
    bool taken_back = chunk->replaces == CHUNK_REPLACES || (value && chunk->replaces > 0);
    return taken_back ? take_back(stage) : FLOW_ON;
}

/* Those members of `object` that are there (new reference). */
static json_t *some_of(const json_t *keys, const json_t *object)
{
    json_t *some = json_object(), *key;
    size_t i;
    json_array_foreach(keys, i, key) {
        json_t *value = json_object_get(object, json_string_value(key));
        if (value)
            json_object_set(some, json_string_value(key), value);
    }
    return some;
}

static enum flow push_many(struct pick_stage *stage, const struct chunk *chunk)
{
    json_auto_t *some = some_of(stage->keys, chunk->value);
    if (json_object_size(some) == 0)
        return chunk->replaces == CHUNK_REPLACES ? take_back(stage) : FLOW_ON;
    return push_picked(stage, some, chunk->replaces);
}

static enum flow pick_push(struct sink *sink, const struct chunk *chunk)
{
    struct pick_stage *stage = container_of(sink, struct pick_stage, in);
    if (!json_is_object(chunk->value)) {
        stage->refused = true;
        return FLOW_STOP;
    }
    return json_is_string(stage->keys) ? push_one(stage, chunk) : push_many(stage, chunk);
}

static const char not_an_object[] = "pick: the input must be an object";

/* What is picked of a whole object (new reference), or NULL. */
static json_t *picked_of(const json_t *keys, json_t *object)
{
    json_t *picked = json_is_string(keys)
                         ? json_incref(json_object_get(object, json_string_value(keys)))
                         : some_of(keys, object);
    bool gone = json_is_null(picked) || (json_is_array(keys) && json_object_size(picked) == 0);
    if (!gone)
        return picked;
    json_decref(picked);
    return NULL;
}

/* The input is `value`, whatever its chunks were. */
static void end_with(struct pick_stage *stage, json_t *value)
{
    if (!json_is_object(value)) {
        sink_fail(stage->out, LS_BAD_VALUE, not_an_object);
        return;
    }
    json_auto_t *picked = picked_of(stage->keys, value);
    struct outcome outcome = outcome_well;
    outcome.value = picked ? picked : stage->gave ? json_null() : NULL;
    sink_done(stage->out, &outcome);
}

/* Where nobody streams. */
static void on_whole(void *owner, json_t *value, const struct outcome *outcome)
{
    struct pick_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
    } else if (!json_is_object(value)) {
        sink_fail(stage->out, LS_BAD_VALUE, not_an_object);
    } else {
        json_auto_t *picked = picked_of(stage->keys, value);
        (void)sink_push_value(stage->out, picked ? picked : json_null());
        sink_done(stage->out, &outcome_well);
    }
}

static void pick_done(struct sink *sink, const struct outcome *outcome)
{
    struct pick_stage *stage = container_of(sink, struct pick_stage, in);
    bool own = outcome->kind == OUTCOME_WELL && outcome->value;
    if (own)
        end_with(stage, outcome->value);
    else if (outcome->kind == OUTCOME_WELL && stage->refused)
        sink_fail(stage->out, LS_BAD_VALUE, not_an_object);
    else
        sink_done(stage->out, outcome);
}

static const struct sink_ops pick_sink_ops = {pick_push, pick_done};

static struct sink *pick_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    struct pick_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->keys = container_of(runnable, const struct pick, runnable)->keys;
    stage->out = out;
    if (!call->streaming)
        return gather_sink(scope, on_whole, stage);
    sink_init(&stage->in, &pick_sink_ops, scope);
    return &stage->in;
}

static void pick_fini(struct runnable *runnable)
{
    json_decref(container_of(runnable, struct pick, runnable)->keys);
}

static json_t *pick_input_schema(const struct runnable *runnable)
{
    return runnable_object_schema(runnable, "Input");
}

static const struct runnable_ops pick_ops = {
    .type = "RunnablePick",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = pick_open,
    .input_schema = pick_input_schema,
    .fini = pick_fini,
};

static struct runnable *pick_new(json_t *keys, const char *list)
{
    struct pick *pick = mem_alloc(sizeof *pick);
    char *name = mem_printf("RunnablePick<%s>", list);
    runnable_init(&pick->runnable, &pick_ops, name);
    free(name);
    pick->keys = keys;
    return &pick->runnable;
}

struct runnable *pick_one_new(const char *key)
{
    return pick_new(json_string(key), key);
}

struct runnable *pick_many_new(json_t *keys)
{
    struct buf list;
    buf_init(&list, 1 << 16);
    size_t i;
    json_t *key;
    json_array_foreach(keys, i, key)
        buf_printf(&list, "%s%s", i > 0 ? "," : "", json_string_value(key));
    struct runnable *made = pick_new(json_incref(keys), buf_str(&list));
    buf_fini(&list);
    return made;
}

const json_t *pick_keys(const struct runnable *runnable)
{
    if (runnable->ops != &pick_ops)
        return NULL;
    return container_of(runnable, const struct pick, runnable)->keys;
}

/* Each of several branches runs in a scope of its own, so that one that fails can end the others;
 * the whole ends when the last branch has.  When chunks are wanted they go out as they come,
 * wrapped under their branch's key; else each branch is gathered, and one object goes out with
 * its members in the order of the branches. */
#include "stages/parallel.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/scope.h"
#include "stages/schema_parts.h"

struct parallel {
    struct runnable runnable;
    size_t count;
    char **keys;
    char **tags; /* "map:key:a", … */
    struct runnable **branches;
};

struct parallel_stage;

struct branch {
    struct sink out;
    struct parallel_stage *stage;
    struct sink *in;
    struct scope *scope; /* NULL once its output has ended, or when it has none of its own */
    struct gather gathered;
    bool gave;
};

struct parallel_stage {
    struct sink in;
    struct sink *out;
    const struct parallel *parallel;
    size_t running;
    bool streaming, failed;
    bool told_at_end; /* the whole is not what was streamed */
    struct outcome outcome;
    struct scope *scope;
    struct branch branches[];
};

static const struct parallel *as_parallel(const struct runnable *runnable)
{
    return container_of(runnable, const struct parallel, runnable);
}

static const char *key_of(const struct branch *branch)
{
    return branch->stage->parallel->keys[branch - branch->stage->branches];
}

static enum flow push_wrapped(struct branch *branch, json_t *value, int replaces)
{
    json_auto_t *object = json_object();
    json_object_set(object, key_of(branch), value);
    struct chunk wrapped = {.value = object, .replaces = chunk_wrapped(replaces)};
    return sink_push(branch->stage->out, &wrapped);
}

static enum flow branch_push(struct sink *sink, const struct chunk *chunk)
{
    struct branch *branch = container_of(sink, struct branch, out);
    branch->gave = true;
    gather_add(&branch->gathered, chunk);
    return branch->stage->streaming ? push_wrapped(branch, chunk->value, chunk->replaces) : FLOW_ON;
}

/* Ends the other branches; their ends still come. */
static void fail(struct parallel_stage *stage, const struct outcome *outcome)
{
    if (stage->failed)
        return;
    stage->failed = true;
    stage->outcome = outcome_keep(stage->scope->arena, outcome);
    for (size_t i = 0; i < stage->parallel->count; i++)
        if (stage->branches[i].scope)
            scope_cancel(stage->branches[i].scope, LS_CANCELLED);
}

static json_t *whole_value(struct parallel_stage *stage)
{
    json_t *object = json_object();
    for (size_t i = 0; i < stage->parallel->count; i++) {
        struct branch *branch = &stage->branches[i];
        json_t *value = gather_take(&branch->gathered);
        json_object_set_new(object, key_of(branch), value ? value : json_null());
    }
    return object;
}

static void finish(struct parallel_stage *stage)
{
    struct outcome end = outcome_well;
    if (stage->failed) {
        sink_done(stage->out, &stage->outcome);
        return;
    }
    json_auto_t *whole = stage->streaming && !stage->told_at_end ? NULL : whole_value(stage);
    if (stage->streaming)
        end.value = whole;
    else
        sink_push_value(stage->out, whole);
    sink_done(stage->out, &end);
}

/* A branch ended well, maybe with a value of its own, which is told with the whole's end.  So is the
 * null of one that gave nothing, and streams nothing. */
static void take_end(struct branch *branch, json_t *value)
{
    struct parallel_stage *stage = branch->stage;
    struct chunk whole = {.value = value, .replaces = CHUNK_REPLACES};
    stage->told_at_end |= value || !branch->gave;
    if (!value)
        return;
    gather_add(&branch->gathered, &whole);
    if (stage->streaming && !branch->gave)
        push_wrapped(branch, value, CHUNK_ADDS);
}

static void branch_done(struct sink *sink, const struct outcome *outcome)
{
    struct branch *branch = container_of(sink, struct branch, out);
    struct parallel_stage *stage = branch->stage;
    branch->scope = NULL;
    if (outcome->kind != OUTCOME_WELL)
        fail(stage, outcome);
    else
        take_end(branch, outcome->value);
    if (--stage->running == 0)
        finish(stage);
}

static const struct sink_ops branch_ops = {branch_push, branch_done};

static enum flow parallel_push(struct sink *sink, const struct chunk *chunk)
{
    struct parallel_stage *stage = container_of(sink, struct parallel_stage, in);
    size_t stopped = 0;
    enum flow flow = FLOW_ON;
    for (size_t i = 0; i < stage->parallel->count; i++) {
        enum flow answer = sink_push(stage->branches[i].in, chunk);
        stopped += answer == FLOW_STOP;
        if (answer == FLOW_FULL)
            flow = FLOW_FULL;
    }
    return stopped == stage->parallel->count ? FLOW_STOP : flow;
}

static void parallel_done(struct sink *sink, const struct outcome *outcome)
{
    struct parallel_stage *stage = container_of(sink, struct parallel_stage, in);
    size_t count = stage->parallel->count;
    for (size_t i = 0; i < count; i++)
        sink_done(stage->branches[i].in, outcome);
}

static const struct sink_ops parallel_sink_ops = {parallel_push, parallel_done};

static void drop_gathered(void *ptr)
{
    gather_fini(ptr);
}

static void open_branch(struct parallel_stage *stage, size_t i, const struct call *call)
{
    const struct parallel *parallel = stage->parallel;
    struct branch *branch = &stage->branches[i];
    struct call part = call_for_part(call, parallel->tags[i]);
    branch->stage = stage;
    sink_init(&branch->out, &branch_ops, stage->scope);
    gather_init(&branch->gathered);
    arena_defer(stage->scope->arena, drop_gathered, &branch->gathered);
    if (parallel->count == 1)
        branch->in = runnable_open(parallel->branches[i], stage->scope, &part, &branch->out);
    else
        branch->in =
            scope_open(stage->scope, parallel->branches[i], &part, &branch->out, &branch->scope);
}

static struct sink *parallel_open(const struct runnable *runnable, struct scope *scope,
                                  const struct call *call, struct sink *out)
{
    const struct parallel *parallel = as_parallel(runnable);
    struct parallel_stage *stage =
        arena_zalloc(scope->arena, sizeof *stage + parallel->count * sizeof stage->branches[0]);
    stage->parallel = parallel;
    stage->out = out;
    stage->scope = scope;
    stage->streaming = call->streaming;
    stage->running = parallel->count;
    sink_init(&stage->in, &parallel_sink_ops, scope);
    for (size_t i = 0; i < parallel->count; i++)
        open_branch(stage, i, call);
    return &stage->in;
}

static const struct runnable *parallel_part(const struct runnable *runnable, unsigned i,
                                            const char **label)
{
    const struct parallel *parallel = as_parallel(runnable);
    if (i >= parallel->count)
        return NULL;
    *label = parallel->tags[i];
    return parallel->branches[i];
}

/* The type of what the first branch takes. */
static json_t *first_input_schema(const struct parallel *parallel, const char *title)
{
    json_t *defs = json_object();
    json_t *first = schema_as_member(runnable_input_schema(parallel->branches[0]), "", defs);
    json_object_set_new(first, "title", json_string(title));
    return schema_finish(first, defs);
}

/* As LangChain has it, what all branches together need, or what the first takes where one of them
 * has a type without members.  Branches without a type are given all that is sent. */
static json_t *parallel_input_schema(const struct runnable *runnable)
{
    const struct parallel *parallel = as_parallel(runnable);
    char *title = mem_printf("%sInput", runnable->name);
    json_t *whole = schema_new_object(title), *defs = json_object();
    bool has_members = false, takes_all = false, has_other = false;
    for (size_t i = 0; i < parallel->count; i++) {
        json_auto_t *taken = runnable_input_schema(parallel->branches[i]);
        bool members = schema_has_members(taken), anything = schema_takes_anything(taken);
        has_members |= members;
        takes_all |= anything;
        has_other |= !members && !anything;
        schema_take_defs(taken, defs);
        schema_add_members(whole, taken, NULL);
    }
    if (takes_all)
        json_object_set_new(whole, "additionalProperties", json_true());
    if (has_other || !has_members) {
        json_decref(whole);
        json_decref(defs);
        whole = has_other ? first_input_schema(parallel, title)
                          : runnable_any_schema(runnable, "Input");
    } else {
        whole = schema_finish(whole, defs);
    }
    free(title);
    return whole;
}

static json_t *parallel_output_schema(const struct runnable *runnable)
{
    const struct parallel *parallel = as_parallel(runnable);
    char *title = mem_printf("%sOutput", runnable->name);
    json_t *whole = schema_new_object(title);
    json_t *defs = json_object();
    for (size_t i = 0; i < parallel->count; i++) {
        json_t *given = runnable_output_schema(parallel->branches[i]);
        json_object_set_new(json_object_get(whole, "properties"), parallel->keys[i],
                            schema_as_member(given, parallel->keys[i], defs));
        json_array_append_new(json_object_get(whole, "required"), json_string(parallel->keys[i]));
    }
    free(title);
    return schema_finish(whole, defs);
}

static void parallel_fini(struct runnable *runnable)
{
    struct parallel *parallel = container_of(runnable, struct parallel, runnable);
    for (size_t i = 0; i < parallel->count; i++) {
        runnable_rele(parallel->branches[i]);
        free(parallel->keys[i]);
        free(parallel->tags[i]);
    }
    free(parallel->branches);
    free(parallel->keys);
    free(parallel->tags);
}

static const struct runnable_ops parallel_ops = {
    .type = "RunnableParallel",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = parallel_open,
    .input_schema = parallel_input_schema,
    .output_schema = parallel_output_schema,
    .part = parallel_part,
    .fini = parallel_fini,
};

struct runnable *parallel_new(const char *const *keys, struct runnable *const *branches,
                              size_t count)
{
    struct parallel *parallel = mem_alloc(sizeof *parallel);
    runnable_init(&parallel->runnable, &parallel_ops, NULL);
    parallel->count = count;
    parallel->keys = mem_zalloc(count, sizeof *parallel->keys);
    parallel->tags = mem_zalloc(count, sizeof *parallel->tags);
    parallel->branches = mem_zalloc(count, sizeof *parallel->branches);
    for (size_t i = 0; i < count; i++) {
        parallel->keys[i] = mem_strdup(keys[i]);
        parallel->tags[i] = mem_printf("map:key:%s", keys[i]);
        parallel->branches[i] = branches[i];
        runnable_add_inside(&parallel->runnable, branches[i]);
    }
    char *list = parallel_key_list(&parallel->runnable);
    free(parallel->runnable.name);
    parallel->runnable.name = mem_printf("RunnableParallel%s", list);
    free(list);
    return &parallel->runnable;
}

bool parallel_has_key(const struct runnable *runnable, const char *key)
{
    const struct parallel *parallel = as_parallel(runnable);
    for (size_t i = 0; i < parallel->count; i++)
        if (strcmp(parallel->keys[i], key) == 0)
            return true;
    return false;
}

char *parallel_key_list(const struct runnable *runnable)
{
    const struct parallel *parallel = as_parallel(runnable);
    struct buf list;
    buf_init(&list, 1 << 20);
    for (size_t i = 0; i < parallel->count; i++)
        buf_printf(&list, "%c%s", i == 0 ? '<' : ',', parallel->keys[i]);
    buf_add_char(&list, '>');
    return buf_take(&list);
}

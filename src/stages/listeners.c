/* Design: a listener is a run of its own on the same loop, with its own memory and without
 * observers, so that it neither delays the runnable nor ends with it, and traces do not show it. */
#include "stages/listeners.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/run.h"
#include "stages/wrapper.h"

struct listeners {
    struct wrapper wrapper;
    struct listeners_of to;
};

struct listeners_stage {
    struct sink in, out;
    struct sink *inner, *next;
    const struct listeners *listeners;
    struct scope *scope;
    struct call call;
    struct uuid id; /* of the bound runnable's run */
    int64_t began_us;
    struct gather input, output;
    bool started;
};

static void on_told(void *owner, json_t *value, const struct outcome *outcome)
{
    (void)value;
    const char *name = owner;
    const struct log_field fields[] = {
        log_str("step", name),
        log_str("error", err_code(outcome->err)),
        log_said("message", outcome_message(outcome)),
    };
    if (outcome->kind != OUTCOME_WELL)
        log_fields(LOG_WARNING, "listener_failed", fields, sizeof fields / sizeof fields[0]);
}

/* Starts `listener` on `event` (taken over). */
static void tell(struct listeners_stage *stage, const struct runnable *listener, json_t *event)
{
    struct run *run = run_new(scope_loop(stage->scope), NULL);
    struct arena *arena = run_arena(run);
    run->services = stage->scope->run->services;
    run_set_trace(run, run_trace(stage->scope->run));
    run->request_id = arena_strdup(arena, stage->scope->run->request_id);
    const struct call call = {.config = arena_hold_json(arena, stage->call.config)};
    char *name = arena_strdup(arena, json_string_value(json_object_get(event, "name")));
    run_start(run, listener, &call, event, gather_sink(&run->root, on_told, name));
    json_decref(event);
}

static json_t *time_json(int64_t wall_us)
{
    char text[25];
    clock_format_iso(text, wall_us);
    return json_string(text);
}

/* LangChain's habit: what is no object stands under a key. */
static json_t *as_object(json_t *value, const char *key)
{
    if (json_is_object(value))
        return json_incref(value);
    return json_pack("{s:O}", key, value ? value : json_null());
}

/* What all events say. */
static json_t *event_new(const struct listeners_stage *stage, json_t *input)
{
    const struct call *call = &stage->call;
    char id[UUID_LEN + 1];
    uuid_format(id, &stage->id);
    json_t *tags = call->tags ? json_copy(call->tags) : json_array();
    if (call->tag)
        json_array_insert_new(tags, 0, json_string(call->tag));
    return json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}", "id", id, "name",
                     call->name ? call->name : stage->listeners->wrapper.bound->name, "inputs",
                     as_object(input, "input"), "tags", tags, "metadata",
                     call_join_metadata(call->metadata, NULL), "start_time",
                     time_json(stage->began_us));
}

static void tell_start(struct listeners_stage *stage, json_t *input)
{
    const struct runnable *listener = stage->listeners->to.start;
    if (!stage->started && listener)
        tell(stage, listener, event_new(stage, input));
    stage->started = true;
}

static void tell_end(struct listeners_stage *stage, const struct outcome *outcome)
{
    const struct listeners_of *to = &stage->listeners->to;
    json_auto_t *input = gather_take(&stage->input);
    json_auto_t *sum = gather_take(&stage->output);
    bool failed = outcome->kind == OUTCOME_ERROR;
    const struct runnable *listener = failed ? to->error : to->end;
    if (!listener || outcome->kind == OUTCOME_INTERRUPT)
        return;
    json_t *event = event_new(stage, input);
    if (failed)
        json_object_set_new(event, "error", json_string(outcome_message(outcome)));
    else
        json_object_set_new(event, "outputs",
                            as_object(outcome->value ? outcome->value : sum, "output"));
    json_object_set_new(event, "end_time", time_json(clock_wall_us()));
    tell(stage, listener, event);
}

static enum flow in_push(struct sink *sink, const struct chunk *chunk)
{
    struct listeners_stage *stage = container_of(sink, struct listeners_stage, in);
    tell_start(stage, chunk->value);
    gather_add(&stage->input, chunk);
    return sink_push(stage->inner, chunk);
}

static void in_done(struct sink *sink, const struct outcome *outcome)
{
    struct listeners_stage *stage = container_of(sink, struct listeners_stage, in);
    tell_start(stage, NULL);
    sink_done(stage->inner, outcome);
}

static enum flow out_push(struct sink *sink, const struct chunk *chunk)
{
    struct listeners_stage *stage = container_of(sink, struct listeners_stage, out);
    if (stage->listeners->to.end)
        gather_add(&stage->output, chunk);
    return sink_push(stage->next, chunk);
}

static void out_done(struct sink *sink, const struct outcome *outcome)
{
    struct listeners_stage *stage = container_of(sink, struct listeners_stage, out);
    tell_end(stage, outcome);
    sink_done(stage->next, outcome);
}

static const struct sink_ops in_ops = {in_push, in_done};
static const struct sink_ops out_ops = {out_push, out_done};

static void drop_gathered(void *ptr)
{
    gather_fini(ptr);
}

static struct sink *listeners_open(const struct runnable *runnable, struct scope *scope,
                                   const struct call *call, struct sink *out)
{
    struct listeners_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->listeners = container_of(runnable, const struct listeners, wrapper.runnable);
    stage->scope = scope;
    stage->next = out;
    stage->call = *call;
    stage->id = call_run_id(call);
    stage->call.run_id = &stage->id;
    stage->began_us = clock_wall_us();
    arena_defer(scope->arena, drop_gathered, &stage->input);
    arena_defer(scope->arena, drop_gathered, &stage->output);
    sink_init(&stage->in, &in_ops, scope);
    sink_init(&stage->out, &out_ops, scope);
    stage->inner = runnable_open(stage->listeners->wrapper.bound, scope, &stage->call, &stage->out);
    return &stage->in;
}

static void listeners_fini(struct runnable *runnable)
{
    struct listeners *listeners = container_of(runnable, struct listeners, wrapper.runnable);
    runnable_rele(listeners->to.start);
    runnable_rele(listeners->to.end);
    runnable_rele(listeners->to.error);
    wrapper_fini(runnable);
}

static const struct runnable_ops listeners_ops = {
    .type = "RunnableBinding",
    .step = STEP_CHAIN,
    .streams = true,
    .unseen = true,
    .open = listeners_open,
    .input_schema = wrapper_input_schema,
    .output_schema = wrapper_output_schema,
    .part = wrapper_part,
    .fini = listeners_fini,
};

struct runnable *listeners_new(struct runnable *bound, const struct listeners_of *listeners)
{
    struct listeners *made = mem_alloc(sizeof *made);
    wrapper_init(&made->wrapper, &listeners_ops, bound);
    made->to = *listeners;
    const struct runnable *const told[] = {listeners->start, listeners->end, listeners->error};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (told[i])
            runnable_add_inside(&made->wrapper.runnable, told[i]);
    return &made->wrapper.runnable;
}

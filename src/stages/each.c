/* Design: a slot runs one element at a time, in a scope of its own, and takes the next one when it
 * has ended; so the memory is that of the slots and of the list that comes out. */
#include "stages/each.h"

#include <stdlib.h>

#include "base/mem.h"
#include "run/gather.h"
#include "run/scope.h"
#include "stages/schema_parts.h"
#include "stages/wrapper.h"

enum { AT_ONCE = 100 }; /* elements; a config may ask for fewer */

struct each {
    struct wrapper wrapper;
};

struct each_stage;

struct slot {
    struct sink sink;
    struct each_stage *stage;
    struct scope *scope; /* NULL: it runs nothing */
    struct gather gathered;
    size_t index;
};

struct each_stage {
    const struct each *each;
    struct scope *scope;
    struct sink *out;
    struct call call;
    json_t *input, *output; /* lists; in the scope's arena */
    size_t begun, slot_count, running;
    struct slot *slots;
    bool filling, failed;
    struct outcome outcome;
};

static enum flow slot_push(struct sink *sink, const struct chunk *chunk)
{
    gather_add(&container_of(sink, struct slot, sink)->gathered, chunk);
    return FLOW_ON;
}

/* Ends the other elements; their ends still come. */
static void fail(struct each_stage *stage, const struct outcome *outcome)
{
    if (stage->failed)
        return;
    stage->failed = true;
    stage->outcome = outcome_keep(stage->scope->arena, outcome);
    for (size_t i = 0; i < stage->slot_count; i++)
        if (stage->slots[i].scope)
            scope_cancel(stage->slots[i].scope, LS_CANCELLED);
}

static void fill(struct each_stage *stage);

static void slot_done(struct sink *sink, const struct outcome *outcome)
{
    struct slot *slot = container_of(sink, struct slot, sink);
    struct each_stage *stage = slot->stage;
    json_auto_t *sum = gather_take(&slot->gathered);
    slot->scope = NULL;
    stage->running--;
    if (outcome->kind != OUTCOME_WELL)
        fail(stage, outcome);
    else if (outcome->value || sum)
        json_array_set(stage->output, slot->index, outcome->value ? outcome->value : sum);
    if (!stage->filling)
        fill(stage);
}

static const struct sink_ops slot_ops = {slot_push, slot_done};

static void start_next(struct each_stage *stage)
{
    struct slot *slot = stage->slots;
    while (slot->scope)
        slot++;
    slot->index = stage->begun++;
    stage->running++;
    json_array_append_new(stage->output, json_null());
    sink_init(&slot->sink, &slot_ops, stage->scope);
    struct sink *in = scope_open(stage->scope, stage->each->wrapper.bound, &stage->call,
                                 &slot->sink, &slot->scope);
    sink_push_value(in, json_array_get(stage->input, slot->index));
    sink_done(in, &outcome_well);
}

/* Starts what may be started; ends the whole when all is over.  An element that ends within its
 * start comes back to slot_done(), which leaves the filling to this loop. */
static void fill(struct each_stage *stage)
{
    size_t count = json_array_size(stage->input);
    stage->filling = true;
    while (!stage->failed && stage->begun < count && stage->running < stage->slot_count)
        start_next(stage);
    stage->filling = false;
    if (stage->running > 0)
        return;
    if (!stage->failed)
        sink_push_value(stage->out, stage->output);
    sink_done(stage->out, stage->failed ? &stage->outcome : &outcome_well);
}

static void drop_gathered(void *ptr)
{
    gather_fini(ptr);
}

static void make_slots(struct each_stage *stage)
{
    json_int_t wanted = json_integer_value(json_object_get(stage->call.config, "max_concurrency"));
    size_t count = json_array_size(stage->input);
    stage->slot_count = wanted > 0 && wanted < AT_ONCE ? (size_t)wanted : AT_ONCE;
    if (count < stage->slot_count)
        stage->slot_count = count;
    stage->slots =
        arena_zalloc(stage->scope->arena, (stage->slot_count + 1) * sizeof *stage->slots);
    for (size_t i = 0; i < stage->slot_count; i++) {
        stage->slots[i].stage = stage;
        arena_defer(stage->scope->arena, drop_gathered, &stage->slots[i].gathered);
    }
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct each_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
    } else if (!json_is_array(value)) {
        sink_fail(stage->out, LS_BAD_VALUE, "map: the input must be a list");
    } else {
        stage->input = arena_hold_json(stage->scope->arena, value);
        stage->output = arena_give_json(stage->scope->arena, json_array());
        make_slots(stage);
        fill(stage);
    }
}

static struct sink *each_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    struct each_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->each = container_of(runnable, const struct each, wrapper.runnable);
    stage->scope = scope;
    stage->out = out;
    stage->call = call_for_part(call, NULL);
    stage->call.kwargs = call->kwargs;
    stage->call.streaming = false;
    return gather_sink(scope, on_input, stage);
}

/* `whole` (an object, taken over), a list of what `element` (taken over) says. */
static json_t *list_schema(const struct runnable *runnable, json_t *whole, json_t *element,
                           const char *suffix)
{
    json_t *defs = json_object();
    schema_take_defs(element, defs);
    json_t *items = schema_as_def(element, defs);
    json_t *rest = json_pack("{s:o,s:s+,s:s}", "items", items, "title", runnable->name, suffix,
                             "type", "array");
    json_object_update(whole, rest);
    json_decref(rest);
    return schema_finish(whole, defs);
}

static json_t *each_input_schema(const struct runnable *runnable)
{
    return list_schema(runnable, json_pack("{s:n}", "default"),
                       runnable_input_schema(wrapper_bound(runnable)), "Input");
}

static json_t *each_output_schema(const struct runnable *runnable)
{
    return list_schema(runnable, json_object(), runnable_output_schema(wrapper_bound(runnable)),
                       "Output");
}

static const struct runnable_ops each_ops = {
    .type = "RunnableEach",
    .step = STEP_CHAIN,
    .open = each_open,
    .input_schema = each_input_schema,
    .output_schema = each_output_schema,
    .part = wrapper_part,
    .fini = wrapper_fini,
};

struct runnable *each_new(struct runnable *bound)
{
    struct each *each = mem_alloc(sizeof *each);
    wrapper_init(&each->wrapper, &each_ops, bound);
    free(each->wrapper.runnable.name);
    each->wrapper.runnable.name = mem_printf("RunnableEach<%s>", bound->name);
    return &each->wrapper.runnable;
}

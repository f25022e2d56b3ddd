#include "stages/sequence.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "run/scope.h"
#include "stages/assign.h"
#include "stages/pick.h"
#include "stages/schema_parts.h"

struct sequence {
    struct runnable runnable;
    size_t count;
    struct runnable **parts;
    char **tags; /* "seq:step:1", … */
};

static const struct sequence *as_sequence(const struct runnable *runnable)
{
    return container_of(runnable, const struct sequence, runnable);
}

/* The parts are opened from last to first, each with the next one's sink as its output. */
static struct sink *sequence_open(const struct runnable *runnable, struct scope *scope,
                                  const struct call *call, struct sink *out)
{
    const struct sequence *sequence = as_sequence(runnable);
    for (size_t i = sequence->count; i-- > 0;) {
        struct call part = call_for_part(call, sequence->tags[i]);
        if (i == 0)
            part.kwargs = call->kwargs;
        out = runnable_open(sequence->parts[i], scope, &part, out);
    }
    return out;
}

static const struct runnable *sequence_part(const struct runnable *runnable, unsigned i,
                                            const char **label)
{
    const struct sequence *sequence = as_sequence(runnable);
    if (i >= sequence->count)
        return NULL;
    *label = sequence->tags[i];
    return sequence->parts[i];
}

/* What parts i … take: an assign passes on what the parts behind it need, less what it adds. */
static json_t *input_from(const struct sequence *sequence, size_t i)
{
    const struct runnable *first = sequence->parts[i];
    bool last = i + 1 == sequence->count;
    if (last || (!assign_mapper(first) && !pick_keys(first)))
        return runnable_input_schema(first);
    json_auto_t *next = input_from(sequence, i + 1);
    if (pick_keys(first))
        return json_incref(next);
    if (!schema_has_members(next))
        return runnable_input_schema(first);
    json_auto_t *own = runnable_input_schema(first);
    json_auto_t *mapped = runnable_output_schema(assign_mapper(first));
    json_t *defs = json_object();
    schema_take_defs(own, defs);
    schema_take_defs(next, defs);
    json_t *whole = schema_new_object("RunnableSequenceInput");
    schema_add_members(whole, own, NULL);
    schema_add_members(whole, next, mapped);
    return schema_finish(whole, defs);
}

static json_t *picked_schema(json_t *from, const json_t *keys)
{
    json_t *defs = json_object();
    schema_take_defs(from, defs);
    json_t *members = json_object_get(from, "properties");
    if (json_is_string(keys)) {
        json_t *member = json_object_get(members, json_string_value(keys));
        json_t *schema = member ? json_copy(member) : json_object();
        json_object_set_new(schema, "title", json_string("RunnableSequenceOutput"));
        return schema_finish(schema, defs);
    }
    json_t *whole = schema_new_object("RunnableSequenceOutput");
    json_auto_t *kept = json_object();
    json_t *kept_members = json_object();
    json_object_set_new(kept, "properties", kept_members);
    json_object_set(kept, "required", json_object_get(from, "required"));
    const char *key;
    json_t *member;
    json_object_foreach(members, key, member)
        for (size_t i = 0; i < json_array_size(keys); i++)
            if (strcmp(key, json_string_value(json_array_get(keys, i))) == 0)
                json_object_set(kept_members, key, member);
    schema_add_members(whole, kept, NULL);
    return schema_finish(whole, defs);
}

/* The members of `before`, then those that the mapper of an assign adds or replaces. */
static json_t *assigned_schema(json_t *before, const struct runnable *mapper)
{
    json_auto_t *mapped = runnable_output_schema(mapper);
    json_t *defs = json_object();
    schema_take_defs(before, defs);
    schema_take_defs(mapped, defs);
    json_t *whole = schema_new_object("RunnableSequenceOutput");
    schema_add_members(whole, before, mapped);
    schema_add_members(whole, mapped, NULL);
    return schema_finish(whole, defs);
}

/* What parts … i give. */
static json_t *output_until(const struct sequence *sequence, size_t i)
{
    const struct runnable *last = sequence->parts[i];
    const json_t *keys = pick_keys(last);
    const struct runnable *mapper = assign_mapper(last);
    if (i == 0 || (!keys && !mapper))
        return runnable_output_schema(last);
    json_auto_t *before = output_until(sequence, i - 1);
    if (!schema_has_members(before))
        return runnable_output_schema(last);
    return keys ? picked_schema(before, keys) : assigned_schema(before, mapper);
}

static json_t *sequence_input_schema(const struct runnable *runnable)
{
    return input_from(as_sequence(runnable), 0);
}

static json_t *sequence_output_schema(const struct runnable *runnable)
{
    const struct sequence *sequence = as_sequence(runnable);
    return output_until(sequence, sequence->count - 1);
}

static void sequence_fini(struct runnable *runnable)
{
    struct sequence *sequence = container_of(runnable, struct sequence, runnable);
    for (size_t i = 0; i < sequence->count; i++) {
        runnable_rele(sequence->parts[i]);
        free(sequence->tags[i]);
    }
    free(sequence->parts);
    free(sequence->tags);
}

static const struct runnable_ops sequence_ops = {
    .type = "RunnableSequence",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = sequence_open,
    .input_schema = sequence_input_schema,
    .output_schema = sequence_output_schema,
    .part = sequence_part,
    .fini = sequence_fini,
};

struct runnable *sequence_new(struct runnable *const *parts, size_t count)
{
    struct sequence *sequence = mem_alloc(sizeof *sequence);
    runnable_init(&sequence->runnable, &sequence_ops, NULL);
    sequence->count = count;
    sequence->parts = mem_zalloc(count, sizeof *sequence->parts);
    sequence->tags = mem_zalloc(count, sizeof *sequence->tags);
    for (size_t i = 0; i < count; i++) {
        sequence->parts[i] = parts[i];
        runnable_add_behind(&sequence->runnable, parts[i]);
        sequence->tags[i] = mem_printf("seq:step:%zu", i + 1);
    }
    return &sequence->runnable;
}

bool runnable_is_sequence(const struct runnable *runnable)
{
    return runnable->ops == &sequence_ops;
}

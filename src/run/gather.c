/* Design: a tree of accumulators (gather_node.h).  The first chunk is held by reference, for most
 * are the only one; from the second on text grows in a buffer, a list in an array, an object in a list of members, each with
 * a node of its own.  So a chunk costs what it holds, whatever came before it. */
#include "run/gather.h"

#include "base/list.h"
#include "run/gather_node.h"
#include "run/scope.h"

void gather_init(struct gather *gather)
{
    *gather = (struct gather){0};
}

void gather_fini(struct gather *gather)
{
    json_decref(gather->first);
    grown_free(gather->root);
    gather_init(gather);
}

/* Makes room for a second chunk beside the first. */
static void begin_tree(struct gather *gather)
{
    gather->root = grown_new(gather->first, RULE_ADD);
    json_decref(gather->first);
    gather->first = NULL;
}

void gather_add(struct gather *gather, const struct chunk *chunk)
{
    if (!gather->first && !gather->root) {
        gather->first = json_incref(chunk->value);
        return;
    }
    if (gather->first)
        begin_tree(gather);
    if (chunk->replaces == CHUNK_ADDS)
        grown_join(gather->root, chunk->value);
    else
        grown_replace(gather->root, chunk->value, chunk->replaces);
}

json_t *gather_peek(const struct gather *gather)
{
    return gather->root ? grown_build(gather->root) : json_incref(gather->first);
}

json_t *gather_take(struct gather *gather)
{
    json_t *value = gather_peek(gather);
    gather_fini(gather);
    return value;
}

struct gathering {
    struct sink sink;
    struct gather gather;
    gathered_fn *fn;
    void *owner;
};

static enum flow gathering_push(struct sink *sink, const struct chunk *chunk)
{
    gather_add(&container_of(sink, struct gathering, sink)->gather, chunk);
    return FLOW_ON;
}

static void gathering_done(struct sink *sink, const struct outcome *outcome)
{
    struct gathering *gathering = container_of(sink, struct gathering, sink);
    if (outcome->kind != OUTCOME_WELL) {
        gather_fini(&gathering->gather);
        gathering->fn(gathering->owner, NULL, outcome);
        return;
    }
    json_auto_t *sum = gather_take(&gathering->gather);
    gathering->fn(gathering->owner, outcome->value ? outcome->value : sum, outcome);
}

static const struct sink_ops gathering_ops = {gathering_push, gathering_done};

static void drop_gathered(void *ptr)
{
    gather_fini(ptr);
}

struct sink *gather_sink(struct scope *scope, gathered_fn *fn, void *owner)
{
    struct gathering *gathering = arena_zalloc(scope->arena, sizeof *gathering);
    gathering->fn = fn;
    gathering->owner = owner;
    sink_init(&gathering->sink, &gathering_ops, scope);
    arena_defer(scope->arena, drop_gathered, &gathering->gather);
    return &gathering->sink;
}

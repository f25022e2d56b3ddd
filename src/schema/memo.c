/* A hash table of what values decoded to: open addressing, never more than half full. */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "schema/decode.h"

static size_t slot_of(const struct memo_entry *memo, size_t size, const struct node *node,
                      const json_t *value)
{
    uint64_t hash = ((uintptr_t)node >> 4) * 0x9E3779B97F4A7C15u + ((uintptr_t)value >> 4);
    hash = (hash ^ (hash >> 29)) * 0xBF58476D1CE4E5B9u;
    size_t i = (size_t)(hash ^ (hash >> 32)) & (size - 1);
    while (memo[i].node && (memo[i].node != node || memo[i].value != value))
        i = (i + 1) & (size - 1);
    return i;
}

static void grow(struct decode *decode)
{
    size_t size = decode->memo_size ? decode->memo_size * 2 : 64;
    struct memo_entry *memo = mem_zalloc(size, sizeof *memo);
    for (size_t i = 0; i < decode->memo_size; i++) {
        const struct memo_entry *old = &decode->memo[i];
        if (old->node)
            memo[slot_of(memo, size, old->node, old->value)] = *old;
    }
    free(decode->memo);
    decode->memo = memo;
    decode->memo_size = size;
}

const struct memo_entry *memo_find(const struct decode *decode, const struct node *node,
                                   const json_t *value)
{
    if (!decode->memo)
        return NULL;
    size_t i = slot_of(decode->memo, decode->memo_size, node, value);
    return decode->memo[i].node ? &decode->memo[i] : NULL;
}

void memo_add(struct decode *decode, const struct node *node, json_t *value, json_t *out,
              struct match match)
{
    if (decode->memo_used * 2 >= decode->memo_size)
        grow(decode);
    size_t i = slot_of(decode->memo, decode->memo_size, node, value);
    if (decode->memo[i].node)
        return;
    decode->memo_used++;
    decode->memo[i] = (struct memo_entry){
        .node = node, .value = json_incref(value), .out = json_incref(out), .match = match};
}

/* Stands in the table for objects that are no maps. */
static const struct node object_node = {.kind = NODE_OBJECT};

void decode_note_object(struct decode *decode, json_t *value)
{
    memo_add(decode, &object_node, value, NULL, (struct match){MATCH_EXACT, -1});
}

bool decode_is_object(const struct decode *decode, const json_t *value)
{
    return memo_find(decode, &object_node, value);
}

void memo_free(struct decode *decode)
{
    for (size_t i = 0; i < decode->memo_size; i++) {
        json_decref(decode->memo[i].value);
        json_decref(decode->memo[i].out);
    }
    free(decode->memo);
}

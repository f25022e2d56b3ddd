/* Arrays: lists, sets and tuples. */
#include <stdint.h>
#include <stdio.h>

#include "schema/compile.h"

/* The first items; further ones have the schema `items`, and there are none when that is false or
 * maxItems forbids them. */
static bool compile_tuple(struct compiler *compiler, struct node *node, json_t *prefix,
                          const struct place *place)
{
    json_t *items = json_object_get(node->json, "items"), *item;
    size_t i, count = json_array_size(prefix);
    bool fine = true;
    if (!json_is_array(prefix) || count == 0)
        return compile_refuse(compiler, place, "prefixItems", "prefixItems is a list of schemas");
    node->kind = NODE_TUPLE;
    node->options = arena_zalloc(compiler->arena, count * sizeof *node->options);
    json_array_foreach(prefix, i, item) {
        char key[24];
        struct place here = {place, "prefixItems", place->depth};
        snprintf(key, sizeof key, "%zu", i);
        node->options[i].node = compile_part(compiler, item, &here, key);
        fine &= node->options[i].node != NULL;
        node->count++;
    }
    if (node->most <= count || json_is_false(items))
        return fine;
    node->inner = compile_part(compiler, items ? items : json_true(), place, "items");
    return fine && node->inner;
}

bool compile_array(struct compiler *compiler, struct node *node, const struct place *place)
{
    json_t *items = json_object_get(node->json, "items");
    json_t *prefix = json_object_get(node->json, "prefixItems");
    json_t *unique = json_object_get(node->json, "uniqueItems");
    bool fine = compile_length(compiler, node, "minItems", 0, &node->least, place);
    fine &= compile_length(compiler, node, "maxItems", SIZE_MAX, &node->most, place);
    if (unique && !json_is_boolean(unique))
        fine = compile_refuse(compiler, place, "uniqueItems", "uniqueItems is true or false");
    if (prefix && json_is_true(unique))
        return compile_refuse(compiler, place, "uniqueItems",
                              "uniqueItems is not understood beside prefixItems");
    if (prefix)
        return compile_tuple(compiler, node, prefix, place) && fine;
    node->kind = json_is_true(unique) ? NODE_SET : NODE_ARRAY;
    node->inner = compile_part(compiler, items ? items : json_true(), place, "items");
    return fine && node->inner;
}

#include "app/schema_option.h"

#include "schema/schema.h"

struct telling {
    struct builder *builder;
    const struct node *value;
    const char *key;
};

/* What C wrote has no lines: there the pointer says where. */
static void on_fault(void *owner, const char *pointer, const char *text)
{
    const struct telling *telling = owner;
    struct place place = node_place_at(telling->value, pointer);
    problems_error(telling->builder->problems, place, "%s%s: %s", telling->key,
                   place.line ? "" : pointer, text);
}

void schema_option_check(struct builder *builder, const struct node *map, const char *key,
                         json_t **schema)
{
    struct telling telling = {builder, node_get(map, key), key};
    if (*schema && !schema_is_sound(*schema, on_fault, &telling))
        *schema = NULL;
}

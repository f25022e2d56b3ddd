/* How nodes are named in errors. */
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "schema/node.h"
#include "schema/repr.h"

enum { LABEL_MAX = 4096 }; /* what is longer is cut off */

/* The definitions that are being printed; a list on the stack, innermost first. */
struct printing {
    const struct printing *up;
    const struct node *node;
};

const char *node_expected(struct arena *arena, const json_t *values)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    size_t i, count = json_array_size(values);
    json_t *value;
    json_array_foreach(values, i, value) {
        if (i > 0)
            buf_add_str(&text, i + 1 == count ? " or " : ", ");
        repr_print(&text, value);
    }
    const char *made = arena_strdup(arena, buf_str(&text));
    buf_fini(&text);
    return made;
}

static void print_label(struct buf *out, const struct node *node, const struct printing *up);

static void print_wrapped(struct buf *out, const char *before, const struct node *inner,
                          const struct printing *up)
{
    buf_printf(out, "%s", before);
    print_label(out, inner, up);
    buf_add_char(out, ']');
}

static void print_options(struct buf *out, const struct node *node, const struct printing *up)
{
    buf_add_str(out, node->kind == NODE_UNION ? "union[" : "tagged-union[");
    for (size_t i = 0; i < node->count; i++) {
        if (i > 0)
            buf_add_char(out, ',');
        print_label(out, node->options[i].node, up);
    }
    buf_add_char(out, ']');
}

static void print_tuple(struct buf *out, const struct node *node, const struct printing *up)
{
    buf_add_str(out, "tuple[");
    for (size_t i = 0; i < node->count; i++) {
        if (i > 0)
            buf_add_str(out, ", ");
        print_label(out, node->options[i].node, up);
    }
    if (!node->inner) {
        buf_add_char(out, ']');
        return;
    }
    buf_add_str(out, ", ");
    print_label(out, node->inner, up);
    buf_add_str(out, ", ...]");
}

static void print_dict(struct buf *out, const struct node *node, const struct printing *up)
{
    buf_add_str(out, "dict[");
    if (node->keys)
        print_label(out, node->keys, up);
    else
        buf_add_str(out, node->any_keys ? "any" : "str");
    print_wrapped(out, ",", node->inner, up);
}

static void print_enum(struct buf *out, const struct node *node)
{
    size_t i;
    json_t *value;
    if (node->is_def && node->title) {
        buf_printf(out, "enum[%s]", node->title);
        return;
    }
    buf_add_str(out, "literal[");
    json_array_foreach(node->values, i, value) {
        if (i > 0)
            buf_add_char(out, ',');
        repr_print(out, value);
    }
    buf_add_char(out, ']');
}

static void print_object(struct buf *out, const struct node *node)
{
    if (node->known == MESSAGE_AI_CHUNK)
        buf_printf(out,
                   "function-after[init_server_tool_calls(), "
                   "function-after[init_tool_calls(), %s]]",
                   node->title);
    else if (node->known == MESSAGE_CHAT_OUTPUT)
        buf_printf(out, "function-after[set_text(), %s]", node->title);
    else
        buf_add_str(out, node->title ? node->title : "dict[str,any]");
}

static void print_scalar(struct buf *out, const struct node *node)
{
    static const char *const names[] = {
        [NODE_ANY] = "any",           [NODE_STRING] = "str",   [NODE_INTEGER] = "int",
        [NODE_NUMBER] = "float",      [NODE_BOOLEAN] = "bool", [NODE_NULL] = "none",
        [NODE_DATETIME] = "datetime", [NODE_DATE] = "date",    [NODE_TIME] = "time",
        [NODE_UUID] = "uuid",
    };
    bool limited =
        node->kind == NODE_STRING && (json_object_get(node->json, "minLength") ||
                                      node->most != SIZE_MAX || node->pattern || node->trims);
    for (int i = 0; i < LIMIT_COUNT; i++)
        limited |= node->limits[i] != NULL;
    buf_printf(out, "%s%s", limited ? "constrained-" : "", names[node->kind]);
}

/* A definition within itself is "...", as pydantic has it. */
static void print_ref(struct buf *out, const struct node *node, const struct printing *up)
{
    for (const struct printing *printing = up; printing; printing = printing->up) {
        if (printing->node == node) {
            buf_add_str(out, "...");
            return;
        }
    }
    struct printing here = {up, node};
    print_label(out, node, &here);
}

static void print_label(struct buf *out, const struct node *node, const struct printing *up)
{
    if (out->full)
        return;
    switch (node->kind) {
    case NODE_REF: print_ref(out, node->inner, up); break;
    case NODE_ENUM: print_enum(out, node); break;
    case NODE_ARRAY: print_wrapped(out, "list[", node->inner, up); break;
    case NODE_SET: print_wrapped(out, "set[", node->inner, up); break;
    case NODE_TUPLE: print_tuple(out, node, up); break;
    case NODE_DICT: print_dict(out, node, up); break;
    case NODE_OBJECT: print_object(out, node); break;
    case NODE_NULLABLE: print_wrapped(out, "nullable[", node->inner, up); break;
    case NODE_UNION:
    case NODE_TAGGED: print_options(out, node, up); break;
    default: print_scalar(out, node);
    }
}

const char *node_label(struct arena *arena, const struct node *node)
{
    struct buf text;
    buf_init(&text, LABEL_MAX);
    print_label(&text, node, NULL);
    const char *label = arena_strdup(arena, buf_str(&text));
    buf_fini(&text);
    return label;
}

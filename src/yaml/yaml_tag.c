#include "yaml/yaml_tag.h"

#include <string.h>

#include "yaml/yaml_scalar.h"

static void refuse(const char *tag, struct place place, struct problems *problems)
{
    size_t core = strlen(YAML_TAG_CORE);
    bool is_core = !strncmp(tag, YAML_TAG_CORE, core);
    problems_error(problems, place,
                   "the tag %s%s does not fit here; leave it out, or put a text that begins with "
                   "'!' in quotes",
                   is_core ? "!!" : "", is_core ? tag + core : tag);
}

void yaml_tag_check(const yaml_char_t *tag, const char *wanted, struct place place,
                    struct problems *problems)
{
    const char *text = (const char *)tag;
    if (text && strcmp(text, "!") != 0 && strcmp(text, wanted) != 0)
        refuse(text, place, problems);
}

/* Whether the tag is that of nodes of this kind. */
static bool is_tag_of(const char *tag, enum node_kind kind)
{
    static const char *const tags[] = {
        [NODE_NULL] = YAML_TAG_CORE "null",
        [NODE_BOOL] = YAML_TAG_CORE "bool",
        [NODE_INT] = YAML_TAG_CORE "int",
        [NODE_REAL] = YAML_TAG_CORE "float",
    };
    return kind <= NODE_REAL && !strcmp(tag, tags[kind]);
}

/* `node` under a tag other than a string's. */
static void apply(struct node *node, const char *tag, struct problems *problems)
{
    if (node->kind == NODE_INT && is_tag_of(tag, NODE_REAL)) {
        node->as.real = (double)node->as.integer;
        node->kind = NODE_REAL;
    }
    if (!is_tag_of(tag, node->kind))
        refuse(tag, node->place, problems);
}

static bool is_string_tag(const char *tag)
{
    return !strcmp(tag, "!") || !strcmp(tag, YAML_TAG_CORE "str");
}

struct node *yaml_tag_scalar(struct arena *arena, const yaml_event_t *event, struct place place,
                             struct problems *problems)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    const char *tag = (const char *)event->data.scalar.tag;
    yaml_scalar_style_t style = event->data.scalar.style;
    if (tag ? is_string_tag(tag) : style != YAML_PLAIN_SCALAR_STYLE) {
        struct node *string = node_new_string(arena, text, len, place);
        string->as.string.block =
            style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE;
        return string;
    }
    struct node *node = yaml_scalar(arena, text, len, place, problems);
    if (tag)
        apply(node, tag, problems);
    return node;
}

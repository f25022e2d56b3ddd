/* The messages of a prompt. */
#include <stdlib.h>
#include <string.h>

#include "app/build_prompt.h"
#include "base/mem.h"

enum { MAX_MESSAGES = 10000, MAX_PROMPT_DEPTH = 64 };

struct placeholder {
    const char *placeholder;
    bool optional;
    int64_t most;
};

static const struct option placeholder_options[] = {
    {.name = "placeholder",
     .type = OPTION_STRING,
     .required = true,
     .offset = offsetof(struct placeholder, placeholder),
     .doc = "The variable that holds a list of messages."},
    {.name = "optional",
     .type = OPTION_BOOL,
     .fallback = "false",
     .offset = offsetof(struct placeholder, optional),
     .doc = "Whether the variable may be left out."},
    {.name = "n_messages",
     .type = OPTION_INT,
     .min = 1,
     .max = 1000000,
     .offset = offsetof(struct placeholder, most),
     .doc = "Only so many messages, the last ones."},
    {.name = NULL},
};

/* Role names as LangChain takes them, and the message type of each. */
static const char *const roles[] = {"system", "human", "user", "ai", "assistant", NULL};
static const enum prompt_role role_of[] = {PROMPT_SYSTEM, PROMPT_HUMAN, PROMPT_HUMAN, PROMPT_AI,
                                           PROMPT_AI};

static void add_part(struct prompt_parts *parts, struct prompt_part part, struct place place)
{
    if (parts->count == MAX_MESSAGES) {
        problems_error(parts->builder->problems, place, "a prompt has at most %d messages",
                       MAX_MESSAGES);
        parts->failed = true;
    }
    if (parts->count >= MAX_MESSAGES) {
        prompt_part_fini(&part);
        return;
    }
    parts->items = mem_resize(parts->items, parts->count + 1, sizeof *parts->items);
    parts->items[parts->count++] = part;
}

static bool read_role(struct prompt_parts *parts, const struct node *node, enum prompt_role *role)
{
    for (size_t i = 0; node->kind == NODE_STRING && roles[i]; i++)
        if (strcmp(node->as.string.text, roles[i]) == 0) {
            *role = role_of[i];
            return true;
        }
    if (node->kind == NODE_STRING)
        problems_unknown(parts->builder->problems, node->place, "role", node->as.string.text,
                         roles);
    else
        problems_error(parts->builder->problems, node->place, "a role is a text");
    parts->failed = true;
    return false;
}

static void read_message(struct prompt_parts *parts, const struct node *role,
                         const struct node *content, enum template_format format)
{
    struct prompt_part part = {.role = PROMPT_HUMAN};
    if (role)
        (void)read_role(parts, role, &part.role);
    part.content = build_content(parts->builder, content, format);
    if (part.content)
        add_part(parts, part, content->place);
    else
        parts->failed = true;
}

static void read_placeholder(struct prompt_parts *parts, const struct node *node)
{
    struct placeholder placeholder = {0};
    struct builder *builder = parts->builder;
    options_read(placeholder_options, node, &placeholder, NULL, "placeholder", builder->arena,
                 builder->problems);
    if (!placeholder.placeholder) {
        parts->failed = true;
        return;
    }
    add_part(parts,
             (struct prompt_part){.placeholder = placeholder.placeholder,
                                  .optional = placeholder.optional,
                                  .most = (size_t)placeholder.most},
             node->place);
}

/* [placeholder, "{name}"]: one that may be left out. */
static void read_braced(struct prompt_parts *parts, const struct node *node)
{
    const char *text = node->kind == NODE_STRING ? node->as.string.text : "";
    size_t len = strlen(text);
    if (len < 3 || text[0] != '{' || text[len - 1] != '}') {
        problems_error(parts->builder->problems, node->place,
                       "a placeholder is a name in braces: `[placeholder, \"{history}\"]`");
        parts->failed = true;
        return;
    }
    add_part(parts,
             (struct prompt_part){.placeholder = arena_printf(parts->builder->arena, "%.*s",
                                                              (int)len - 2, text + 1),
                                  .optional = true},
             node->place);
}

static void read_examples(struct prompt_parts *parts, const struct node *value,
                          enum template_format format)
{
    struct examples *examples = build_chat_examples(parts->builder, value, format);
    if (examples)
        add_part(parts, (struct prompt_part){.examples = examples}, value->place);
    else
        parts->failed = true;
}

/* The only member of a mapping, where it is under `key`. */
static const struct node *only_member(const struct node *map, const char *key)
{
    return map->as.map.count == 1 ? node_get(map, key) : NULL;
}

static void read_mapping(struct prompt_parts *parts, const struct node *node,
                         enum template_format format)
{
    const struct node *role = node_get(node, "role"), *content = node_get(node, "content");
    const struct node *member;
    if (role && content && node->as.map.count == 2)
        read_message(parts, role, content, format);
    else if ((member = only_member(node, "messages")))
        prompt_parts_include(parts, member);
    else if ((member = only_member(node, "few_shot")))
        read_examples(parts, member, format);
    else
        read_placeholder(parts, node);
}

static void read_item(struct prompt_parts *parts, const struct node *node,
                      enum template_format format)
{
    bool pair = node->kind == NODE_LIST && node->as.list.count == 2 &&
                node->as.list.items[0]->kind == NODE_STRING;
    if (node->kind == NODE_MAP) {
        read_mapping(parts, node, format);
    } else if (node->kind == NODE_STRING) {
        read_message(parts, NULL, node, format);
    } else if (pair && strcmp(node->as.list.items[0]->as.string.text, "placeholder") == 0) {
        read_braced(parts, node->as.list.items[1]);
    } else if (pair) {
        read_message(parts, node->as.list.items[0], node->as.list.items[1], format);
    } else {
        problems_error(parts->builder->problems, node->place,
                       "a message is written `[role, template]` or `{placeholder: name}`");
        parts->failed = true;
    }
}

void prompt_parts_read(struct prompt_parts *parts, const struct node *value,
                       enum template_format format)
{
    struct problems *problems = parts->builder->problems;
    if (value->kind == NODE_STRING || value->kind == NODE_MAP) {
        read_message(parts, NULL, value, format);
        return;
    }
    if (value->kind != NODE_LIST) {
        problems_error(problems, value->place,
                       "prompt: expected a template, or a list of messages, not %s",
                       node_kind_name(value->kind));
        parts->failed = true;
        return;
    }
    if (value->as.list.count == 0) {
        problems_error(problems, value->place, "a prompt has at least one message");
        parts->failed = true;
    }
    for (size_t i = 0; i < value->as.list.count; i++)
        read_item(parts, value->as.list.items[i], format);
}

/* ---- a prompt within a prompt ---- */

/* What may stand beside a prompt that becomes a part of another. */
static bool is_label(const char *key)
{
    static const char *const labels[] = {"prompt", "format", "partial", "partial_from",
                                         "name",   "tags",   "metadata"};
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(key, labels[i]) == 0)
            return true;
    return false;
}

/* The mapping with `prompt:` that `node` is, or that has the name it is; NULL when it is none. */
static const struct node *find_prompt(struct builder *builder, const struct node *node)
{
    for (int hops = 0; node && node->kind == NODE_STRING && hops < MAX_PROMPT_DEPTH; hops++) {
        builder_refer(builder, node->as.string.text, node->place);
        node = builder_chain(builder, node->as.string.text);
    }
    if (!node || node->kind != NODE_MAP || !node_get(node, "prompt"))
        return NULL;
    for (size_t i = 0; i < node->as.map.count; i++)
        if (!is_label(node->as.map.members[i].key))
            return NULL;
    return node;
}

void prompt_parts_include(struct prompt_parts *parts, const struct node *node)
{
    struct builder *builder = parts->builder;
    struct prompt_fields fields = {0};
    size_t errors = builder->problems->told;
    const struct node *map = find_prompt(builder, node);
    if (!map || parts->depth >= MAX_PROMPT_DEPTH) {
        parts->failed = true;
        if (builder->problems->told == errors)
            problems_error(builder->problems, node->place,
                           map ? "prompts stand too deep inside each other, or inside themselves"
                               : "messages: expected a `prompt`, or its name, without modifiers");
        return;
    }
    parts->depth++;
    options_read(prompt_options, map, &fields,
                 (const char *const[]){"prompt", "name", "tags", "metadata", NULL}, "prompt",
                 builder->arena, builder->problems);
    prompt_parts_read(parts, node_get(map, "prompt"), (enum template_format)fields.format);
    prompt_parts_add_partials(parts, &fields, map->place);
    parts->depth--;
}

/* Prompts and templates. */
#include <stdlib.h>
#include <string.h>

#include "app/build.h"
#include "base/mem.h"
#include "stages/prompt.h"
#include "stages/prompt_template.h"
#include "yaml/option.h"

struct placeholder {
    const char *placeholder;
    bool optional;
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
    {.name = NULL},
};

/* Role names as LangChain takes them, and the message type of each. */
static const char *const roles[] = {"system", "human", "user", "ai", "assistant", NULL};
static const enum prompt_role role_of[] = {PROMPT_SYSTEM, PROMPT_HUMAN, PROMPT_HUMAN, PROMPT_AI,
                                           PROMPT_AI};

static struct template *compile(struct builder *builder, const struct node *text)
{
    struct template *template = NULL;
    char why[256];
    enum ls_err err = template_compile(&template, text->as.string.text, text->as.string.len, why);
    if (err)
        problems_error(builder->problems, text->place, "in the template: %s", why);
    return template;
}

static bool read_role(struct builder *builder, const struct node *node, enum prompt_role *role)
{
    for (size_t i = 0; roles[i]; i++)
        if (strcmp(node->as.string.text, roles[i]) == 0) {
            *role = role_of[i];
            return true;
        }
    problems_unknown(builder->problems, node->place, "role", node->as.string.text, roles);
    return false;
}

static bool is_pair(const struct node *node)
{
    return node->kind == NODE_LIST && node->as.list.count == 2 &&
           node->as.list.items[0]->kind == NODE_STRING &&
           node->as.list.items[1]->kind == NODE_STRING;
}

/* Reads one message of a prompt; false when it has a mistake. */
static bool read_part(struct builder *builder, const struct node *node, struct prompt_part *part)
{
    if (node->kind == NODE_MAP) {
        struct placeholder placeholder = {0};
        options_read(placeholder_options, node, &placeholder, NULL, "placeholder", builder->arena,
                     builder->problems);
        part->placeholder = placeholder.placeholder;
        part->optional = placeholder.optional;
        return placeholder.placeholder != NULL;
    }
    if (!is_pair(node)) {
        problems_error(builder->problems, node->place,
                       "a message is written `[role, template]` or `{placeholder: name}`");
        return false;
    }
    bool known = read_role(builder, node->as.list.items[0], &part->role);
    part->template = compile(builder, node->as.list.items[1]);
    return known && part->template;
}

static struct runnable *build_messages(struct builder *builder, const struct node *list)
{
    size_t count = list->as.list.count;
    size_t well = 0;
    struct prompt_part *parts = mem_zalloc(count + 1, sizeof *parts);
    for (size_t i = 0; i < count; i++)
        well += read_part(builder, list->as.list.items[i], &parts[i]);
    if (count == 0)
        problems_error(builder->problems, list->place, "a prompt has at least one message");
    struct runnable *made = count > 0 && well == count ? prompt_new(parts, count) : NULL;
    for (size_t i = 0; !made && i < count; i++)
        template_free(&parts[i].template);
    free(parts);
    return made;
}

struct runnable *build_prompt(struct builder *builder, const struct node *value,
                              const struct node *map)
{
    (void)map;
    if (value->kind == NODE_LIST)
        return build_messages(builder, value);
    if (value->kind != NODE_STRING) {
        problems_error(builder->problems, value->place,
                       "prompt: expected a template, or a list of messages, not %s",
                       node_kind_name(value->kind));
        return NULL;
    }
    struct prompt_part part = {.role = PROMPT_HUMAN, .template = compile(builder, value)};
    return part.template ? prompt_new(&part, 1) : NULL;
}

struct runnable *build_template(struct builder *builder, const struct node *value,
                                const struct node *map)
{
    (void)map;
    if (value->kind != NODE_STRING) {
        problems_error(builder->problems, value->place, "template: expected a text, not %s",
                       node_kind_name(value->kind));
        return NULL;
    }
    struct template *template = compile(builder, value);
    return template ? prompt_template_new(template) : NULL;
}

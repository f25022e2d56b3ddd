/* The parsers `fixing` and `retry`: a parser, and who is asked for a better answer. */
#include <stdlib.h>
#include <string.h>

#include "app/build.h"
#include "app/parsers.h"
#include "stages/parse_fixing.h"

enum { MAX_NAMES = 64, MAX_INSTRUCTIONS = 1 << 20 };

/* The templates for a model that is named by `llm`. */
#define GIVEN "\n\nThis answer was given:\n{completion}\n\n"
#define ONLY "Write nothing but the answer."

static const char fixing_prompt[] =
    "What an answer must look like:\n{instructions}" GIVEN "It could not be read: {error}\n\n"
    "Write the answer again, in the form that is wanted. " ONLY;
static const char fixing_prompt_bare[] =
    "This answer was given:\n{completion}\n\nIt could not be read: {error}\n\n"
    "Write the answer again, in the form that is wanted. " ONLY;
static const char retry_prompt[] =
    "This was asked:\n{prompt}" GIVEN
    "It does not have the form that was asked for. Answer again. " ONLY;
static const char retry_with_error_prompt[] =
    "This was asked:\n{prompt}" GIVEN "It does not have the form that was asked for: {error}\n\n"
    "Answer again. " ONLY;

/* What a name under `chains:` stands for, else the node itself. */
static const struct node *resolve(const struct builder *builder, const struct node *node)
{
    for (int i = 0; node->kind == NODE_STRING && i < MAX_NAMES; i++) {
        const struct node *found = NULL;
        for (size_t n = 0; n < builder->count; n++)
            if (strcmp(builder->names[n].name, node->as.string.text) == 0)
                found = builder->names[n].node;
        if (!found)
            break;
        node = found;
    }
    return node;
}

static void add_options(struct buf *out, const struct parser *parser, const struct node *map)
{
    for (const char *const *name = parser->takes; *name; name++) {
        const struct node *given = node_get(map, *name);
        if (!given)
            continue;
        json_auto_t *value = node_to_json(given);
        char *text = json_is_string(value) ? strdup(json_string_value(value))
                                           : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        buf_printf(out, "\n%s: %s", *name, text ? text : "");
        free(text);
    }
}

const char *parser_instructions(struct builder *builder, const struct node *node)
{
    const struct node *found = resolve(builder, node);
    const struct node *name = found->kind == NODE_MAP ? node_get(found, "parse") : found;
    const struct parser *parser =
        name && name->kind == NODE_STRING ? parser_find(name->as.string.text) : NULL;
    if (!parser || !parser->asks)
        return NULL;
    struct buf text;
    buf_init(&text, MAX_INSTRUCTIONS);
    buf_add_str(&text, parser->asks);
    if (found->kind == NODE_MAP)
        add_options(&text, parser, found);
    const char *kept = arena_strdup(builder->arena, buf_str(&text));
    buf_fini(&text);
    return kept;
}

static const char *prompt_for(const struct fixing_options *options)
{
    if (options->sort == FIXING)
        return options->instructions ? fixing_prompt : fixing_prompt_bare;
    return options->sort == RETRY ? retry_prompt : retry_with_error_prompt;
}

/* prompt | llm | str */
static struct runnable *build_asking(struct builder *builder, const struct node *llm,
                                     const char *prompt)
{
    struct arena *arena = builder->arena;
    struct node *list = node_new(arena, NODE_LIST, llm->place);
    struct node *map = node_new(arena, NODE_MAP, llm->place);
    node_set(arena, map, "template", node_new_string(arena, prompt, strlen(prompt), llm->place));
    node_append(arena, list, map);
    node_append(arena, list, (struct node *)llm);
    node_append(arena, list, node_new_string(arena, "str", 3, llm->place));
    return build_sequence(builder, list);
}

static struct runnable *build_mending(struct builder *builder, struct place place,
                                      const struct parser_fields *fields,
                                      struct fixing_options *options)
{
    if (!fields->llm == !fields->retry_chain) {
        problems_error(builder->problems, place, "parse: %s needs one of 'llm' and 'retry_chain'",
                       options->sort == FIXING ? "fixing" : "retry");
        return NULL;
    }
    options->max_retries = (unsigned)fields->max_retries;
    options->instructions = parser_instructions(builder, fields->parser);
    struct runnable *parser = build_expression(builder, fields->parser);
    struct runnable *chain = fields->llm ? build_asking(builder, fields->llm, prompt_for(options))
                                         : build_expression(builder, fields->retry_chain);
    bool is_parser = parser && parser->ops->step == STEP_PARSER;
    if (parser && !is_parser)
        problems_error(builder->problems, fields->parser->place,
                       "parser: expected an output parser, without modifiers");
    if (is_parser && chain)
        return parse_fixing_new(parser, chain, options);
    runnable_rele(parser);
    runnable_rele(chain);
    return NULL;
}

struct runnable *build_fixing(struct builder *builder, struct place place, const struct node *map,
                              struct parser_fields *fields)
{
    (void)map;
    struct fixing_options options = {.sort = FIXING};
    return build_mending(builder, place, fields, &options);
}

struct runnable *build_retry_parser(struct builder *builder, struct place place,
                                    const struct node *map, struct parser_fields *fields)
{
    (void)map;
    struct fixing_options options = {.sort = fields->with_error ? RETRY_WITH_ERROR : RETRY};
    return build_mending(builder, place, fields, &options);
}

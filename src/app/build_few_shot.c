/* Prompts with examples: of texts (FewShotPromptTemplate), and of messages
 * (FewShotChatMessagePromptTemplate).  Examples are constants, so they are printed here, once. */
#include <stdlib.h>

#include "app/build.h"
#include "app/build_prompt.h"
#include "app/kinds.h"
#include "base/mem.h"
#include "stages/prompt_template.h"

struct few_shot_fields {
    const struct node *examples, *example, *prefix, *suffix, *separator, *measure;
    int64_t max_length;
};

#define FIELD(member) offsetof(struct few_shot_fields, member)

static const struct option few_shot_options[] = {
    {.name = "examples",
     .type = OPTION_NODE,
     .required = true,
     .offset = FIELD(examples),
     .schema = "{\"type\":\"array\",\"items\":{\"type\":\"object\"}}",
     .doc = "A list of examples, each a mapping of the variables of `example`."},
    {.name = "example",
     .type = OPTION_NODE,
     .required = true,
     .offset = FIELD(example),
     .doc = "How one is written: a template, or a list of messages as in `prompt`."},
    {.name = "prefix",
     .type = OPTION_NODE,
     .offset = FIELD(prefix),
     .doc = "With a template: the template before the examples."},
    {.name = "suffix",
     .type = OPTION_NODE,
     .offset = FIELD(suffix),
     .doc = "With a template: the template behind them."},
    {.name = "separator",
     .type = OPTION_NODE,
     .offset = FIELD(separator),
     .doc = "With a template: what stands between all of them; an empty line when left out."},
    {.name = "max_length",
     .type = OPTION_INT,
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .offset = FIELD(max_length),
     .doc = "As many examples, from the first on, as have so many words together with the "
            "variables; 0: all of them."},
    {.name = "measure",
     .type = OPTION_NODE,
     .offset = FIELD(measure),
     .doc = "With `max_length`: the template whose words are counted for an example; `example` "
            "itself when left out, where that is a template."},
    {.name = NULL},
};

enum { MAX_TEXT = 1 << 20 }; /* bytes of one example */

struct reader {
    struct builder *builder;
    struct few_shot_fields fields;
    enum template_format format; /* of `example` and `measure` */
    bool failed;
};

static bool read_fields(struct reader *reader, const struct node *value)
{
    struct builder *builder = reader->builder;
    size_t errors = builder->problems->told;
    if (value->kind != NODE_MAP) {
        problems_error(builder->problems, value->place,
                       "few_shot: expected {examples: […], example: …}");
        return false;
    }
    options_read(few_shot_options, value, &reader->fields, NULL, "few_shot", builder->arena,
                 builder->problems);
    const struct node *list = reader->fields.examples;
    if (list && list->kind != NODE_LIST)
        problems_error(builder->problems, list->place, "examples: expected a list of mappings");
    for (size_t i = 0; list && list->kind == NODE_LIST && i < list->as.list.count; i++)
        if (list->as.list.items[i]->kind != NODE_MAP)
            problems_error(builder->problems, list->as.list.items[i]->place,
                           "an example is a mapping of variables");
    return builder->problems->told == errors;
}

/* Whether an example has all the variables in `names`; tells where it has not. */
static bool has_all(struct reader *reader, const json_t *variables, const json_t *names,
                    const struct node *node)
{
    const char *name;
    json_t *ignored;
    json_object_foreach((json_t *)names, name, ignored)
        if (!json_object_get(variables, name)) {
            problems_error(reader->builder->problems, node->place,
                           "the example has no variable '%s'", name);
            reader->failed = true;
            return false;
        }
    return true;
}

/* Prints a template with an example's members into `text`; false, and told, when it cannot. */
static bool print_example(struct reader *reader, const struct template *template,
                          const struct node *node, struct buf *text)
{
    char why[TEMPLATE_WHY_SIZE] = "it is too long";
    json_auto_t *variables = node_to_json(node);
    json_auto_t *names = json_object();
    template_names(template, names);
    if (!has_all(reader, variables, names, node))
        return false;
    if (template_print(template, variables, text, why) == LS_OK)
        return true;
    problems_error(reader->builder->problems, node->place, "in the example: %s", why);
    reader->failed = true;
    return false;
}

/* Fills in how long each example is. */
static void measure(struct reader *reader, const struct template *template,
                    struct examples *examples)
{
    const struct node *list = reader->fields.examples;
    examples->max_length = reader->fields.max_length;
    examples->lengths = mem_zalloc(examples->count + 1, sizeof *examples->lengths);
    for (size_t i = 0; i < examples->count; i++) {
        struct buf text;
        buf_init(&text, MAX_TEXT);
        if (print_example(reader, template, list->as.list.items[i], &text))
            examples->lengths[i] = examples_words(buf_str(&text), text.len);
        buf_fini(&text);
    }
}

/* Measures the examples where that is asked for; `example` may be NULL. */
static void read_measure(struct reader *reader, const struct template *example,
                         struct examples *examples)
{
    const struct node *node = reader->fields.measure;
    if (reader->fields.max_length == 0)
        return;
    if (!node && !example) {
        problems_error(reader->builder->problems, reader->fields.example->place,
                       "with max_length examples of messages need a `measure`: the template whose "
                       "words are counted");
        reader->failed = true;
        return;
    }
    struct template *own = node ? build_template_text(reader->builder, node, reader->format) : NULL;
    if (node && !own)
        reader->failed = true;
    else
        measure(reader, own ? own : example, examples);
    template_free(&own);
}

/* ---- texts ---- */

static struct template *piece(struct reader *reader, const struct node *node)
{
    struct template *template =
        node ? build_template_text(reader->builder, node, TEMPLATE_FSTRING) : NULL;
    reader->failed = reader->failed || (node && !template);
    if (node && node->kind == NODE_STRING && node->as.string.len == 0)
        template_free(&template);
    return template;
}

/* What an example says is a template once more: its braces are looked at together with those
 * around it, as LangChain does. */
static struct template *text_of_example(struct reader *reader, const struct template *example,
                                        const struct node *node)
{
    struct template *template = NULL;
    struct buf text;
    char why[TEMPLATE_WHY_SIZE];
    buf_init(&text, MAX_TEXT);
    if (print_example(reader, example, node, &text) && text.len > 0 &&
        template_compile(&template, TEMPLATE_FSTRING, buf_str(&text), text.len, why)) {
        problems_error(reader->builder->problems, node->place,
                       "in the example, whose text is a template, too: %s", why);
        reader->failed = true;
    }
    buf_fini(&text);
    return template;
}

static void read_texts(struct reader *reader, struct few_shot *shot)
{
    static const struct node blank_line = {.kind = NODE_STRING,
                                           .as.string = {.text = "\n\n", .len = 2}};
    const struct few_shot_fields *fields = &reader->fields;
    const struct node *list = fields->examples;
    struct examples *examples = &shot->examples;
    struct template *example =
        build_template_text(reader->builder, fields->example, reader->format);
    shot->prefix = piece(reader, fields->prefix);
    shot->suffix = piece(reader, fields->suffix);
    shot->separator = piece(reader, fields->separator ? fields->separator : &blank_line);
    reader->failed = reader->failed || !example;
    if (!example)
        return;
    examples->texts = mem_zalloc(list->as.list.count + 1, sizeof(struct template *));
    examples->count = list->as.list.count;
    for (size_t i = 0; i < examples->count; i++)
        examples->texts[i] = text_of_example(reader, example, list->as.list.items[i]);
    read_measure(reader, example, examples);
    template_free(&example);
}

static struct runnable *build_texts(struct reader *reader, const struct partials *partials)
{
    struct few_shot shot = {0};
    read_texts(reader, &shot);
    if (!reader->failed)
        return few_shot_new(&shot, partials);
    few_shot_fini(&shot);
    return NULL;
}

/* ---- messages ---- */

/* The messages of one example (a new reference); NULL, and told, when it lacks a variable. */
static json_t *messages_of_example(struct reader *reader, const struct prompt_parts *parts,
                                   const struct node *node)
{
    char why[TEMPLATE_WHY_SIZE] = "it is too long";
    json_auto_t *variables = node_to_json(node);
    json_auto_t *names = json_object();
    prompt_names(parts->items, parts->count, names);
    if (!has_all(reader, variables, names, node))
        return NULL;
    json_t *messages = json_array();
    if (prompt_messages(parts->items, parts->count, variables, messages, why) == LS_OK)
        return messages;
    problems_error(reader->builder->problems, node->place, "in the example: %s", why);
    json_decref(messages);
    reader->failed = true;
    return NULL;
}

static struct examples *read_messages(struct reader *reader)
{
    struct prompt_parts parts = {.builder = reader->builder};
    const struct node *list = reader->fields.examples;
    struct examples *examples = mem_zalloc(1, sizeof *examples);
    if (reader->fields.prefix || reader->fields.suffix || reader->fields.separator) {
        problems_error(reader->builder->problems, reader->fields.example->place,
                       "prefix, suffix and separator go with an `example` that is a template");
        reader->failed = true;
    }
    prompt_parts_read(&parts, reader->fields.example, reader->format);
    reader->failed = reader->failed || parts.failed;
    examples->messages = json_array();
    examples->count = list->as.list.count;
    for (size_t i = 0; i < examples->count && !reader->failed; i++)
        json_array_append_new(examples->messages,
                              messages_of_example(reader, &parts, list->as.list.items[i]));
    if (!reader->failed)
        read_measure(reader, NULL, examples);
    prompt_parts_fini(&parts);
    return examples;
}

/* The examples, NULL (and told) when there is a mistake. */
static struct examples *read_chat(struct reader *reader)
{
    struct examples *examples = read_messages(reader);
    if (!reader->failed)
        return examples;
    examples_fini(examples);
    free(examples);
    return NULL;
}

struct examples *build_chat_examples(struct builder *builder, const struct node *value,
                                     enum template_format format)
{
    struct reader reader = {.builder = builder, .format = format};
    if (!read_fields(&reader, value))
        return NULL;
    if (reader.fields.example->kind == NODE_LIST)
        return read_chat(&reader);
    problems_error(builder->problems, reader.fields.example->place,
                   "within a prompt an `example` is a list of messages");
    return NULL;
}

/* ---- the kind ---- */

struct runnable *build_few_shot(struct builder *builder, const struct node *value,
                                const struct node *map)
{
    struct prompt_fields fields = {0};
    struct prompt_parts parts = {.builder = builder};
    struct reader reader = {.builder = builder};
    struct partials partials;
    struct runnable *made = NULL;
    kind_options_read(builder, "few_shot", map, &fields);
    reader.format = (enum template_format)fields.format;
    prompt_parts_add_partials(&parts, &fields, map->place);
    bool well = prompt_parts_partials(&parts, &partials);
    well = read_fields(&reader, value) && well;
    if (well && reader.fields.example->kind == NODE_LIST) {
        struct examples *examples = read_chat(&reader);
        made = examples ? few_shot_chat_new(examples, &partials) : NULL;
    } else if (well) {
        made = build_texts(&reader, &partials);
    }
    if (!made)
        partials_fini(&partials);
    prompt_parts_fini(&parts);
    return build_checked_prompt(builder, made, value->place);
}

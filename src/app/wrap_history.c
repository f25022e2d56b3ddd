/* The `history` modifier. */
#include <string.h>

#include "app/wraps.h"
#include "stages/history.h"
#include "yaml/option.h"

#define FIELD(member) offsetof(struct history_words, member)

struct history_words {
    struct history_options options;
    const struct node *session;
    int64_t window;
};

const struct option history_options[] = {
    {.name = "input",
     .type = OPTION_STRING,
     .offset = FIELD(options.input),
     .doc = "The member of the input object that is asked: text, a message or messages "
            "(LangChain: `input_messages_key`). Without it, and without `history`, the input "
            "itself is."},
    {.name = "history",
     .type = OPTION_STRING,
     .offset = FIELD(options.history),
     .doc = "The member that the past messages are put under: a prompt's placeholder "
            "(`history_messages_key`). Without it they go before what is asked."},
    {.name = "output",
     .type = OPTION_STRING,
     .offset = FIELD(options.output),
     .doc = "The member of an output object that is the answer (`output_messages_key`)."},
    {.name = "session",
     .type = OPTION_NODE,
     .offset = FIELD(session),
     .schema = "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"minItems\":1,\"items\":"
               "{\"oneOf\":[{\"type\":\"string\"},{\"$ref\":\"#/$defs/history_field\"}]}}]}",
     .doc = "The fields of `configurable` that tell conversations apart, `session_id` when absent; "
            "a name, or a list of names and of mappings `{id, name, description}` "
            "(`history_factory_config`). A request must set all of them."},
    {.name = "window",
     .type = OPTION_INT,
     .offset = FIELD(window),
     .fallback = "100",
     .min = 1,
     .max = 1e4,
     .doc = "How many messages of a conversation are kept, and given to the chain: the last ones."},
    {.name = "ttl",
     .type = OPTION_DURATION,
     .offset = FIELD(options.ttl),
     .min = 1,
     .max = 3.1536e11,
     .doc = "How long after its last message a conversation is forgotten; never when absent."},
    {.name = "space",
     .type = OPTION_STRING,
     .offset = FIELD(options.space),
     .fallback = "default",
     .doc = "Chains of one space share their conversations; others have conversations of their "
            "own under the same ids."},
    {.name = NULL},
};

const struct option history_field_options[] = {
    {.name = "id",
     .type = OPTION_STRING,
     .required = true,
     .offset = offsetof(struct config_label, id),
     .doc = "The field's key in `configurable`."},
    {.name = "name",
     .type = OPTION_STRING,
     .offset = offsetof(struct config_label, name),
     .doc = "Its title in the schema of the route's config."},
    {.name = "description",
     .type = OPTION_STRING,
     .offset = offsetof(struct config_label, description),
     .doc = "Its description there."},
    {.name = NULL},
};

static const struct config_label session_id = {"session_id", "Session ID",
                                               "Unique identifier for a session."};

static void check_field(struct builder *builder, const struct node *node,
                        const struct config_label *fields, size_t i)
{
    if (!fields[i].id)
        return;
    if (!*fields[i].id)
        problems_error(builder->problems, node->place, "session: a field has a name");
    for (size_t k = 0; k < i; k++)
        if (fields[k].id && strcmp(fields[k].id, fields[i].id) == 0)
            problems_error(builder->problems, node->place, "session: '%s' is named twice",
                           fields[i].id);
}

static struct config_label read_field(struct builder *builder, const struct node *node)
{
    struct config_label field = {0};
    if (node->kind == NODE_MAP)
        options_read(history_field_options, node, &field, NULL, "session field", builder->arena,
                     builder->problems);
    else if (node->kind != NODE_STRING)
        problems_error(builder->problems, node->place,
                       "session: expected a name or a mapping {id, name, description}, not %s",
                       node_kind_name(node->kind));
    else if (strcmp(node->as.string.text, session_id.id) == 0)
        field = session_id;
    else
        field.id = node->as.string.text;
    return field;
}

static void read_session(struct builder *builder, const struct node *node,
                         struct history_options *options)
{
    bool list = node && node->kind == NODE_LIST;
    size_t count = list ? node->as.list.count : 1;
    struct config_label *fields = arena_zalloc(builder->arena, (count + 1) * sizeof *fields);
    fields[0] = session_id;
    if (list && count == 0)
        problems_error(builder->problems, node->place, "session: an empty list names no field");
    for (size_t i = 0; node && i < count; i++) {
        const struct node *item = list ? node->as.list.items[i] : node;
        fields[i] = read_field(builder, item);
        check_field(builder, item, fields, i);
    }
    options->fields = fields;
    options->field_count = count;
}

struct runnable *wrap_history(struct builder *builder, const struct node *node,
                              struct runnable *bound)
{
    struct history_words words = {0};
    size_t mistakes = builder->problems->told;
    if (node->kind != NODE_MAP)
        problems_error(builder->problems, node->place, "history: expected a mapping, not %s",
                       node_kind_name(node->kind));
    else
        options_read(history_options, node, &words, NULL, "history", builder->arena,
                     builder->problems);
    read_session(builder, words.session, &words.options);
    builder->remembers = true;
    words.options.window = (size_t)words.window;
    if (words.options.input && words.options.history &&
        strcmp(words.options.input, words.options.history) == 0)
        problems_error(builder->problems, node_get(node, "history")->place,
                       "history: '%s' is the input already", words.options.history);
    return builder->problems->told > mistakes ? bound : history_new(bound, &words.options);
}

#include "stages/history_schema.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stages/schema_parts.h"

static const char message[] = "{\"$ref\":\"#/$defs/BaseMessage\"}";
static const char messages[] = "{\"items\":{\"$ref\":\"#/$defs/BaseMessage\"},\"type\":\"array\"}";
static const char base_message[] =
    "{\"additionalProperties\":true,\"properties\":{\"content\":{\"anyOf\":[{\"type\":\"string\"},"
    "{\"items\":{\"anyOf\":[{\"type\":\"string\"},{\"additionalProperties\":true,"
    "\"type\":\"object\"}]},\"type\":\"array\"}],\"title\":\"Content\"},"
    "\"additional_kwargs\":{\"additionalProperties\":true,\"title\":\"Additional Kwargs\","
    "\"type\":\"object\"},\"response_metadata\":{\"additionalProperties\":true,"
    "\"title\":\"Response Metadata\",\"type\":\"object\"},"
    "\"type\":{\"title\":\"Type\",\"type\":\"string\"},"
    "\"name\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}],\"default\":null,"
    "\"title\":\"Name\"},\"id\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}],"
    "\"default\":null,\"title\":\"Id\"}},\"required\":[\"content\",\"type\"],"
    "\"title\":\"BaseMessage\",\"type\":\"object\"}";

static json_t *parsed(const char *text)
{
    return json_loads(text, 0, NULL);
}

/* The member that is asked: beside a history also text or one message, without one a list. */
static json_t *asked_member(const struct history_options *options)
{
    json_t *member = options->history ? json_pack("{s:[{s:s},o,o]}", "anyOf", "type", "string",
                                                  parsed(message), parsed(messages))
                                      : parsed(messages);
    json_object_set_new(member, "title", schema_title(options->input));
    return member;
}

/* Whether a schema refers to definitions. */
static bool refers(const json_t *schema)
{
    const char *key;
    json_t *member;
    size_t i;
    json_array_foreach(schema, i, member)
        if (refers(member))
            return true;
    json_object_foreach((json_t *)schema, key, member)
        if (strcmp(key, "$ref") == 0 || refers(member))
            return true;
    return false;
}

/* The asked member as it is here, then those of the bound runnable's input but for the history. */
static json_t *object_schema(const struct history_options *options, json_t *bound)
{
    json_t *whole = schema_new_object("RunnableWithChatHistoryInput"), *defs = json_object();
    json_auto_t *others = schema_new_object("");
    json_auto_t *but = json_pack("{s:{s:b}}", "properties",
                                 options->history ? options->history : options->input, 1);
    schema_add_members(others, bound, but);
    if (options->input) {
        json_object_set_new(json_object_get(whole, "properties"), options->input,
                            asked_member(options));
        json_array_append_new(json_object_get(whole, "required"), json_string(options->input));
        json_object_del(json_object_get(others, "properties"), options->input);
        json_object_set_new(defs, "BaseMessage", parsed(base_message));
    }
    if (refers(json_object_get(others, "properties")))
        json_object_update(defs, json_object_get(bound, "$defs"));
    schema_add_members(whole, others, NULL);
    return schema_finish(whole, defs);
}

static json_t *list_schema(void)
{
    json_t *schema = json_pack("{s:{s:o}}", "$defs", "BaseMessage", parsed(base_message));
    json_auto_t *list = parsed(messages);
    json_object_update(schema, list);
    json_object_set_new(schema, "title", json_string("RunnableWithChatHistoryInput"));
    return schema;
}

json_t *history_input_schema(const struct history_options *options, json_t *bound)
{
    bool object = options->input || options->history;
    json_t *schema = object ? object_schema(options, bound) : list_schema();
    json_decref(bound);
    return schema;
}

void history_config_specs(const struct history_options *options, struct config_specs *specs)
{
    for (size_t i = 0; i < options->field_count; i++)
        config_specs_add(specs, options->fields[i].id,
                         config_spec_value(&options->fields[i],
                                           json_pack("{s:s}", "type", "string"), json_string("")));
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct config_label *)a)->id, ((const struct config_label *)b)->id);
}

void history_options_copy(struct history_options *copy, const struct history_options *options)
{
    size_t count = options->field_count;
    struct config_label *fields = mem_zalloc(count, sizeof *fields);
    for (size_t i = 0; i < count; i++)
        fields[i] =
            (struct config_label){.id = mem_strdup(options->fields[i].id),
                                  .name = mem_strdup(options->fields[i].name),
                                  .description = mem_strdup(options->fields[i].description)};
    qsort(fields, count, sizeof *fields, by_id);
    *copy = *options;
    copy->fields = fields;
    copy->input = mem_strdup(options->input);
    copy->output = mem_strdup(options->output);
    copy->history = mem_strdup(options->history);
    copy->space = mem_strdup(options->space);
}

void history_options_fini(struct history_options *options)
{
    for (size_t i = 0; i < options->field_count; i++) {
        free((char *)options->fields[i].id);
        free((char *)options->fields[i].name);
        free((char *)options->fields[i].description);
    }
    free((struct config_label *)options->fields);
    free((char *)options->input);
    free((char *)options->output);
    free((char *)options->history);
    free((char *)options->space);
}

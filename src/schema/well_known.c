/* The schemas as pydantic gives them for LangChain's classes, put together from tables. */
#include "schema/well_known.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define OPTIONAL_TEXT "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]"

/* What all messages begin with. */
static const char base_members[] =
    "{\"content\":{\"anyOf\":[{\"type\":\"string\"},{\"items\":{\"anyOf\":[{\"type\":\"string\"},"
    "{\"additionalProperties\":true,\"type\":\"object\"}]},\"type\":\"array\"}],"
    "\"title\":\"Content\"},"
    "\"additional_kwargs\":{\"additionalProperties\":true,\"title\":\"Additional Kwargs\","
    "\"type\":\"object\"},"
    "\"response_metadata\":{\"additionalProperties\":true,\"title\":\"Response Metadata\","
    "\"type\":\"object\"}}";

static const char optional_name[] = OPTIONAL_TEXT ",\"default\":null,\"title\":\"Name\"}";
static const char needed_name[] = "{\"title\":\"Name\",\"type\":\"string\"}";
static const char optional_id[] = OPTIONAL_TEXT ",\"default\":null,\"title\":\"Id\"}";

/* What some messages have beyond that. */
static const char ai_members[] =
    "{\"tool_calls\":{\"items\":{\"$ref\":\"#/$defs/ToolCall\"},\"title\":\"Tool Calls\","
    "\"type\":\"array\"},"
    "\"invalid_tool_calls\":{\"items\":{\"$ref\":\"#/$defs/InvalidToolCall\"},"
    "\"title\":\"Invalid Tool Calls\",\"type\":\"array\"},"
    "\"usage_metadata\":{\"anyOf\":[{\"$ref\":\"#/$defs/UsageMetadata\"},{\"type\":\"null\"}],"
    "\"default\":null}}";
static const char ai_chunk_members[] =
    "{\"tool_call_chunks\":{\"items\":{\"$ref\":\"#/$defs/ToolCallChunk\"},"
    "\"title\":\"Tool Call Chunks\",\"type\":\"array\"},"
    "\"chunk_position\":{\"anyOf\":[{\"const\":\"last\",\"type\":\"string\"},"
    "{\"type\":\"null\"}],\"default\":null,\"title\":\"Chunk Position\"}}";
static const char chat_members[] = "{\"role\":{\"title\":\"Role\",\"type\":\"string\"}}";
static const char tool_members[] =
    "{\"tool_call_id\":{\"title\":\"Tool Call Id\",\"type\":\"string\"},"
    "\"artifact\":{\"default\":null,\"title\":\"Artifact\"},"
    "\"status\":{\"default\":\"success\",\"enum\":[\"success\",\"error\"],"
    "\"title\":\"Status\",\"type\":\"string\"}}";

/* In the order of the union. */
static const struct message_row {
    const char *title, *type, *name; /* name: the schema of the member */
    const char *more[2];             /* further members */
    const char *needed;              /* a member that is required beside content */
} messages[] = {
    {"AIMessage", "ai", optional_name, {ai_members}, NULL},
    {"HumanMessage", "human", optional_name, {NULL}, NULL},
    {"ChatMessage", "chat", optional_name, {chat_members}, "role"},
    {"SystemMessage", "system", optional_name, {NULL}, NULL},
    {"FunctionMessage", "function", needed_name, {NULL}, "name"},
    {"ToolMessage", "tool", optional_name, {tool_members}, "tool_call_id"},
    {"AIMessageChunk", "AIMessageChunk", optional_name, {ai_members, ai_chunk_members}, NULL},
    {"HumanMessageChunk", "HumanMessageChunk", optional_name, {NULL}, NULL},
    {"ChatMessageChunk", "ChatMessageChunk", optional_name, {chat_members}, "role"},
    {"SystemMessageChunk", "SystemMessageChunk", optional_name, {NULL}, NULL},
    {"FunctionMessageChunk", "FunctionMessageChunk", needed_name, {NULL}, "name"},
    {"ToolMessageChunk", "ToolMessageChunk", optional_name, {tool_members}, "tool_call_id"},
};

enum { MESSAGE_COUNT = sizeof messages / sizeof *messages };

/* The maps that stand in messages; optional members may be left out. */
static const struct map_row {
    const char *title;
    struct {
        const char *key, *schema;
        bool optional;
    } members[8];
} maps[] = {
    {"InputTokenDetails",
     {{"audio", "{\"title\":\"Audio\",\"type\":\"integer\"}", true},
      {"cache_creation", "{\"title\":\"Cache Creation\",\"type\":\"integer\"}", true},
      {"cache_read", "{\"title\":\"Cache Read\",\"type\":\"integer\"}", true}}},
    {"OutputTokenDetails",
     {{"audio", "{\"title\":\"Audio\",\"type\":\"integer\"}", true},
      {"reasoning", "{\"title\":\"Reasoning\",\"type\":\"integer\"}", true}}},
    {"UsageMetadata",
     {{"input_tokens", "{\"title\":\"Input Tokens\",\"type\":\"integer\"}", false},
      {"output_tokens", "{\"title\":\"Output Tokens\",\"type\":\"integer\"}", false},
      {"total_tokens", "{\"title\":\"Total Tokens\",\"type\":\"integer\"}", false},
      {"input_token_details", "{\"$ref\":\"#/$defs/InputTokenDetails\"}", true},
      {"output_token_details", "{\"$ref\":\"#/$defs/OutputTokenDetails\"}", true}}},
    {"ToolCall",
     {{"name", "{\"title\":\"Name\",\"type\":\"string\"}", false},
      {"args", "{\"additionalProperties\":true,\"title\":\"Args\",\"type\":\"object\"}", false},
      {"id", OPTIONAL_TEXT ",\"title\":\"Id\"}", false},
      {"type", "{\"const\":\"tool_call\",\"title\":\"Type\",\"type\":\"string\"}", true}}},
    {"InvalidToolCall",
     {{"type", "{\"const\":\"invalid_tool_call\",\"title\":\"Type\",\"type\":\"string\"}", false},
      {"id", OPTIONAL_TEXT ",\"title\":\"Id\"}", false},
      {"name", OPTIONAL_TEXT ",\"title\":\"Name\"}", false},
      {"args", OPTIONAL_TEXT ",\"title\":\"Args\"}", false},
      {"error", OPTIONAL_TEXT ",\"title\":\"Error\"}", false},
      {"index", "{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\"}],\"title\":\"Index\"}",
       true},
      {"extras", "{\"additionalProperties\":true,\"title\":\"Extras\",\"type\":\"object\"}",
       true}}},
    {"ToolCallChunk",
     {{"name", OPTIONAL_TEXT ",\"title\":\"Name\"}", false},
      {"args", OPTIONAL_TEXT ",\"title\":\"Args\"}", false},
      {"id", OPTIONAL_TEXT ",\"title\":\"Id\"}", false},
      {"index", "{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}],\"title\":\"Index\"}",
       false},
      {"type", "{\"const\":\"tool_call_chunk\",\"title\":\"Type\",\"type\":\"string\"}", true}}},
};

static json_t *parsed(const char *text)
{
    return json_loads(text, 0, NULL);
}

static json_t *map_schema(const struct map_row *row)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < 8 && row->members[i].key; i++) {
        json_object_set_new(properties, row->members[i].key, parsed(row->members[i].schema));
        if (!row->members[i].optional)
            json_array_append_new(required, json_string(row->members[i].key));
    }
    json_t *schema = json_pack("{s:b,s:o,s:o}", "additionalProperties", 1, "properties", properties,
                               "required", required);
    if (json_array_size(required) == 0)
        json_object_del(schema, "required");
    json_object_set_new(schema, "title", json_string(row->title));
    json_object_set_new(schema, "type", json_string("object"));
    return schema;
}

static json_t *type_constant(const char *type)
{
    return json_pack("{s:s,s:s,s:s,s:s}", "const", type, "default", type, "title", "Type", "type",
                     "string");
}

/* `base`: the members that all begin with. */
static json_t *message_schema(const struct message_row *row, json_t *base)
{
    json_t *properties = json_copy(base), *required = json_pack("[s]", "content");
    json_object_set_new(properties, "type", type_constant(row->type));
    json_object_set_new(properties, "name", parsed(row->name));
    json_object_set_new(properties, "id", parsed(optional_id));
    for (size_t i = 0; i < 2 && row->more[i]; i++) {
        json_t *more = parsed(row->more[i]);
        json_object_update(properties, more);
        json_decref(more);
    }
    if (row->needed)
        json_array_append_new(required, json_string(row->needed));
    return json_pack("{s:b,s:o,s:o,s:s,s:s}", "additionalProperties", 1, "properties", properties,
                     "required", required, "title", row->title, "type", "object");
}

json_t *well_known_reference(const char *title)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s", title));
}

/* {"oneOf": […]} of all messages. */
static json_t *any_message(void)
{
    json_t *members = json_array();
    for (size_t i = 0; i < MESSAGE_COUNT; i++)
        json_array_append_new(members, well_known_reference(messages[i].title));
    return json_pack("{s:o}", "oneOf", members);
}

static json_t *message_array(void)
{
    return json_pack("{s:o,s:s}", "items", any_message(), "type", "array");
}

static json_t *prompt_value(const char *title, const char *key, json_t *member)
{
    return json_pack("{s:{s:o,s:o},s:[s],s:s,s:s}", "properties", key, member, "type",
                     type_constant(title), "required", key, "title", title, "type", "object");
}

/* The definitions of messages and of prompt values, by title: made once, for all schemas, which
 * share them and change nothing in them. */
static json_t *message_defs, *prompt_defs;
static atomic_bool made;

static void make_defs(void)
{
    json_t *text = json_pack("{s:s,s:s}", "title", "Text", "type", "string");
    json_t *list =
        json_pack("{s:o,s:s,s:s}", "items", any_message(), "title", "Messages", "type", "array");
    json_t *base = parsed(base_members);
    message_defs = json_object();
    for (size_t i = 0; i < MESSAGE_COUNT; i++)
        json_object_set_new(message_defs, messages[i].title, message_schema(&messages[i], base));
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        json_object_set_new(message_defs, maps[i].title, map_schema(&maps[i]));
    prompt_defs =
        json_pack("{s:o,s:o}", "StringPromptValue", prompt_value("StringPromptValue", "text", text),
                  "ChatPromptValueConcrete",
                  prompt_value("ChatPromptValueConcrete", "messages", list));
    json_decref(base);
    made = true;
}

bool well_known_is_used(void)
{
    return made;
}

static void add_message_defs(json_t *defs)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_defs);
    json_object_update(defs, message_defs);
}

void well_known_add_defs(json_t *defs)
{
    add_message_defs(defs);
    json_object_update(defs, prompt_defs);
}

json_t *well_known_model_input(const char *title)
{
    json_t *defs = json_object();
    well_known_add_defs(defs);
    return json_pack("{s:o,s:[{s:s},o,o,o],s:s}", "$defs", defs, "anyOf", "type", "string",
                     well_known_reference("StringPromptValue"),
                     well_known_reference("ChatPromptValueConcrete"), message_array(), "title",
                     title);
}

json_t *well_known_message(const char *title)
{
    json_t *defs = json_object(), *schema = json_pack("{s:o}", "$defs", defs);
    json_t *members = any_message();
    add_message_defs(defs);
    json_object_update(schema, members);
    json_object_set_new(schema, "title", json_string(title));
    json_decref(members);
    return schema;
}

json_t *well_known_message_list(const char *title, json_t **defs)
{
    *defs = json_object();
    add_message_defs(*defs);
    return json_pack("{s:o,s:s,s:s}", "items", any_message(), "title", title, "type", "array");
}

json_t *well_known_prompt_output(const char *title)
{
    json_t *defs = json_object();
    well_known_add_defs(defs);
    return json_pack("{s:o,s:[o,o],s:s}", "$defs", defs, "anyOf",
                     well_known_reference("StringPromptValue"),
                     well_known_reference("ChatPromptValueConcrete"), "title", title);
}

json_t *well_known_take_defs(json_t *schema)
{
    json_t *defs = json_incref(json_object_get(schema, "$defs"));
    if (defs)
        json_object_del(schema, "$defs");
    return defs;
}

/* Documents, outputs of agents and models, and all types together. */
#include <assert.h>

#include "schema/decode.h"
#include "schema/schema.h"
#include "schema/well_known.h"

#define TEXT(title) "{\"title\":\"" title "\",\"type\":\"string\"}"
#define MAP(title) "{\"additionalProperties\":true,\"title\":\"" title "\",\"type\":\"object\"}"
#define OPTIONAL_MAP(title)                                                                 \
    "{\"anyOf\":[{\"additionalProperties\":true,\"type\":\"object\"},{\"type\":\"null\"}]," \
    "\"default\":null,\"title\":\"" title "\"}"
#define ACTION                                                                                 \
    "\"tool\":" TEXT("Tool") ",\"tool_input\":{\"anyOf\":[{\"type\":\"string\"},"              \
                             "{\"additionalProperties\":true,\"type\":\"object\"}],\"title\":" \
                             "\"Tool Input\"},\"log\":" TEXT("Log")
#define CHAT_TEXT "{\"default\":\"\",\"title\":\"Text\",\"type\":\"string\"}"
#define INFO "\"generation_info\":" OPTIONAL_MAP("Generation Info")
#define TYPE ",\"type\":null" /* where the type's own constant stands */
#define REFERENCE(title) "{\"$ref\":\"#/$defs/" title "\"}"
#define BASE_MESSAGE                                                                              \
    "\"content\":{\"anyOf\":[{\"type\":\"string\"},{\"items\":{\"anyOf\":[{\"type\":\"string\"}," \
    "{\"additionalProperties\":true,\"type\":\"object\"}]},\"type\":\"array\"}],"                 \
    "\"title\":\"Content\"},\"additional_kwargs\":" MAP(                                          \
        "Additional Kwargs") ",\"response_"                                                       \
                             "metadata\":" MAP("R"                                                \
                                               "e"                                                \
                                               "s"                                                \
                                               "p"                                                \
                                               "o"                                                \
                                               "n"                                                \
                                               "s"                                                \
                                               "e"                                                \
                                               " "                                                \
                                               "M"                                                \
                                               "e"                                                \
                                               "t"                                                \
                                               "a"                                                \
                                               "d"                                                \
                                               "a"                                                \
                                               "t"                                                \
                                               "a") ",\"type\":" TEXT("Type") ",\"name"           \
                                                                              "\":{"              \
                                                                              "\"anyOf"           \
                                                                              "\":[{"             \
                                                                              "\"type"            \
                                                                              "\":"               \
                                                                              "\"strin"           \
                                                                              "g\"},{"            \
                                                                              "\"type"            \
                                                                              "\":"               \
                                                                              "\"null"            \
                                                                              "\"}],"             \
                                                                              "\"defau"           \
                                                                              "lt\":"             \
                                                                              "null,"             \
                                                                              "\"title"           \
                                                                              "\":"               \
                                                                              "\"Name"            \
                                                                              "\"},"              \
                                                                              "\"id\":"           \
                                                                              "{\"anyO"           \
                                                                              "f\":[{"            \
                                                                              "\"type"            \
                                                                              "\":"               \
                                                                              "\"strin"           \
                                                                              "g\"},{"            \
                                                                              "\"type"            \
                                                                              "\":"               \
                                                                              "\"null"            \
                                                                              "\"}],"             \
                                                                              "\"defau"           \
                                                                              "lt\":"             \
                                                                              "null,"             \
                                                                              "\"title"           \
                                                                              "\":"               \
                                                                              "\"Id\"}"

static const struct class_row {
    const char *title, *type; /* type NULL: not one of its own */
    const char *members;      /* the properties, without braces */
    const char *required;     /* what must be there */
    int more;                 /* additionalProperties: true */
} classes[] = {
    {"Document", "Document",
     "\"id\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}],\"default\":null,\"title\":"
     "\"Id\"},"
     "\"metadata\":" MAP("Metadata") ",\"page_content\":" TEXT("Page Content") TYPE,
     "[\"page_content\"]", 0},
    {"AgentAction", "AgentAction", ACTION TYPE, "[\"tool\",\"tool_input\",\"log\"]", 0},
    {"AgentActionMessageLog", "AgentActionMessageLog",
     ACTION TYPE ",\"message_log\":{\"items\":" REFERENCE(
         "BaseMessage") ",\"title\":\"Message Log\",\"type\":\"array\"}",
     "[\"tool\",\"tool_input\",\"log\",\"message_log\"]", 0},
    {"AgentFinish", "AgentFinish",
     "\"return_values\":" MAP("Return Values") ",\"log\":" TEXT("Log") TYPE,
     "[\"return_values\",\"log\"]", 0},
    {"Generation", "Generation", "\"text\":" TEXT("Text") "," INFO TYPE, "[\"text\"]", 0},
    {"ChatGeneration", "ChatGeneration",
     "\"text\":" CHAT_TEXT "," INFO TYPE ",\"message\":" REFERENCE("BaseMessage"), "[\"message\"]",
     0},
    {"ChatGenerationChunk", "ChatGenerationChunk",
     "\"text\":" CHAT_TEXT "," INFO TYPE ",\"message\":" REFERENCE("BaseMessageChunk"),
     "[\"message\"]", 0},
    {"LLMResult", "LLMResult",
     "\"generations\":{\"items\":{\"items\":{\"anyOf\":[" REFERENCE("Generation") "," REFERENCE(
         "Ch"
         "at"
         "Ge"
         "ne"
         "ra"
         "ti"
         "o"
         "n") "," REFERENCE("ChatGenerationChunk") "]},\"type\":\"array\"},\"title\":"
                                                   "\"Generations\",\"type\":"
                                                   "\"array\"},"
                                                   "\"llm_output\":" OPTIONAL_MAP(
                                                       "Llm Output") ",\"run\":{\"anyOf\":["
                                                                     "{\"items\""
                                                                     ":" REFERENCE(
                                                                         "RunInfo") ",\"typ"
                                                                                    "e\":"
                                                                                    "\"arra"
                                                                                    "y\"},{"
                                                                                    "\"type"
                                                                                    "\":"
                                                                                    "\"null"
                                                                                    "\"}],"
                                                                                    "\"defa"
                                                                                    "ult\":"
                                                                                    "null,"
                                                                                    "\"titl"
                                                                                    "e\":"
                                                                                    "\"Run"
                                                                                    "\""
                                                                                    "}" TYPE,
     "[\"generations\"]", 0},
    {"RunInfo", NULL, "\"run_id\":{\"format\":\"uuid\",\"title\":\"Run Id\",\"type\":\"string\"}",
     "[\"run_id\"]", 0},
    {"BaseMessage", NULL, BASE_MESSAGE, "[\"content\",\"type\"]", 1},
    {"BaseMessageChunk", NULL, BASE_MESSAGE, "[\"content\",\"type\"]", 1},
};

static json_t *class_schema(const struct class_row *row)
{
    json_t *text = json_sprintf("{%s}", row->members);
    json_t *properties = json_loads(json_string_value(text), 0, NULL);
    json_decref(text);
    if (row->type)
        json_object_set_new(properties, "type", well_known_type(row->type));
    json_t *schema =
        json_pack("{s:o,s:o,s:s,s:s}", "properties", properties, "required",
                  json_loads(row->required, 0, NULL), "title", row->title, "type", "object");
    if (row->more)
        json_object_set_new(schema, "additionalProperties", json_true());
    return schema;
}

json_t *well_known_any(const char *title)
{
    json_t *message = well_known_message(title), *defs = json_object_get(message, "$defs");
    json_t *members = json_object_get(message, "oneOf");
    well_known_add_defs(defs);
    json_array_append_new(members, well_known_reference("StringPromptValue"));
    json_array_append_new(members, well_known_reference("ChatPromptValueConcrete"));
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        json_object_set_new(defs, classes[i].title, class_schema(&classes[i]));
        if (classes[i].type)
            json_array_append_new(members, well_known_reference(classes[i].title));
    }
    return message;
}

struct schema *well_known_compile(void)
{
    struct schema *schema = NULL;
    char why[256];
    json_t *json = well_known_any("WellKnown");
    enum ls_err err = schema_compile(&schema, json, why);
    assert(!err);
    json_decref(json);
    return err ? NULL : schema;
}

static json_t *revive(struct decode *decode, const struct node *known, json_t *value);

static json_t *revive_list(struct decode *decode, const struct node *known, json_t *value)
{
    json_t *made = json_array(), *item;
    size_t i;
    json_array_foreach(value, i, item)
        json_array_append_new(made, revive(decode, known, item));
    return made;
}

/* First what is within it, then itself; an object that was made is no map for what is around. */
static json_t *revive_map(struct decode *decode, const struct node *known, json_t *value)
{
    json_t *made = json_object(), *member;
    const char *key;
    json_object_foreach(value, key, member)
        json_object_set_new(made, key, revive(decode, known, member));
    json_t *object = decode_node(decode, known, made, NULL);
    if (!object)
        return made;
    json_decref(made);
    decode_note_object(decode, object);
    return object;
}

static json_t *revive(struct decode *decode, const struct node *known, json_t *value)
{
    if (decode->depth >= DECODE_MAX_DEPTH)
        return json_incref(value);
    decode->depth++;
    json_t *made = json_is_object(value)  ? revive_map(decode, known, value)
                   : json_is_array(value) ? revive_list(decode, known, value)
                                          : json_incref(value);
    decode->depth--;
    return made;
}

json_t *well_known_decode(const struct schema *known, json_t *value)
{
    struct decode decode = {.match = {MATCH_EXACT, -1}};
    json_t *made = revive(&decode, known->root, value);
    memo_free(&decode);
    return made;
}

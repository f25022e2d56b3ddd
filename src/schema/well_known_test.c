#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "schema/schema.h"
#include "schema/well_known.h"

static const char *const names[] = {
    "AIMessage",         "HumanMessage",       "ChatMessage",          "SystemMessage",
    "FunctionMessage",   "ToolMessage",        "AIMessageChunk",       "HumanMessageChunk",
    "ChatMessageChunk",  "SystemMessageChunk", "FunctionMessageChunk", "ToolMessageChunk",
    "ToolCall",          "InvalidToolCall",    "ToolCallChunk",        "UsageMetadata",
    "InputTokenDetails", "OutputTokenDetails",
};

enum { NAME_COUNT = sizeof names / sizeof *names };

/* Decodes the JSON `value` with `json` (taken over); the answer as text, free() it. */
static char *decoded(json_t *json, const char *value)
{
    struct schema *schema = NULL;
    char why[256];
    json_t *given = json_loads(value, JSON_DECODE_ANY, NULL), *out, *errors;
    assert_int_equal(schema_compile(&schema, json, why), LS_OK);
    enum ls_err err = schema_decode(schema, given, &out, &errors);
    char *text = json_dumps(err ? errors : out, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(given);
    json_decref(out);
    json_decref(errors);
    json_decref(json);
    schema_free(&schema);
    return text;
}

static void expect(json_t *json, const char *value, const char *want)
{
    char *text = decoded(json, value);
    assert_string_equal(text, want);
    free(text);
}

static void all_definitions_are_there(void **state)
{
    (void)state;
    json_t *schema = well_known_message("FakeListChatModelOutput");
    json_t *defs = json_object_get(schema, "$defs");
    assert_int_equal(json_object_size(defs), NAME_COUNT);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        const char *title =
            json_string_value(json_object_get(json_object_get(defs, names[i]), "title"));
        assert_string_equal(title, names[i]);
    }
    assert_int_equal(json_array_size(json_object_get(schema, "oneOf")), 12);
    json_decref(schema);
}

static void definitions_are_shared_unless_a_schema_has_its_own(void **state)
{
    (void)state;
    static const char human[] = "{\"type\":\"human\",\"content\":\"Hi\",\"x\":1}";
    json_t *schema = well_known_message("One"), *other = well_known_model_input("Other");
    json_t *defs = json_object_get(schema, "$defs");
    for (size_t i = 0; i < NAME_COUNT; i++)
        assert_ptr_equal(json_object_get(defs, names[i]),
                         json_object_get(json_object_get(other, "$defs"), names[i]));
    json_decref(other);
    json_object_set_new(schema, "oneOf", json_pack("[{s:s}]", "$ref", "#/$defs/HumanMessage"));
    json_object_set_new(defs, "HumanMessage",
                        json_pack("{s:{s:{s:s}},s:s}", "properties", "content", "type", "string",
                                  "type", "object"));
    expect(schema, human, "{\"content\":\"Hi\"}");
    expect(well_known_message("Again"), human,
           "{\"content\":\"Hi\",\"additional_kwargs\":{},\"response_metadata\":{},"
           "\"type\":\"human\",\"name\":null,\"id\":null,\"x\":1}");
}

static void definitions_are_moved_out(void **state)
{
    (void)state;
    json_t *schema = well_known_prompt_output("ChatPromptTemplateOutput");
    json_t *defs = well_known_take_defs(schema);
    assert_int_equal(json_object_size(defs), NAME_COUNT + 2);
    assert_null(json_object_get(schema, "$defs"));
    assert_null(well_known_take_defs(schema));
    json_decref(defs);
    json_decref(schema);
}

static void a_message_list_is_a_property(void **state)
{
    (void)state;
    json_t *defs = NULL, *list = well_known_message_list("History", &defs);
    json_t *schema = json_pack("{s:o,s:{s:o},s:s,s:s}", "$defs", defs, "properties", "history",
                               list, "title", "PromptInput", "type", "object");
    expect(schema, "{\"history\":[{\"type\":\"system\",\"content\":\"s\"}]}",
           "{\"history\":[{\"content\":\"s\",\"additional_kwargs\":{},\"response_metadata\":{},"
           "\"type\":\"system\",\"name\":null,\"id\":null}]}");
}

static void messages_come_out_whole(void **state)
{
    (void)state;
    expect(well_known_message("M"), "{\"type\":\"human\",\"foo\":1,\"content\":\"x\"}",
           "{\"content\":\"x\",\"additional_kwargs\":{},\"response_metadata\":{},"
           "\"type\":\"human\",\"name\":null,\"id\":null,\"foo\":1}");
    expect(well_known_message("M"), "{\"type\":\"tool\",\"content\":5,\"tool_call_id\":7}",
           "{\"content\":\"5\",\"additional_kwargs\":{},\"response_metadata\":{},"
           "\"type\":\"tool\",\"name\":null,\"id\":null,\"tool_call_id\":\"7\",\"artifact\":null,"
           "\"status\":\"success\"}");
}

static void tool_calls_get_their_type(void **state)
{
    (void)state;
    expect(well_known_message("M"),
           "{\"type\":\"ai\",\"content\":\"\","
           "\"tool_calls\":[{\"name\":\"f\",\"args\":{\"q\":\"1\"},\"id\":\"c\"}]}",
           "{\"content\":\"\",\"additional_kwargs\":{},\"response_metadata\":{},\"type\":\"ai\","
           "\"name\":null,\"id\":null,\"tool_calls\":[{\"name\":\"f\",\"args\":{\"q\":\"1\"},"
           "\"id\":\"c\",\"type\":\"tool_call\"}],\"invalid_tool_calls\":[],"
           "\"usage_metadata\":null}");
}

static void pieces_of_tool_calls_become_calls(void **state)
{
    (void)state;
    char *text = decoded(well_known_message("M"),
                         "{\"type\":\"AIMessageChunk\",\"content\":\"\",\"tool_call_chunks\":["
                         "{\"name\":\"f\",\"args\":\"{\\\"a\\\":1}\"},{\"args\":\"{\"}]}");
    assert_non_null(strstr(text, "\"tool_calls\":[{\"name\":\"f\",\"args\":{\"a\":1},\"id\":null,"
                                 "\"type\":\"tool_call\"}"));
    free(text);
}

static void model_inputs_are_unions(void **state)
{
    (void)state;
    expect(well_known_model_input("I"), "\"hello\"", "\"hello\"");
    expect(well_known_model_input("I"), "[]", "[]");
    expect(well_known_model_input("I"), "{\"text\":\"x\"}",
           "{\"text\":\"x\",\"type\":\"StringPromptValue\"}");
    expect(well_known_model_input("I"), "{\"messages\":[]}",
           "{\"messages\":[],\"type\":\"ChatPromptValueConcrete\"}");
}

static void model_inputs_are_refused_by_member(void **state)
{
    (void)state;
    char *text = decoded(well_known_model_input("I"), "[{\"type\":\"robot\"}]");
    static const char *const wanted[] = {
        "\"loc\":[\"str\"]",
        "\"loc\":[\"StringPromptValue\"]",
        "\"loc\":[\"ChatPromptValueConcrete\"]",
        "\"type\":\"union_tag_invalid\",\"loc\":[\"list[tagged-union[AIMessage,HumanMessage,"
        "ChatMessage,SystemMessage,FunctionMessage,ToolMessage,"
        "function-after[init_server_tool_calls(), function-after[init_tool_calls(), "
        "AIMessageChunk]],HumanMessageChunk,ChatMessageChunk,SystemMessageChunk,"
        "FunctionMessageChunk,ToolMessageChunk]]\",0]",
        "Input tag 'robot' found using _get_type() does not match any of the expected tags: "
        "'ai', 'human', 'chat', 'system', 'function', 'tool', 'AIMessageChunk'",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_non_null(strstr(text, wanted[i]));
    free(text);
}

static void errors_in_messages_name_the_type(void **state)
{
    (void)state;
    char *text = decoded(well_known_message("M"), "{\"type\":\"human\",\"content\":[1]}");
    assert_non_null(strstr(text, "[\"human\",\"content\",\"list[union[str,dict[any,any]]]\",0,"
                                 "\"dict[any,any]\"]"));
    free(text);
    expect(well_known_message("M"), "5",
           "[{\"type\":\"union_tag_not_found\",\"loc\":[],\"msg\":\"Unable to extract tag using "
           "discriminator _get_type()\",\"input\":5,\"ctx\":{\"discriminator\":\"_get_type()\"},"
           "\"url\":\"https://errors.pydantic.dev/2.14/v/union_tag_not_found\"}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_definitions_are_there),
        cmocka_unit_test(definitions_are_shared_unless_a_schema_has_its_own),
        cmocka_unit_test(definitions_are_moved_out),
        cmocka_unit_test(a_message_list_is_a_property),
        cmocka_unit_test(messages_come_out_whole),
        cmocka_unit_test(tool_calls_get_their_type),
        cmocka_unit_test(pieces_of_tool_calls_become_calls),
        cmocka_unit_test(model_inputs_are_unions),
        cmocka_unit_test(model_inputs_are_refused_by_member),
        cmocka_unit_test(errors_in_messages_name_the_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

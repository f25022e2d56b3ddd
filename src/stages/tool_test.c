#include "stages/tool.h"

#include "stages/probe.h"

static struct stand stand;

/* A tool `name` with the arguments a (an integer) and b (2 if it is not given). */
static struct runnable *named_tool(const char *name, const char *body)
{
    json_auto_t *args = json_of("{\"properties\": {\"a\": {\"type\": \"integer\"}, \"b\": "
                                "{\"type\": \"integer\", \"default\": 2}}, \"required\": [\"a\"]}");
    const struct tool_options options = {.description = "Does it.", .args = args};
    struct runnable *tool = NULL;
    char why[256];
    assert_int_equal(tool_new(&tool, &options, tree_from(body), why), LS_OK);
    runnable_set_name(tool, name);
    return tool;
}

static void plays(const char *body, const char *input, const char *output)
{
    struct runnable *tool = named_tool("t", body);
    for (int streaming = 0; streaming < 2; streaming++) {
        play_on(&stand, tool, input, streaming);
        if (output)
            assert_gave(&stand, output);
        else
            assert_failed(&stand, LS_BAD_VALUE);
    }
    runnable_rele(tool);
}

static void test_arguments_are_checked_and_completed(void **state)
{
    (void)state;
    stand_init(&stand);
    plays("\"pass\"", "{\"a\": 1}", "{\"a\": 1, \"b\": 2}");
    plays("\"pass\"", "{\"b\": 3, \"a\": \"1\", \"c\": 4}", "{\"a\": 1, \"b\": 3}");
    plays("\"pass\"", "\"7\"", "{\"a\": 7, \"b\": 2}");
    plays("\"pass\"", "{}", NULL);
    plays("\"pass\"", "{\"a\": \"x\"}", NULL);
    plays("\"pass\"", "[1]", NULL);
    plays("\"pass\"", "null", NULL);
    stand_fini(&stand);
}

#define CALL(args) "{\"type\": \"tool_call\", \"name\": \"t\", \"id\": \"c1\", \"args\": " args "}"
#define ANSWER(content)                                                                          \
    "{\"content\": " content ", \"additional_kwargs\": {}, \"response_metadata\": {}, \"type\":" \
    " \"tool\", \"name\": \"t\", \"id\": null, \"tool_call_id\": \"c1\", \"artifact\": null,"    \
    " \"status\": \"success\"}"

static void test_a_call_is_answered_with_a_message(void **state)
{
    (void)state;
    stand_init(&stand);
    plays("{\"pick\": \"a\"}", CALL("{\"a\": 5}"), ANSWER("\"5\""));
    plays("\"pass\"", CALL("{\"a\": 5}"), ANSWER("\"{\\\"a\\\": 5, \\\"b\\\": 2}\""));
    plays("{\"value\": \"text\"}", CALL("{\"a\": 5}"), ANSWER("\"text\""));
    plays("{\"value\": [\"x\", {\"type\": \"text\", \"text\": \"y\"}]}", CALL("{\"a\": 5}"),
          ANSWER("[\"x\", {\"type\": \"text\", \"text\": \"y\"}]"));
    plays("{\"value\": [1, null]}", CALL("{\"a\": 5}"), ANSWER("\"[1, null]\""));
    plays("{\"value\": " ANSWER("\"own\"") "}", CALL("{\"a\": 5}"), ANSWER("\"own\""));
    plays("\"pass\"", CALL("{}"), NULL);
    stand_fini(&stand);
}

static void test_without_a_schema_any_input_will_do(void **state)
{
    (void)state;
    struct runnable *tool = tree_from("{\"bare_tool\": \"pass\"}");
    stand_init(&stand);
    play_on(&stand, tool, "{\"x\": [1]}", false);
    assert_gave(&stand, "{\"x\": [1]}");
    play_on(&stand, tool, "\"text\"", true);
    assert_gave(&stand, "\"text\"");
    runnable_rele(tool);
    stand_fini(&stand);
}

static void test_its_schema_is_that_of_its_arguments(void **state)
{
    (void)state;
    struct runnable *tool = named_tool("multiply", "\"pass\"");
    json_auto_t *schema = runnable_input_schema(tool);
    json_auto_t *made = tool->ops->serialized(tool);
    assert_json(schema, "{\"properties\": {\"a\": {\"type\": \"integer\", \"title\": \"A\"}, "
                        "\"b\": {\"type\": \"integer\", \"default\": 2, \"title\": \"B\"}}, "
                        "\"required\": [\"a\"], \"type\": \"object\", \"description\": "
                        "\"Does it.\", \"title\": \"multiply\"}");
    assert_json(made, "{\"name\": \"multiply\", \"description\": \"Does it.\"}");
    runnable_rele(tool);
}

static void test_a_schema_that_is_none_is_refused(void **state)
{
    (void)state;
    json_auto_t *args = json_of("{\"properties\": {\"a\": {\"type\": \"nonsense\"}}}");
    struct runnable *tool = NULL;
    char why[256];
    enum ls_err err =
        tool_new(&tool, &(struct tool_options){.args = args}, tree_from("\"pass\""), why);
    assert_int_equal(err, LS_BAD_CONFIG);
    assert_non_null(strstr(why, "nonsense"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments_are_checked_and_completed),
        cmocka_unit_test(test_a_call_is_answered_with_a_message),
        cmocka_unit_test(test_without_a_schema_any_input_will_do),
        cmocka_unit_test(test_its_schema_is_that_of_its_arguments),
        cmocka_unit_test(test_a_schema_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

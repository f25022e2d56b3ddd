#include "run/prompt_text.h"

#include "run/run_stand.h"

/* What LangChain's get_buffer_string() makes of them; NULL: refused. */
static const struct {
    const char *input, *text;
} rows[] = {
    {"\"hi\"", "hi"},
    {"\"\"", ""},
    {"{\"text\": \"t\", \"type\": \"StringPromptValue\"}", "t"},
    {"[]", ""},
    {"[[\"human\", \"a\"], [\"ai\", \"b\"], [\"system\", \"c\"]]", "Human: a\nAI: b\nSystem: c"},
    {"{\"messages\": [[\"human\", \"a\"]], \"type\": \"ChatPromptValueConcrete\"}", "Human: a"},
    {"[{\"type\": \"AIMessageChunk\", \"content\": \"x\"}]", "AI: x"},
    {"[{\"type\": \"chat\", \"role\": \"boss\", \"content\": \"do\"},"
     " {\"type\": \"tool\", \"content\": \"3\", \"tool_call_id\": \"c\"},"
     " {\"type\": \"function\", \"content\": \"4\", \"name\": \"f\"}]",
     "boss: do\nTool: 3\nFunction: 4"},
    {"[{\"type\": \"human\", \"content\": [{\"type\": \"text\", \"text\": \"a\"},"
     " {\"type\": \"image_url\", \"image_url\": {\"url\": \"u\"}}]}]",
     "Human: a"},
    {"[{\"type\": \"ai\", \"content\": \"x\", \"tool_calls\": [{\"name\": \"add\", \"args\":"
     " {\"a\": 1, \"b\": [null, true, \"q'\"]}, \"id\": \"c1\", \"type\": \"tool_call\"}]}]",
     "AI: x[{'name': 'add', 'args': {'a': 1, 'b': [None, True, \"q'\"]}, 'id': 'c1', 'type': "
     "'tool_call'}]"},
    {"[{\"type\": \"ai\", \"content\": \"\", \"additional_kwargs\": {\"function_call\":"
     " {\"name\": \"f\", \"arguments\": \"{}\"}}}]",
     "AI: {'name': 'f', 'arguments': '{}'}"},
    {"[{\"type\": \"chat\", \"content\": \"no role\"}]", NULL},
    {"[5]", NULL},
    {"5", NULL},
    {"null", NULL},
    {"{}", NULL},
};

static void test_inputs_as_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_auto_t *input = json_of(rows[i].input);
        json_t *text = NULL;
        const char *why = NULL;
        enum ls_err err = prompt_text(&text, input, &why);
        assert_int_equal(err, rows[i].text ? LS_OK : LS_BAD_VALUE);
        if (rows[i].text)
            assert_string_equal(json_string_value(text), rows[i].text);
        else
            assert_non_null(why);
        json_decref(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_inputs_as_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "run/message.h"

#include "run/run_stand.h"

static void test_made_messages(void **state)
{
    (void)state;
    json_auto_t *whole = message_ai("hi", 2, "id"), *piece = message_ai_chunk("hi", 1, NULL);
    json_auto_t *text = json_string("x"), *plain = message_plain("human", text);
    assert_json(whole, "{\"content\": \"hi\", \"additional_kwargs\": {}, \"response_metadata\": {},"
                       " \"type\": \"ai\", \"name\": null, \"id\": \"id\", \"tool_calls\": [],"
                       " \"invalid_tool_calls\": [], \"usage_metadata\": null}");
    assert_string_equal(json_string_value(json_object_get(piece, "content")), "h");
    assert_true(json_is_null(json_object_get(piece, "id")));
    assert_true(message_is_chunk(piece));
    assert_false(message_is_chunk(whole));
    assert_false(message_is_chunk(text));
    assert_json(plain, "{\"content\": \"x\", \"additional_kwargs\": {}, \"response_metadata\": {},"
                       " \"type\": \"human\", \"name\": null, \"id\": null}");
}

static void test_text_of_messages(void **state)
{
    (void)state;
    static const struct {
        const char *value, *text; /* NULL: no text */
    } rows[] = {
        {"\"x\"", "x"},
        {"{\"content\": \"x\"}", "x"},
        {"{\"content\": [\"x\", {\"type\": \"text\", \"text\": \"y\"}, {\"type\": \"image\"}, 1]}",
         "xy"},
        {"{\"content\": []}", ""},
        {"[\"x\", \"y\"]", NULL},
        {"[]", NULL},
        {"{\"content\": null}", NULL},
        {"{}", NULL},
        {"1", NULL},
        {"null", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_auto_t *value = json_of(rows[i].value);
        struct buf text;
        buf_init(&text, 100);
        assert_int_equal(message_add_text(&text, value), rows[i].text != NULL);
        assert_string_equal(buf_str(&text), rows[i].text ? rows[i].text : "");
        buf_fini(&text);
    }
}

/* The type and content of each message, or "no". */
static void test_ways_to_write_messages(void **state)
{
    (void)state;
    static const struct {
        const char *input, *messages;
    } rows[] = {
        {"\"hi\"", "[[\"human\", \"hi\"]]"},
        {"[]", "[]"},
        {"[\"a\", \"b\"]", "[[\"human\", \"a\"], [\"human\", \"b\"]]"},
        {"[\"user\", \"b\"]", "[[\"human\", \"user\"], [\"human\", \"b\"]]"},
        {"[[\"system\", \"a\"], [\"assistant\", \"b\"]]", "[[\"system\", \"a\"], [\"ai\", \"b\"]]"},
        {"{\"role\": \"user\", \"content\": \"a\"}", "[[\"human\", \"a\"]]"},
        {"{\"role\": \"developer\", \"content\": [\"a\"]}", "[[\"system\", [\"a\"]]]"},
        {"{\"type\": \"human\", \"content\": \"a\"}", "[[\"human\", \"a\"]]"},
        {"{\"type\": \"user\", \"content\": \"a\"}", "[[\"human\", \"a\"]]"},
        {"{\"type\": \"assistant\", \"content\": \"a\"}", "[[\"ai\", \"a\"]]"},
        {"{\"messages\": [\"a\"]}", "[[\"human\", \"a\"]]"},
        {"{\"messages\": [\"a\"], \"type\": \"ChatPromptValue\"}", "[[\"human\", \"a\"]]"},
        {"{\"text\": \"a\", \"type\": \"StringPromptValue\"}", "[[\"human\", \"a\"]]"},
        {"{\"type\": \"AIMessageChunk\", \"content\": \"a\"}", "[[\"AIMessageChunk\", \"a\"]]"},
        {"{\"type\": \"tool\", \"content\": \"a\", \"tool_call_id\": \"c\"}",
         "[[\"tool\", \"a\"]]"},
        {"{\"role\": \"assistant\", \"content\": null}", "[[\"ai\", \"\"]]"},
        {"{\"role\": \"function\", \"content\": \"a\", \"name\": \"f\"}",
         "[[\"function\", \"a\"]]"},
        {"{\"role\": \"function\", \"content\": \"a\"}", NULL},
        {"{\"role\": \"tool\", \"content\": \"a\"}", NULL},
        {"[[\"tool\", \"a\"]]", NULL},
        {"[[\"human\", null]]", NULL},
        {"{\"role\": \"user\", \"content\": 5}", NULL},
        {"{\"role\": \"user\", \"content\": [5]}", NULL},
        {"null", NULL},
        {"1", NULL},
        {"{}", NULL},
        {"[1]", NULL},
        {"[[\"nobody\", \"a\"]]", NULL},
        {"{\"type\": \"nobody\", \"content\": \"a\"}", NULL},
        {"{\"role\": \"user\"}", NULL},
        {"{\"text\": \"a\"}", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_auto_t *input = json_of(rows[i].input), *pairs = json_array();
        json_t *messages = NULL, *message;
        const char *why = NULL;
        size_t at;
        enum ls_err err = message_list(&messages, input, &why);
        assert_int_equal(err, rows[i].messages ? LS_OK : LS_BAD_VALUE);
        assert_int_equal(why != NULL, err != LS_OK);
        json_array_foreach(messages, at, message)
            json_array_append_new(pairs, json_pack("[O,O]", json_object_get(message, "type"),
                                                   json_object_get(message, "content")));
        assert_json(pairs, rows[i].messages ? rows[i].messages : "[]");
        json_decref(messages);
    }
}

/* The message's `tool_calls`, or "no" where it is refused. */
static void test_calls_as_openai_writes_them(void **state)
{
    (void)state;
    static const struct {
        const char *calls, *read;
    } rows[] = {
        {"[]", "[]"},
        {"[{\"id\": \"1\", \"type\": \"function\","
         "  \"function\": {\"name\": \"f\", \"arguments\": \"{\\\"a\\\": [1]}\"}}]",
         "[{\"name\": \"f\", \"args\": {\"a\": [1]}, \"id\": \"1\", \"type\": \"tool_call\"}]"},
        {"[{\"function\": {\"name\": \"f\", \"arguments\": {}}}]",
         "[{\"name\": \"f\", \"args\": {}, \"id\": null, \"type\": \"tool_call\"}]"},
        {"[{\"name\": \"f\", \"args\": {}, \"id\": \"1\"}]",
         "[{\"name\": \"f\", \"args\": {}, \"id\": \"1\", \"type\": \"tool_call\"}]"},
        {"null", "[]"},
        {"[{\"function\": {\"name\": \"f\", \"arguments\": \"{no\"}}]", "\"no\""},
        {"[{\"function\": {\"name\": \"f\", \"arguments\": \"[]\"}}]", "\"no\""},
        {"[{\"function\": {\"name\": \"f\"}}]", "\"no\""},
        {"[{\"function\": {\"arguments\": \"{}\"}}]", "\"no\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_auto_t *given = json_pack("{s:s,s:n,s:o}", "role", "assistant", "content",
                                       "tool_calls", json_of(rows[i].calls));
        json_auto_t *read = message_read(given), *no = json_string("no");
        assert_json(read ? json_object_get(read, "tool_calls") : no, rows[i].read);
    }
}

static void test_developers(void **state)
{
    (void)state;
    json_auto_t *given = json_of("{\"role\": \"developer\", \"content\": \"a\","
                                 " \"additional_kwargs\": {\"b\": 1}}");
    json_auto_t *read = message_read(given);
    assert_json(json_object_get(read, "additional_kwargs"),
                "{\"b\": 1, \"__openai_role__\": \"developer\"}");
    assert_string_equal(json_string_value(json_object_get(read, "type")), "system");
}

static void test_what_was_given_stays_as_it_was(void **state)
{
    (void)state;
    static const char text[] = "{\"role\": \"user\", \"content\": \"a\", \"name\": \"n\"}";
    json_auto_t *given = json_of(text);
    json_auto_t *read = message_read(given);
    assert_json(given, text);
    assert_string_equal(json_string_value(json_object_get(read, "name")), "n");
    assert_null(json_object_get(read, "role"));
    json_auto_t *wire = message_ai("a", 1, NULL);
    json_auto_t *again = message_read(wire);
    assert_ptr_equal(again, wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_messages),
        cmocka_unit_test(test_text_of_messages),
        cmocka_unit_test(test_ways_to_write_messages),
        cmocka_unit_test(test_calls_as_openai_writes_them),
        cmocka_unit_test(test_developers),
        cmocka_unit_test(test_what_was_given_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

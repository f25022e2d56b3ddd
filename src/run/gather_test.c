/* The sums of messages are LangChain's (langchain-core 1.7): each row was made with it. */
#include "run/gather.h"

#include "run/gather_node.h"
#include "run/run_stand.h"

/* Joins chunks given as "+" (adds), "=" (replaces) or "=1", "=2" (below keys) and a value. */
static json_t *join(const char *const *chunks)
{
    struct gather gather;
    gather_init(&gather);
    for (; *chunks; chunks++) {
        const char *text = *chunks + 1;
        int replaces = **chunks == '+' ? CHUNK_ADDS : CHUNK_REPLACES;
        if (**chunks == '=' && *text >= '1' && *text <= '9' && text[1] == ' ')
            replaces = *text++ - '0';
        json_auto_t *value = json_of(text);
        gather_add(&gather, &(struct chunk){.value = value, .replaces = replaces});
    }
    return gather_take(&gather);
}

struct row {
    const char *chunks[7];
    const char *sum;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_auto_t *sum = join(rows[i].chunks);
        assert_json(sum, rows[i].sum);
    }
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof(rows)[0])

static void test_plain_values(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{NULL}, NULL},
        {{"+\"a\""}, "\"a\""},
        {{"+\"a\"", "+\"b\"", "+\"\"", "+\"c\""}, "\"abc\""},
        {{"+\"a\\u0000\"", "+\"\\u0000b\""}, "\"a\\u0000\\u0000b\""},
        {{"+[1]", "+[]", "+[[2], 3]"}, "[1, [2], 3]"},
        {{"+1", "+2"}, "3"},
        {{"+1", "+0.5"}, "1.5"},
        {{"+9223372036854775807", "+1"}, "9223372036854775808.0"},
        {{"+null", "+\"a\"", "+null"}, "\"a\""},
        {{"+\"a\"", "+[1]"}, "[1]"},
        {{"+true", "+false"}, "false"},
        {{"+{\"a\": 1}", "+\"x\"", "+{\"b\": 1}"}, "{\"b\": 1}"},
        {{"+{\"a\": \"x\", \"n\": 1}", "+{\"b\": \"y\"}", "+{\"a\": \"z\", \"n\": 2}"},
         "{\"a\": \"xz\", \"n\": 3, \"b\": \"y\"}"},
        {{"+{\"a\": {\"b\": [1]}}", "+{\"a\": {\"b\": [2], \"c\": \"t\"}}", "+{\"a\": {}}"},
         "{\"a\": {\"b\": [1, 2], \"c\": \"t\"}}"},
        {{"+{\"a\": null}", "+{\"a\": 1}", "+{\"a\": null}"}, "{\"a\": 1}"},
    };
    CHECK(rows);
}

static void test_replacing(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{"=\"a\"", "=\"b\""}, "\"b\""},
        {{"=[1]", "=[1, 2]", "+[3]"}, "[1, 2, 3]"},
        {{"+\"a\"", "+\"b\"", "=\"c\"", "+\"d\""}, "\"cd\""},
        {{"+{\"a\": \"x\", \"b\": \"y\"}", "=1 {\"a\": \"z\"}"}, "{\"a\": \"z\", \"b\": \"y\"}"},
        {{"=1 {\"a\": {\"k\": 1}}", "+{\"b\": \"t\"}", "=1 {\"a\": {\"l\": 1}}", "+{\"b\": \"u\"}"},
         "{\"a\": {\"l\": 1}, \"b\": \"tu\"}"},
        {{"=2 {\"a\": {\"k\": [1], \"l\": 1}}", "=2 {\"a\": {\"k\": [2]}}",
          "+{\"a\": {\"k\": [3]}}"},
         "{\"a\": {\"k\": [2, 3], \"l\": 1}}"},
        {{"+\"a\"", "=1 {\"a\": 1}"}, "{\"a\": 1}"},
        {{"+{\"a\": 1}", "=1 \"x\""}, "\"x\""},
        {{"+{\"a\": 1}", "=null"}, "null"},
        {{"+{\"a\": 1}", "={}"}, "{}"},
        {{"+{\"a\": 1}", "=1 {}"}, "{\"a\": 1}"},
    };
    CHECK(rows);
}

#define M(fields) "+{\"type\": \"AIMessageChunk\", " fields "}"
#define MS(fields) "{\"type\": \"AIMessageChunk\", " fields "}"

static void test_message_content_and_ids(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{M("\"content\": \"a\", \"id\": null"), M("\"content\": \"b\", \"id\": \"lc_1\""),
          M("\"content\": \"\", \"id\": \"lc_run--1\""), M("\"content\": \"c\", \"id\": \"p\"")},
         MS("\"content\": \"abc\", \"id\": \"p\"")},
        {{M("\"content\": \"\", \"id\": \"p\""), M("\"content\": \"\", \"id\": \"q\""),
          M("\"content\": \"\", \"id\": \"lc_run--1\"")},
         MS("\"content\": \"\", \"id\": \"p\"")},
        {{M("\"content\": \"a\""), M("\"content\": [\"b\"]"), M("\"content\": \"c\"")},
         MS("\"content\": [\"a\", \"bc\"]")},
        {{M("\"content\": [{\"type\": \"text\", \"text\": \"a\", \"index\": 0}]"),
          M("\"content\": [{\"type\": \"text\", \"text\": \"b\", \"index\": 0}]"),
          M("\"content\": [{\"type\": \"text\", \"text\": \"c\", \"index\": 1}]")},
         MS("\"content\": [{\"type\": \"text\", \"text\": \"ab\", \"index\": 0},"
            " {\"type\": \"text\", \"text\": \"c\", \"index\": 1}]")},
        {{M("\"content\": \"a\""),
          M("\"content\": [{\"type\": \"text\", \"text\": \"b\", \"index\": 0},"
            " {\"type\": \"r\", \"r\": \"c\", \"index\": 0}]")},
         MS("\"content\": [\"a\", {\"type\": \"text\", \"text\": \"b\", \"index\": 0},"
            " {\"type\": \"r\", \"r\": \"c\", \"index\": 0}]")},
        {{M("\"content\": \"a\", \"chunk_position\": null"),
          M("\"content\": \"\", \"chunk_position\": \"last\""),
          M("\"content\": \"\", \"chunk_position\": null")},
         MS("\"content\": \"a\", \"chunk_position\": \"last\"")},
    };
    CHECK(rows);
}

static void test_usage_and_metadata(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {{M("\"usage_metadata\": null"),
          M("\"usage_metadata\": {\"input_tokens\": 1, \"output_tokens\": 2, \"total_tokens\": 3}"),
          M("\"usage_metadata\": {\"input_tokens\": 0, \"output_tokens\": 4, \"total_tokens\": 4,"
            " \"output_token_details\": {\"reasoning\": 1}}")},
         MS("\"usage_metadata\": {\"input_tokens\": 1, \"output_tokens\": 6, \"total_tokens\": 7,"
            " \"output_token_details\": {\"reasoning\": 1}}")},
        {{M("\"response_metadata\": {\"model_provider\": \"openai\", \"s\": \"a\", \"n\": 2}"),
          M("\"response_metadata\": {\"model_provider\": \"openai\", \"s\": \"b\", \"n\": 2}"),
          M("\"response_metadata\": {\"s\": null, \"n\": 3, \"created\": 1}"),
          M("\"response_metadata\": {\"created\": 2, \"id\": \"i\"}"),
          M("\"response_metadata\": {\"id\": \"i\", \"index\": 4}")},
         MS("\"response_metadata\": {\"model_provider\": \"openai\", \"s\": \"ab\", \"n\": 5,"
            " \"created\": 2, \"id\": \"i\", \"index\": 4}")},
    };
    CHECK(rows);
}

#define T(fields) "\"tool_call_chunks\": [{\"type\": \"tool_call_chunk\", " fields "}]"

static void test_tool_calls(void **state)
{
    (void)state;
    const char *const chunks[] = {
        M("\"content\": \"\", " T(
            "\"name\": \"f\", \"args\": \"{\\\"a\", \"id\": \"c\", \"index\": 0")),
        M("\"content\": \"\", " T(
            "\"name\": null, \"args\": \"\\\": 1\", \"id\": null, \"index\": 0")),
        M("\"content\": \"\", " T("\"name\": \"g\", \"args\": \"[\", \"id\": \"d\", \"index\": 0")),
        NULL,
    };
    json_auto_t *sum = join(chunks);
    assert_json(json_object_get(sum, "tool_call_chunks"),
                "[{\"type\": \"tool_call_chunk\", \"name\": \"f\", \"args\": \"{\\\"a\\\": 1\","
                " \"id\": \"c\", \"index\": 0}, {\"type\": \"tool_call_chunk\", \"name\": \"g\","
                " \"args\": \"[\", \"id\": \"d\", \"index\": 0}]");
    assert_json(json_object_get(sum, "tool_calls"),
                "[{\"name\": \"f\", \"args\": {\"a\": 1}, \"id\": \"c\","
                " \"type\": \"tool_call\"}]");
    assert_json(json_object_get(sum, "invalid_tool_calls"),
                "[{\"name\": \"g\", \"args\": \"[\", \"id\": \"d\", \"error\": null,"
                " \"type\": \"invalid_tool_call\"}]");
}

static void test_what_was_pushed_does_not_change(void **state)
{
    (void)state;
    static const char text[] = "{\"a\": \"x\", \"l\": [1], \"o\": {\"k\": \"v\"}}";
    json_auto_t *value = json_of(text);
    struct gather gather;
    gather_init(&gather);
    json_t *seen[3];
    for (int i = 0; i < 3; i++) {
        gather_add(&gather, &(struct chunk){.value = value, .replaces = CHUNK_ADDS});
        seen[i] = gather_peek(&gather);
    }
    gather_fini(&gather);
    assert_json(value, text);
    assert_json(seen[0], text);
    assert_json(seen[1], "{\"a\": \"xx\", \"l\": [1, 1], \"o\": {\"k\": \"vv\"}}");
    assert_json(seen[2], "{\"a\": \"xxx\", \"l\": [1, 1, 1], \"o\": {\"k\": \"vvv\"}}");
    for (int i = 0; i < 3; i++)
        json_decref(seen[i]);
}

/* ---- cost ---- */

static size_t allocated; /* bytes that jansson asked for */

static void *count_alloc(size_t size)
{
    allocated += size;
    return malloc(size);
}

/* The bytes it takes to join `count` chunks. */
static size_t cost(const char *text, size_t count)
{
    json_auto_t *value = json_of(text);
    struct chunk chunk = chunk_adds(value);
    struct gather gather;
    gather_init(&gather);
    json_set_alloc_funcs(count_alloc, free);
    allocated = 0;
    for (size_t i = 0; i < count; i++)
        gather_add(&gather, &chunk);
    json_t *sum = gather_take(&gather);
    json_decref(sum);
    json_set_alloc_funcs(malloc, free);
    return allocated;
}

/* Ten times the chunks may cost twice that, for lists double their room; n² would be a hundred. */
static void test_cost_grows_with_what_is_joined(void **state)
{
    (void)state;
    static const char *const values[] = {
        "\"some text\"",
        "[1, 2]",
        "{\"a\": \"text\", \"b\": [1], \"c\": {\"d\": \"e\"}}",
        "{\"type\": \"AIMessageChunk\", \"content\": \"text\", \"id\": \"p\"}",
        "{\"type\": \"AIMessageChunk\", \"content\": [{\"text\": \"t\", \"index\": 0}],"
        " \"usage_metadata\": {\"total_tokens\": 1}}",
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        size_t few = cost(values[i], 2000), many = cost(values[i], 20000);
        assert_true(many < 20 * few);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_values),
        cmocka_unit_test(test_replacing),
        cmocka_unit_test(test_message_content_and_ids),
        cmocka_unit_test(test_usage_and_metadata),
        cmocka_unit_test(test_tool_calls),
        cmocka_unit_test(test_what_was_pushed_does_not_change),
        cmocka_unit_test(test_cost_grows_with_what_is_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

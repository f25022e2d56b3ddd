#include "models/fake.h"
#include "run/run_stand.h"

static struct stand stand;

/* What a model of texts says to `input`, as a list of chunks. */
static json_t *answer(struct runnable *model, const char *input, bool streaming)
{
    json_auto_t *value = json_of(input);
    json_t *chunks = json_array(), *line;
    size_t i;
    stand_open(&stand, model, streaming);
    stand_push(&stand, value);
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    json_array_foreach(stand.out.story, i, line)
        json_array_append_new(chunks, json_of(json_string_value(line) + 1));
    return chunks;
}

static void check(struct fake_options options, const char *input, bool streaming,
                  const char *chunks)
{
    json_auto_t *responses = json_of("[\"one two\"]");
    options.responses = responses;
    struct runnable *model = fake_text_new(&options);
    json_auto_t *given = answer(model, input, streaming);
    assert_json(given, chunks);
    runnable_rele(model);
}

static void test_texts(void **state)
{
    (void)state;
    const struct fake_options words = {.unit = FAKE_WORDS, .error_after = -1};
    const struct fake_options whole = {.unit = FAKE_WHOLE, .error_after = -1};
    const struct fake_options echo = {.unit = FAKE_WHOLE, .error_after = -1, .echo = true};
    stand_init(&stand);
    check(words, "\"x\"", true, "[\"one \", \"two\"]");
    check(words, "\"x\"", false, "[\"one two\"]");
    check(whole, "[[\"human\", \"x\"]]", true, "[\"one two\"]");
    check(echo, "\"\"", true, "[\"\"]");
    check(echo, "[[\"human\", \"x\"], [\"ai\", \"y\"]]", true, "[\"Human: x\\nAI: y\"]");
    stand_fini(&stand);
}

static void test_failures(void **state)
{
    (void)state;
    const struct fake_options broken = {.error = "no", .error_after = -1};
    const struct fake_options after = {.unit = FAKE_WORDS, .error_after = 1};
    const struct fake_options well = {.error_after = -1};
    stand_init(&stand);
    check(broken, "\"x\"", true, "[]");
    assert_int_equal(stand.out.err, LS_UPSTREAM);
    check(after, "\"x\"", true, "[\"one \"]");
    assert_int_equal(stand.out.err, LS_UPSTREAM);
    check(after, "\"x\"", false, "[]");
    assert_int_equal(stand.out.err, LS_UPSTREAM);
    check(well, "5", false, "[]");
    assert_int_equal(stand.out.err, LS_BAD_VALUE);
    stand_fini(&stand);
}

static void test_names(void **state)
{
    (void)state;
    struct runnable *streaming = fake_text_new(&(struct fake_options){.error_after = -1});
    struct runnable *whole = fake_text_new(&(struct fake_options){.unit = FAKE_WHOLE});
    json_auto_t *schema = runnable_output_schema(streaming);
    assert_json(schema, "{\"title\": \"FakeStreamingListLLMOutput\", \"type\": \"string\"}");
    assert_string_equal(whole->name, "FakeListLLM");
    assert_false(whole->ops->streams);
    runnable_rele(streaming);
    runnable_rele(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "models/fake.h"

#include "run/run_stand.h"

static struct stand stand;

static int set_up(void **state)
{
    (void)state;
    stand_init(&stand);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stand_fini(&stand);
    return 0;
}

/* What a fake answers to "hi there": the contents of its chunks, as a list. */
static json_t *answer(struct runnable *fake, const char *input, bool streaming)
{
    json_auto_t *value = json_of(input);
    json_t *contents = json_array(), *line;
    size_t i;
    stand_open(&stand, fake, streaming);
    stand_push(&stand, value);
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    json_array_foreach(stand.out.story, i, line) {
        json_auto_t *chunk = json_of(json_string_value(line) + 1);
        json_array_append(contents, json_object_get(chunk, "content"));
    }
    return contents;
}

static void check(struct fake_options options, const char *responses, bool streaming,
                  const char *contents)
{
    json_auto_t *list = json_of(responses);
    options.responses = list;
    struct runnable *fake = fake_new(&options);
    json_auto_t *given = answer(fake, "\"hi there\"", streaming);
    assert_json(given, contents);
    runnable_rele(fake);
}

static void test_chunks(void **state)
{
    (void)state;
    const struct fake_options chars = {.error_after = -1};
    const struct fake_options words = {.unit = FAKE_WORDS, .error_after = -1};
    const struct fake_options echo = {.unit = FAKE_WORDS, .error_after = -1, .echo = true};
    const struct fake_options behind = {.error_after = -1, .empty_last = true};
    check(chars, "[\"a\xc3\xa9\xe6\x97\xa5\"]", true, "[\"a\", \"\xc3\xa9\", \"\xe6\x97\xa5\"]");
    check(chars, "[\"abc\"]", false, "[\"abc\"]");
    check(chars, "[\"\"]", true, "[\"\"]");
    check(chars, "[]", true, "[\"\"]");
    check(chars, "[\"a\\u0000b\"]", true, "[\"a\", \"\\u0000\", \"b\"]");
    check(words, "[\"one two  three\\n\\nfour\"]", true,
          "[\"one \", \"two  \", \"three\\n\\n\", \"four\"]");
    check(words, "[\" a\"]", true, "[\" \", \"a\"]");
    check(words, "[\"a\\u0000b c\"]", true, "[\"a\\u0000b \", \"c\"]");
    check(echo, "[\"not this\"]", true, "[\"hi \", \"there\"]");
    check(behind, "[\"ab\"]", true, "[\"a\", \"b\", \"\"]");
    check(behind, "[\"ab\"]", false, "[\"ab\"]");
    check(behind, "[\"\"]", true, "[\"\"]");
}

static void test_answers_cycle(void **state)
{
    (void)state;
    json_auto_t *list = json_of("[\"a\", \"b\"]");
    struct runnable *fake = fake_new(&(struct fake_options){.responses = list, .error_after = -1});
    static const char *const wanted[] = {"[\"a\"]", "[\"b\"]", "[\"a\"]"};
    for (int i = 0; i < 3; i++) {
        json_auto_t *given = answer(fake, "\"x\"", true);
        assert_json(given, wanted[i]);
    }
    runnable_rele(fake);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        struct fake_options options;
        bool streaming;
        enum ls_err err;
        const char *contents;
    } rows[] = {
        {{.error = "no", .error_after = -1}, true, LS_UPSTREAM, "[]"},
        {{.error = "no", .error_after = -1, .delay = 5}, false, LS_UPSTREAM, "[]"},
        {{.error_after = 0}, true, LS_UPSTREAM, "[]"},
        {{.error_after = 2}, true, LS_UPSTREAM, "[\"a\", \"b\"]"},
        {{.error_after = 3}, true, LS_UPSTREAM, "[\"a\", \"b\", \"c\"]"},
        {{.error_after = 2}, false, LS_UPSTREAM, "[]"},
        {{.error_after = 4}, true, LS_OK, "[\"a\", \"b\", \"c\"]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check(rows[i].options, "[\"abc\"]", rows[i].streaming, rows[i].contents);
        assert_int_equal(stand.out.err, rows[i].err);
    }
}

static void test_delay(void **state)
{
    (void)state;
    const struct fake_options slow = {.delay = 10, .error_after = -1};
    check(slow, "[\"abc\"]", true, "[\"a\", \"b\", \"c\"]");
    assert_int_equal(loop_now(stand.loop), 30);
    check(slow, "[\"abc\"]", false, "[\"abc\"]");
    assert_int_equal(loop_now(stand.loop), 40);
}

static void test_ends_and_ids(void **state)
{
    (void)state;
    json_auto_t *list = json_of("[\"ab\"]");
    struct runnable *fake = fake_new(&(struct fake_options){.responses = list, .error_after = -1});
    json_auto_t *given = answer(fake, "\"x\"", true);
    json_auto_t *last = json_of(json_string_value(json_array_get(stand.out.story, 1)) + 1);
    assert_json(json_object_get(last, "chunk_position"), "\"last\"");
    assert_int_equal(strlen(json_string_value(json_object_get(last, "id"))), 8 + UUID_LEN);
    json_auto_t *whole = answer(fake, "\"x\"", false);
    const char *id = json_string_value(json_object_get(stand.out.value, "id"));
    assert_string_equal(id + 8 + UUID_LEN, "-0");
    runnable_rele(fake);
}

static void test_wrong_input(void **state)
{
    (void)state;
    struct runnable *fake = fake_new(&(struct fake_options){.error_after = -1});
    json_auto_t *given = answer(fake, "1", true);
    assert_json(given, "[]");
    assert_int_equal(stand.out.err, LS_BAD_VALUE);
    runnable_rele(fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_chunks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_answers_cycle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_delay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ends_and_ids, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_input, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

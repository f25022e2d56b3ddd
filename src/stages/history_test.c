/* Conversations, kept in a real SQLite file. */
#include "stages/history_messages.h"

#include <sqlite3.h>

#include "run/message.h"
#include "stages/stage_trees.h"
#include "store/store_stand.h"

static struct stand stand;
static struct store_stand kept;
static struct run_services services;

static int set_up(void **state)
{
    (void)state;
    stand_init(&stand);
    store_stand_init(&kept, stand.loop, NULL);
    services.store = kept.store;
    stand.services = &services;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_free(&kept.store);
    kept.loop = NULL;
    json_decref(stand.config);
    stand_fini(&stand);
    store_stand_fini(&kept);
    return 0;
}

/* From now on runs are of this conversation: an object of fields. */
static void in_session(const char *fields)
{
    json_decref(stand.config);
    stand.config = json_pack("{s:o}", "configurable", json_of(fields));
}

static void play(const char *tree_text, const char *input, bool streaming, struct cut cut)
{
    struct runnable *tree = tree_from(tree_text);
    json_auto_t *inputs = json_pack("[o]", json_of(input));
    const struct play whole = {.tree = tree, .inputs = inputs, .streaming = streaming, .cut = cut};
    stand_play(&stand, &whole);
    runnable_rele(tree);
}

static void say(const char *tree, const char *input)
{
    play(tree, input, false, (struct cut){.act = CUT_NONE});
}

/* The texts of the messages that the chain saw, a bar between two. */
static void assert_texts(json_t *messages, const char *wanted)
{
    struct buf texts;
    json_t *message;
    size_t i;
    buf_init(&texts, 1 << 16);
    json_array_foreach(messages, i, message) {
        buf_printf(&texts, "%s%s:", i > 0 ? "|" : "",
                   json_string_value(json_object_get(message, "type")));
        assert_true(message_add_text(&texts, message));
    }
    assert_string_equal(buf_str(&texts), wanted);
    buf_fini(&texts);
}

#define ASKS "{\"history\": [{\"input\": \"q\", \"history\": \"h\"}, "
#define PARROT ASKS "{\"par\": {\"seen\": {\"pick\": \"h\"}, \"output\": {\"pick\": \"q\"}}}]}"

/* Says `text`, and `past` must be what was said before. */
static void expect_past(const char *text, const char *past)
{
    char input[128];
    snprintf(input, sizeof input, "{\"q\": \"%s\"}", text);
    say(PARROT, input);
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    assert_texts(json_object_get(stand.out.value, "seen"), past);
}

static void test_the_past_is_put_under_its_key(void **state)
{
    (void)state;
    in_session("{\"session_id\": \"s\"}");
    expect_past("one", "");
    expect_past("two", "human:one|ai:one");
    expect_past("three", "human:one|ai:one|human:two|ai:two");
}

static void test_without_a_key_it_goes_before_what_is_asked(void **state)
{
    (void)state;
    static const char tree[] = "{\"history\": [{}, \"pass\"]}";
    in_session("{\"session_id\": \"s\"}");
    say(tree, "\"one\"");
    assert_texts(stand.out.value, "human:one");
    say(tree, "[{\"type\": \"human\", \"content\": \"two\"}]");
    /* The answer was the whole list: that is what this chain said. */
    assert_texts(stand.out.value, "human:one|human:one|human:two");
    in_session("{\"session_id\": \"t\"}");
    for (int i = 0; i < 2; i++)
        say("{\"history\": [{\"input\": \"q\"}, {\"seq\": [{\"pick\": \"q\"},"
            " {\"par\": {\"seen\": \"pass\", \"output\": {\"fake\": {\"echo\": true}}}}]}]}",
            "{\"q\": \"three\", \"x\": 1}");
    assert_texts(json_object_get(stand.out.value, "seen"), "human:three|ai:three|human:three");
}

static void test_conversations_never_meet(void **state)
{
    (void)state;
    static const char tree[] =
        "{\"history\": [{\"input\": \"q\", \"history\": \"h\", \"session\": [\"user\", \"talk\"]}, "
        "{\"par\": {\"seen\": {\"pick\": \"h\"}, \"output\": {\"pick\": \"q\"}}}]}";
    static const char *const sessions[] = {
        "{\"user\": \"a\", \"talk\": \"b\"}",
        "{\"user\": \"b\", \"talk\": \"a\"}",
        "{\"user\": \"ab\", \"talk\": \"c\"}",
        "{\"user\": \"a\", \"talk\": \"bc\"}",
        "{\"user\": \"a:1\", \"talk\": \"b\"}",
        "{\"user\": \"a\", \"talk\": \"1:b\"}",
        "{\"user\": \"a4:talk1:b\", \"talk\": \"c\"}",
        "{\"user\": \"a\", \"talk\": \"b4:talk1:c\"}",
        "{\"user\": \"a\\u0000\", \"talk\": \"b\"}",
        "{\"user\": \"A\", \"talk\": \"b\"}",
        "{\"user\": \"a\", \"talk\": \"b \"}",
        "{\"user\": \"é\", \"talk\": \"b\"}",
    };
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++) {
            char input[64], past[64];
            snprintf(input, sizeof input, "{\"q\": \"%zu\"}", i);
            snprintf(past, sizeof past, "human:%zu|ai:%zu", i, i);
            in_session(sessions[i]);
            say(tree, input);
            assert_texts(json_object_get(stand.out.value, "seen"), round == 0 ? "" : past);
        }
}

static void test_the_order_of_fields_means_nothing(void **state)
{
    (void)state;
    in_session("{\"user\": \"a\", \"talk\": \"b\"}");
    say("{\"history\": [{\"session\": [\"user\", \"talk\"]}, {\"fake\": {\"echo\": true}}]}",
        "\"one\"");
    say("{\"history\": [{\"session\": [\"talk\", \"user\"]}, \"pass\"]}", "\"two\"");
    assert_texts(stand.out.value, "human:one|ai:one|human:two");
}

static void test_a_missing_session_is_refused(void **state)
{
    (void)state;
    static const char tree[] =
        "{\"history\": [{\"session\": [\"user\", \"talk\"]}, {\"fake\": {\"echo\": true}}]}";
    static const char *const sessions[] = {"{\"user\": \"a\"}", "{\"user\": \"a\", \"talk\": \"\"}",
                                           "{\"user\": \"a\", \"talk\": 5}"};
    for (size_t i = 0; i < 3; i++) {
        in_session(sessions[i]);
        say(tree, "\"one\"");
        assert_int_equal(stand.out.err, LS_BAD_INPUT);
        assert_string_equal(stand.out.message,
                            "Missing keys ['talk'] in config['configurable']: the expected keys "
                            "are ['talk', 'user'], each a text that is not empty");
    }
    in_session("{}");
    say(tree, "\"one\"");
    assert_non_null(strstr(stand.out.message, "Missing keys ['talk', 'user']"));
}

static void test_a_session_has_a_limit(void **state)
{
    (void)state;
    char fields[STORE_MAX_KEY + 64] = "{\"session_id\": \"";
    size_t len = strlen(fields);
    memset(fields + len, 'x', STORE_MAX_KEY);
    strcpy(fields + len + STORE_MAX_KEY, "\"}");
    in_session(fields);
    say("{\"history\": [{}, \"str\"]}", "\"one\"");
    assert_int_equal(stand.out.err, LS_BAD_INPUT);
    assert_non_null(strstr(stand.out.message, "too long"));
}

static void test_the_window_is_the_last_messages(void **state)
{
    (void)state;
    static const char tree[] = "{\"history\": [{\"window\": 3}, {\"fake\": {\"echo\": true}}]}";
    in_session("{\"session_id\": \"s\"}");
    say(tree, "\"one\"");
    say(tree, "\"two\"");
    say("{\"history\": [{}, \"pass\"]}", "\"three\"");
    assert_texts(stand.out.value, "ai:one|human:two|ai:two|human:three");
}

static void test_a_streamed_answer_is_kept_whole(void **state)
{
    (void)state;
    in_session("{\"session_id\": \"s\"}");
    play("{\"history\": [{}, {\"fake\": {\"responses\": [\"a b c\"]}}]}", "\"one\"", true,
         (struct cut){.act = CUT_NONE});
    assert_int_equal(stand.out.count, 5);
    say("{\"history\": [{}, \"pass\"]}", "\"two\"");
    assert_texts(stand.out.value, "human:one|ai:a b c|human:two");
    assert_null(json_object_get(json_array_get(stand.out.value, 1), "tool_call_chunks"));
}

static void test_only_a_whole_answer_is_kept(void **state)
{
    (void)state;
    static const char *const failing[] = {
        "{\"history\": [{}, {\"fake\": {\"error\": \"no\"}}]}",
        "{\"history\": [{}, {\"fake\": {\"error_after\": 2}}]}",
    };
    static const char tree[] = "{\"history\": [{}, {\"fake\": {\"responses\": [\"abc\"]}}]}";
    in_session("{\"session_id\": \"s\"}");
    for (int i = 0; i < 2; i++)
        play(failing[i], "\"one\"", true, (struct cut){.act = CUT_NONE});
    play(tree, "\"one\"", true, (struct cut){CUT_CANCEL, AT_CHUNK, 2});
    play(tree, "\"one\"", true, (struct cut){CUT_STOP, AT_CHUNK, 2});
    for (size_t turn = 0; turn < 2; turn++)
        play(tree, "\"one\"", true, (struct cut){CUT_CANCEL, AT_TURN, turn});
    say("{\"history\": [{}, \"pass\"]}", "\"two\"");
    assert_texts(stand.out.value, "human:two");
}

static void test_a_store_that_cannot_be_read_fails_the_run(void **state)
{
    (void)state;
    static const char tree[] = "{\"history\": [{}, {\"fake\": {\"echo\": true}}]}";
    in_session("{\"session_id\": \"s\"}");
    store_free(&kept.store);
    services.store = NULL;
    say(tree, "\"one\"");
    assert_int_equal(stand.out.err, LS_STORE);
    snprintf(kept.path, sizeof kept.path, "%s/no/such/store.db", kept.folder);
    services.store = kept.store = stand_store_new(&kept);
    say(tree, "\"one\"");
    assert_int_equal(stand.out.err, LS_STORE);
    assert_non_null(strstr(stand.out.message, "no/such/store.db"));
}

static void test_an_answer_that_cannot_be_kept_is_given(void **state)
{
    (void)state;
    static const char tree[] = "{\"history\": [{}, {\"fake\": {\"echo\": true}}]}";
    sqlite3 *db;
    in_session("{\"session_id\": \"s\"}");
    say(tree, "\"one\"");
    assert_int_equal(sqlite3_open(kept.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    say(tree, "\"two\"");
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    sqlite3_close(db);
    say("{\"history\": [{}, {\"value\": 5}]}", "\"no message\"");
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    say("{\"history\": [{}, \"pass\"]}", "\"three\"");
    assert_texts(stand.out.value, "human:one|ai:one|human:three");
}

static void test_inputs_that_ask_nothing_are_refused(void **state)
{
    (void)state;
    in_session("{\"session_id\": \"s\"}");
    say(PARROT, "{\"other\": 1}");
    assert_string_equal(stand.out.message,
                        "history: the input's member 'q' is no text, message or list of messages");
    say(PARROT, "\"text\"");
    assert_string_equal(stand.out.message, "history: the input is no object");
    say("{\"history\": [{}, \"pass\"]}", "{\"a\": 1, \"b\": 2}");
    assert_int_equal(stand.out.err, LS_BAD_VALUE);
}

/* ---- which messages a value stands for ---- */

typedef enum ls_err find_fn(struct arena *arena, json_t **out, json_t *value, const char *key,
                            const char **why);

static void check_found(find_fn *find, const char *value_text, const char *key, const char *wanted)
{
    struct arena *arena = arena_new(0);
    json_auto_t *value = json_of(value_text);
    json_t *found = NULL;
    const char *why = NULL;
    enum ls_err err = find(arena, &found, value, key, &why);
    if (wanted) {
        assert_int_equal(err, LS_OK);
        assert_texts(found, wanted);
    } else {
        assert_int_equal(err, LS_BAD_VALUE);
        assert_non_null(why);
    }
    json_decref(found);
    arena_free(&arena);
}

static void test_what_is_asked(void **state)
{
    (void)state;
    check_found(history_asked, "\"a\"", NULL, "human:a");
    check_found(history_asked, "{\"type\": \"ai\", \"content\": \"a\"}", NULL, "ai:a");
    check_found(history_asked, "[\"a\", {\"role\": \"user\", \"content\": \"b\"}]", NULL,
                "human:a|human:b");
    check_found(history_asked, "[]", NULL, "");
    check_found(history_asked, "{\"any\": \"a\"}", NULL, "human:a");
    check_found(history_asked, "{\"input\": \"a\", \"b\": 1}", NULL, "human:a");
    check_found(history_asked, "{\"q\": [\"a\"], \"input\": \"b\"}", "q", "human:a");
    check_found(history_asked, "{\"b\": \"a\", \"c\": \"d\"}", NULL, NULL);
    check_found(history_asked, "{\"q\": 5}", "q", NULL);
    check_found(history_asked, "{}", NULL, NULL);
    check_found(history_asked, "5", NULL, NULL);
    check_found(history_asked, "null", NULL, NULL);
}

static void test_what_is_answered(void **state)
{
    (void)state;
    check_found(history_answered, "\"a\"", NULL, "ai:a");
    check_found(history_answered, "\"a\"", "key", "ai:a");
    check_found(history_answered, "{\"type\": \"AIMessageChunk\", \"content\": \"a\"}", NULL,
                "ai:a");
    check_found(history_answered,
                "[{\"type\": \"tool\", \"content\": \"a\", \"tool_call_id\": \"1\"},"
                " {\"type\": \"ai\", \"content\": \"b\"}]",
                NULL, "tool:a|ai:b");
    check_found(history_answered, "{\"output\": \"a\", \"more\": 1}", NULL, "ai:a");
    check_found(history_answered, "{\"any\": {\"type\": \"ai\", \"content\": \"a\"}}", NULL,
                "ai:a");
    check_found(history_answered, "{\"answer\": \"a\", \"output\": \"b\"}", "answer", "ai:a");
    check_found(history_answered, "{\"b\": \"a\", \"c\": \"d\"}", NULL, NULL);
    check_found(history_answered, "[\"a\"]", NULL, NULL);
    check_found(history_answered, "7", NULL, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_the_past_is_put_under_its_key),
        TEST(test_without_a_key_it_goes_before_what_is_asked),
        TEST(test_conversations_never_meet),
        TEST(test_the_order_of_fields_means_nothing),
        TEST(test_a_missing_session_is_refused),
        TEST(test_a_session_has_a_limit),
        TEST(test_the_window_is_the_last_messages),
        TEST(test_a_streamed_answer_is_kept_whole),
        TEST(test_only_a_whole_answer_is_kept),
        TEST(test_a_store_that_cannot_be_read_fails_the_run),
        TEST(test_an_answer_that_cannot_be_kept_is_given),
        TEST(test_inputs_that_ask_nothing_are_refused),
        cmocka_unit_test(test_what_is_asked),
        cmocka_unit_test(test_what_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

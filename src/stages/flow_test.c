/* What stages make of chunks that add and chunks that replace: chunk by chunk. */
#include "stages/stage_trees.h"

static struct stand stand;

/* A chunk written as collector_log() writes it: "+" adds, "=" replaces, "=1" below one key. */
static void push_written(struct sink *in, const char *written)
{
    const char *text = written + 1;
    struct chunk chunk = {.replaces = *written == '+' ? CHUNK_ADDS : CHUNK_REPLACES};
    if (*written == '=' && *text >= '1' && *text <= '9')
        chunk.replaces = *text++ - '0';
    json_auto_t *value = json_of(text);
    chunk.value = value;
    (void)sink_push(in, &chunk);
}

struct row {
    const char *tree;
    const char *chunks[5];
    const char *story;
    const char *value; /* NULL: it fails */
};

static void check(const struct row *row)
{
    struct runnable *tree = tree_from(row->tree);
    stand_open(&stand, tree, true);
    for (size_t i = 0; row->chunks[i]; i++)
        push_written(stand.in, row->chunks[i]);
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    assert_story(&stand, row->story);
    assert_int_equal(stand.out.kind == OUTCOME_ERROR, row->value == NULL);
    if (row->value)
        assert_json(stand.out.value ? stand.out.value : json_null(), row->value);
    runnable_rele(tree);
}

static const struct row rows[] = {
    {"\"str\"", {"+\"a\"", "=\"b\"", "+\"c\""}, "+\"a\" =\"b\" +\"c\"", "\"bc\""},
    {"\"str\"", {"={\"content\": \"a\"}", "={\"content\": \"ab\"}"}, "=\"a\" =\"ab\"", "\"ab\""},
    {"\"str\"", {"=1{\"content\": \"a\"}", "=1{\"content\": \"b\"}"}, "=\"a\" =\"b\"", "\"b\""},
    {"\"str\"", {"+{\"a\": 1}", "+{\"content\": \"x\"}", "+{\"b\": 1}"}, "+\"x\"", "\"x\""},
    {"\"str\"", {"+{\"content\": \"x\"}", "={\"a\": 1}"}, "+\"x\" =\"\"", NULL},
    {"\"str\"", {"+{\"a\": 1}"}, "", NULL},
    {"\"str\"", {"+1"}, "", NULL},
    {"\"str\"", {NULL}, "", "null"},
    {"\"json\"", {"+{\"a\": 1}", "+{\"content\": \"[1\"}", "+{\"content\": \"]\"}"}, "=[1]", "[1]"},
    {"\"json\"", {"=\"[1\"", "=\"[2, 3\""}, "=[1] =[2,3]", "[2, 3]"},
    {"\"list\"", {"+\"a,b\"", "+\",c\""}, "+[\"a\"] +[\"b\"] +[\"c\"]", "[\"a\", \"b\", \"c\"]"},
    {"\"list\"", {"+\"a,b\"", "=\"c\""}, "+[\"a\"] =[\"c\"]", "[\"c\"]"},
    {"{\"pick\": \"a\"}", {"={\"a\": \"x\"}", "={\"b\": 1}"}, "=\"x\" =null", "null"},
    {"{\"pick\": \"a\"}",
     {"=1{\"a\": \"x\"}", "=1{\"b\": 1}", "=2{\"a\": \"y\"}"},
     "=\"x\" =1\"y\"",
     "\"y\""},
    {"{\"pick\": \"a\"}", {"+{\"a\": null}", "+{\"b\": 1}"}, "", "null"},
    {"{\"pick\": [\"a\", \"b\"]}",
     {"+{\"a\": 1, \"c\": 2}", "=1{\"b\": 3}", "={\"c\": 1}"},
     "+{\"a\":1} =1{\"b\":3} =null",
     "null"},
    {"{\"par\": {\"k\": \"pass\"}}",
     {"=\"a\"", "=1{\"b\": 1}"},
     "=1{\"k\":\"a\"} =2{\"k\":{\"b\":1}}",
     "{\"k\": {\"b\": 1}}"},
    {"{\"assign\": {\"k\": {\"pick\": \"a\"}}}",
     {"={\"a\": \"x\"}", "={\"a\": \"xy\", \"k\": 1}"},
     "={\"a\":\"x\"} =1{\"k\":\"x\"} ={\"a\":\"xy\"} =1{\"k\":\"xy\"}",
     "{\"a\": \"xy\", \"k\": \"xy\"}"},
    {"{\"value\": 1}", {"+\"a\"", "+\"b\""}, "+1", "1"},
    {"{\"template\": \"{a}!\"}",
     {"+\"x\"", "=\"y\""},
     "+{\"text\":\"y!\",\"type\":\"StringPromptValue\"}",
     "{\"text\": \"y!\", \"type\": \"StringPromptValue\"}"},
};

static void test_rows(void **state)
{
    (void)state;
    stand_init(&stand);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(&rows[i]);
    stand_fini(&stand);
}

/* Time is up while the input still flows: the end is told when the input has ended. */
static void test_timeout_while_input_flows(void **state)
{
    (void)state;
    stand_init(&stand);
    struct runnable *tree = tree_from("{\"timeout\": [10, {\"fake\": {}}]}");
    json_auto_t *text = json_string("x");
    stand_open(&stand, tree, true);
    assert_int_equal(stand_push(&stand, text), FLOW_ON);
    loop_advance(stand.loop, 20);
    assert_false(stand.out.ended);
    assert_int_equal(stand_push(&stand, text), FLOW_STOP);
    stand_end(&stand, &outcome_well);
    assert_true(stand.out.ended);
    assert_int_equal(stand.out.err, LS_TIMEOUT);
    stand_drive(&stand);
    assert_int_equal(stand.dropped, 1);
    runnable_rele(tree);
    stand_fini(&stand);
}

static void test_failed_branch_ends_the_others(void **state)
{
    (void)state;
    stand_init(&stand);
    struct runnable *tree = tree_from("{\"par\": {\"a\": {\"fake\": {\"delay\": 1000}},"
                                      " \"b\": {\"fake\": {\"error_after\": 1}}}}");
    json_auto_t *inputs = json_of("[\"x\"]");
    stand_play(&stand, &(struct play){.tree = tree, .inputs = inputs, .streaming = true});
    assert_int_equal(stand.out.err, LS_UPSTREAM);
    assert_int_equal(loop_now(stand.loop), 0);
    runnable_rele(tree);
    stand_fini(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_timeout_while_input_flows),
        cmocka_unit_test(test_failed_branch_ends_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What parsers say when they cannot read an answer, and how they hold out. */
#include "stages/stage_trees.h"
#include "stages/strptime.h"
#include "stages/xml_reader.h"

static struct stand stand;

/* Plays a tree on one input and compares what was said of its failure. */
static void assert_says(const char *tree, const char *input, const char *sentence)
{
    struct runnable *parser = tree_from(tree);
    json_auto_t *inputs = json_pack("[o]", json_of(input));
    stand_play(&stand, &(struct play){.tree = parser, .inputs = inputs});
    assert_int_equal(stand.out.kind, OUTCOME_ERROR);
    assert_int_equal(stand.out.err, LS_PARSE_FAILED);
    assert_string_equal(stand.out.message, sentence);
    runnable_rele(parser);
}

static void test_what_is_wrong_is_said(void **state)
{
    (void)state;
    assert_says("{\"one_of\": [\"a\", \"b\"]}", "\"c \"",
                "Response 'c ' is not one of the expected values: ['a', 'b']");
    assert_says("\"boolean\"", "\"yes and no\"",
                "Ambiguous response. Both YES and NO in received: yes and no.");
    assert_says("\"boolean\"", "\"maybe\"",
                "BooleanOutputParser expected output value to include either YES or NO. "
                "Received maybe.");
    assert_says("{\"regex\": \"(x)\"}", "\"y\"", "Could not parse output: y");
    assert_says("{\"format\": \"%Y\"}", "\"soon\"", "Could not parse datetime string: soon");
    assert_says("\"xml\"", "\"<a></b>\"",
                "Failed to parse XML format from completion <a></b>. Got: mismatched tag: line 1, "
                "column 5");
    assert_says(
        "{\"schema\": {\"title\": \"Joke\", \"type\": \"object\", \"properties\": {\"setup\": "
        "{\"type\": \"string\"}}, \"required\": [\"setup\"]}}",
        "\"{\\\"punch\\\": 1}\"",
        "Failed to parse Joke from completion {\"punch\":1}. Got: setup: Field required");
    assert_says("{\"tools\": {}}", "\"text\"",
                "This output parser can only be used with a chat generation.");
    assert_says(
        "{\"tools\": {\"f\": {\"type\": \"object\"}}}",
        "{\"type\": \"ai\", \"content\": \"\", \"tool_calls\": [{\"name\": \"g\", \"args\": {}, "
        "\"id\": null, \"type\": \"tool_call\"}]}",
        "Unknown tool type: 'g'. Available tools: f");
    assert_says("{\"fixing\": [\"boolean\", {\"value\": \"perhaps\"}]}", "\"maybe\"",
                "BooleanOutputParser expected output value to include either YES or NO. "
                "Received perhaps.");
}

/* A pattern that would take for ever ends as an answer that cannot be read. */
static void test_a_search_is_bounded(void **state)
{
    (void)state;
    char input[64];
    (void)snprintf(input, sizeof input, "\"%045d!\"", 0);
    assert_says("{\"regex\": \"^(?:(0+)+)+$\"}", input,
                "the regular expression takes too long on this text");
}

static enum ls_err read_xml(const char *text, json_t **root, char why[256])
{
    struct xml_reader *reader = xml_reader_new(false);
    struct buf said;
    enum ls_err err = xml_reader_feed(reader, text, strlen(text));
    if (!err)
        err = xml_reader_finish(reader, root);
    buf_init(&said, 256);
    xml_reader_why(reader, &said);
    (void)snprintf(why, 256, "%s", buf_str(&said));
    buf_fini(&said);
    xml_reader_free(&reader);
    return err;
}

static void test_xml_declares_no_entities(void **state)
{
    (void)state;
    json_t *root = NULL;
    char why[256];
    static const char laughs[] =
        "<!DOCTYPE a [<!ENTITY x \"ha\"><!ENTITY y \"&x;&x;\">]><a>&y;</a>";
    assert_int_equal(read_xml(laughs, &root, why), LS_PARSE_FAILED);
    assert_non_null(strstr(why, "entities may not be declared"));
    assert_int_equal(read_xml("<!DOCTYPE a SYSTEM \"s\"><a>&x;</a>", &root, why), LS_PARSE_FAILED);
    assert_non_null(strstr(why, "undefined entity &x;"));
    assert_null(root);
}

static void test_xml_is_not_deep(void **state)
{
    (void)state;
    char text[XML_MAX_DEPTH * 7 + 16] = "", why[256];
    json_t *root = NULL;
    for (int i = 0; i < XML_MAX_DEPTH; i++)
        memcpy(text + 3 * i, "<a>", 4);
    memcpy(text + 3 * XML_MAX_DEPTH, "<a/>", 5);
    assert_int_equal(read_xml(text, &root, why), LS_PARSE_FAILED);
    assert_non_null(strstr(why, "too deep"));
}

/* A long token in small pieces is read a few times, not once a piece. */
static void test_long_tokens_are_held_back(void **state)
{
    (void)state;
    enum { PIECES = 100000 };
    struct xml_reader *reader = xml_reader_new(true);
    assert_int_equal(xml_reader_feed(reader, "<a><b>1</b><!--", 15), LS_OK);
    for (int i = 0; i < PIECES; i++)
        assert_int_equal(xml_reader_feed(reader, " > ", 3), LS_OK);
    assert_int_equal(xml_reader_feed(reader, "--><c>2</c></a>", 15), LS_OK);
    json_auto_t *value = NULL;
    assert_int_equal(xml_reader_finish(reader, &value), LS_OK);
    assert_json(value, "{\"a\": [{\"b\": \"1\"}, {\"c\": \"2\"}]}");
    xml_reader_free(&reader);
}

static void test_formats_are_checked(void **state)
{
    (void)state;
    struct strptime *format = NULL;
    char why[256];
    assert_int_equal(strptime_compile(&format, "%U", why), LS_BAD_CONFIG);
    assert_string_equal(why, "the format's %U is not known here");
    assert_int_equal(strptime_compile(&format, "%d.%d", why), LS_BAD_CONFIG);
    assert_string_equal(why, "the format's %d is there twice");
    assert_int_equal(strptime_compile(&format, "%", why), LS_BAD_CONFIG);
    assert_null(format);
}

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_wrong_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_search_is_bounded, set_up, tear_down),
        cmocka_unit_test(test_xml_declares_no_entities),
        cmocka_unit_test(test_xml_is_not_deep),
        cmocka_unit_test(test_long_tokens_are_held_back),
        cmocka_unit_test(test_formats_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

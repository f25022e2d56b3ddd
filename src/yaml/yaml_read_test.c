#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "yaml/yaml_read.h"

static struct arena *arena;
static struct problems problems;
static struct buf printed;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(0);
    problems_init(&problems);
    buf_init(&printed, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_fini(&printed);
    problems_fini(&problems);
    arena_free(&arena);
    return 0;
}

static struct node *read_bytes(const char *text, size_t len)
{
    problems_fini(&problems);
    return yaml_read(arena, "app.yaml", text, len, &problems);
}

static struct node *read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static const char *told(void)
{
    buf_reset(&printed);
    problems_sort(&problems);
    problems_print(&problems, &printed);
    return buf_str(&printed);
}

static void expect_json(const char *text, const char *expected)
{
    const struct node *node = read_text(text);
    assert_string_equal(told(), "");
    assert_non_null(node);
    json_auto_t *json = node_to_json(node);
    char *dumped = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(dumped, expected);
    free(dumped);
}

static void expect_told(const char *text, const char *expected)
{
    read_text(text);
    assert_non_null(strstr(told(), expected));
}

static void an_app_is_read(void **state)
{
    (void)state;
    expect_json(
        "app: {title: 翻译服务 API, version: \"1.0\"}\n"
        "chains:\n  translate:\n    - prompt: \"译为{language}：\\n\\n{text}\"\n    - gpt\n"
        "lua: |\n  return input # not a comment\n"
        "routes: {/translate: translate}\n",
        "{\"app\":{\"title\":\"翻译服务 API\",\"version\":\"1.0\"},"
        "\"chains\":{\"translate\":[{\"prompt\":\"译为{language}：\\n\\n{text}\"},\"gpt\"]},"
        "\"lua\":\"return input # not a comment\\n\","
        "\"routes\":{\"/translate\":\"translate\"}}");
}

static void an_empty_text_is_null(void **state)
{
    (void)state;
    expect_json("", "null");
    expect_json("# nothing\n", "null");
    expect_json("---\n", "null");
    expect_json("\xef\xbb\xbf", "null");
}

static void quoted_scalars_are_strings(void **state)
{
    (void)state;
    expect_json("[\"1\", 'true', \"null\", '', \"~\", ! 1, !!str 2]",
                "[\"1\",\"true\",\"null\",\"\",\"~\",\"1\",\"2\"]");
    expect_json("a: >\n  12\nb: |-\n  true\n", "{\"a\":\"12\\n\",\"b\":\"true\"}");
}

static void core_tags_must_agree_with_the_text(void **state)
{
    (void)state;
    expect_json("[!!int 1, !!int \"2\", !!float 3, !!bool true, !!null ~, !!seq [], !!map {}]",
                "[1,2,3.0,true,null,[],{}]");
    expect_told("a: !!int x", "app.yaml:1:4: error: the tag !!int does not fit here");
    expect_told("a: !!set {x}", "app.yaml:1:4: error: the tag !!set does not fit here");
    expect_told("a: !mine x", "app.yaml:1:4: error: the tag !mine does not fit here");
    expect_told("a: !!map []", "app.yaml:1:4: error: the tag !!map does not fit here");
}

static void nodes_know_their_line_and_column_in_code_points(void **state)
{
    (void)state;
    const struct node *node = read_text("\xef\xbb\xbf# 注释\r\nb: {键: 值, \"😀\": [1,  x]}\r\n");
    const struct node *map = node_get(node, "b");
    assert_int_equal(map->place.line, 2);
    assert_int_equal(map->place.column, 4);
    assert_string_equal(map->place.file, "app.yaml");
    assert_int_equal(map->as.map.members[0].key_place.column, 5);
    assert_int_equal(map->as.map.members[0].value->place.column, 8);
    assert_int_equal(map->as.map.members[1].key_place.column, 11);
    assert_int_equal(map->as.map.members[1].value->as.list.items[1]->place.column, 21);
}

static void keys_are_the_text_as_written(void **state)
{
    (void)state;
    expect_json(
        "200: a\ntrue: b\n~: c\n.nan: d\n99999999999999999999: e\n\"<<\": f\n"
        "&k anchored: g\nh: *k\n",
        "{\"200\":\"a\",\"true\":\"b\",\"~\":\"c\",\".nan\":\"d\","
        "\"99999999999999999999\":\"e\",\"<<\":\"f\",\"anchored\":\"g\",\"h\":\"anchored\"}");
}

static void keys_that_are_no_text_are_refused(void **state)
{
    (void)state;
    expect_told("[a]: 1", "app.yaml:1:1: error: a key must be plain text");
    expect_told("? {a: [b]}\n: 1", "app.yaml:1:3: error: a key must be plain text");
    expect_told("a: &x y\n*x : 1", "app.yaml:2:1: error: a key must be plain text");
    expect_told("\"\": 1", "app.yaml:1:1: error: the key is empty");
    expect_told(": 1", "app.yaml:1:1: error: the key is empty");
    expect_told("a: 1\n: 2", "app.yaml:2:1: error: the key is empty");
    expect_told("{a: 1, : 2}", "app.yaml:1:8: error: the key is empty");
    expect_told("\"a\\0b\": 1", "app.yaml:1:1: error: a key cannot hold the character \\0");
    expect_told("a: {<<: {b: 1}}", "app.yaml:1:5: error: merge keys (<<) are not supported; write");
}

static void a_duplicate_key_names_the_first_place_and_the_first_value_stays(void **state)
{
    (void)state;
    const struct node *node = read_text("a: 1\nb:\n  c: 1\n  c: 2\n'a': 3\n");
    assert_string_equal(told(),
                        "app.yaml:4:3: error: the key \"c\" is already there on line 3, column 3; "
                        "keep one of the two\n"
                        "app.yaml:5:1: error: the key \"a\" is already there on line 1, column 1; "
                        "keep one of the two\n");
    assert_int_equal(node_get(node, "a")->as.integer, 1);
    assert_int_equal(node->as.map.count, 2);
}

static void several_mistakes_are_all_told(void **state)
{
    (void)state;
    const struct node *node =
        read_text("a: .nan\na: 1\n<<: x\nb: *nope\nc: 99999999999999999999\nd: !x y\ne: ok\n");
    assert_int_equal(problems.errors, 6);
    assert_string_equal(node_get(node, "e")->as.string.text, "ok");
}

static void mistakes_before_broken_grammar_are_told_with_it(void **state)
{
    (void)state;
    assert_null(read_text("a: 1\na: 2\nb: [1\n"));
    assert_int_equal(problems.errors, 2);
}

static void aliases_share_their_node(void **state)
{
    (void)state;
    const struct node *node = read_text("a: &x {k: [1]}\nb: *x\nc: &x 2\nd: *x\n");
    assert_string_equal(told(), "");
    assert_ptr_equal(node_get(node, "a"), node_get(node, "b"));
    assert_int_equal(node_get(node, "d")->as.integer, 2);
}

static void an_alias_to_itself_or_to_nothing_is_refused(void **state)
{
    (void)state;
    expect_told("a: &x [1, {b: *x}]",
                "app.yaml:1:15: error: the alias *x stands inside of what it names");
    expect_told("a: *x\nb: &x 1", "app.yaml:1:4: error: the alias *x names nothing; put &x");
}

static void an_alias_bomb_is_refused(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_add_str(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 30; i++) {
        buf_printf(&text, "a%d: &a%d [", i, i);
        for (int k = 0; k < 10; k++)
            buf_printf(&text, "*a%d, ", i - 1);
        buf_add_str(&text, "]\n");
    }
    assert_null(read_text(buf_str(&text)));
    assert_non_null(strstr(told(), "error: too many values with all aliases written out"));
    assert_int_equal(problems.errors, 1);
    buf_fini(&text);
}

/* Appends `depth` lists inside each other around `inside`. */
static void add_nest(struct buf *text, int depth, const char *inside)
{
    for (int i = 0; i < depth; i++)
        buf_add_char(text, '[');
    buf_add_str(text, inside);
    for (int i = 0; i < depth; i++)
        buf_add_char(text, ']');
}

static void nesting_is_bounded_through_aliases_too(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 1 << 20);
    add_nest(&text, YAML_MAX_DEPTH, "1");
    assert_non_null(read_text(buf_str(&text)));
    buf_reset(&text);
    add_nest(&text, YAML_MAX_DEPTH + 1, "");
    assert_null(read_text(buf_str(&text)));
    assert_string_equal(told(), "app.yaml:1:101: error: lists and mappings are nested more than "
                                "100 deep\n");
    buf_reset(&text);
    buf_add_str(&text, "a: &a ");
    add_nest(&text, 60, "1");
    buf_add_str(&text, "\nb: ");
    add_nest(&text, 39, "*a");
    assert_non_null(read_text(buf_str(&text)));
    buf_add_str(&text, "\nc: ");
    add_nest(&text, 40, "*a");
    assert_null(read_text(buf_str(&text)));
    assert_non_null(strstr(told(), "app.yaml:3:44: error: lists and mappings are nested"));
    buf_fini(&text);
}

static void a_second_document_is_refused(void **state)
{
    (void)state;
    expect_told("a: 1\n---\nb: 2\n",
                "app.yaml:2:1: error: a second document begins here; write one per file");
    expect_json("---\na: 1\n...\n", "{\"a\":1}");
}

static void too_much_text_is_refused(void **state)
{
    (void)state;
    static const char text[YAML_MAX_BYTES + 1];
    assert_null(read_bytes(text, sizeof text));
    assert_string_equal(told(), "app.yaml: error: the text is too long; at most 8 MB\n");
}

static void many_keys_and_anchors_take_no_long_time(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    for (int i = 0; i < 40000; i++)
        buf_printf(&text, "key%d: &a%d [*a%d]\n", i, i, i > 0 ? 0 : -1);
    read_text(buf_str(&text));
    assert_int_equal(problems.errors, 1);
    buf_fini(&text);
}

static void files_are_read(void **state)
{
    (void)state;
    char path[] = "/tmp/yaml_read_test_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a: 1\nb: [\n", 10), 10);
    close(fd);
    assert_null(yaml_read_file(arena, path, &problems));
    assert_memory_equal(told(), path, strlen(path));
    assert_non_null(
        strstr(told(), ":3:1: error: expected a value here; is every '[' and '{' closed?"));
    unlink(path);
    problems_fini(&problems);
    assert_null(yaml_read_file(arena, path, &problems));
    assert_non_null(strstr(told(), "error: cannot be opened: No such file or directory\n"));
    problems_fini(&problems);
    assert_null(yaml_read_file(arena, "/tmp", &problems));
    assert_string_equal(told(), "/tmp: error: cannot be read: Is a directory\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_app_is_read),
        cmocka_unit_test(an_empty_text_is_null),
        cmocka_unit_test(quoted_scalars_are_strings),
        cmocka_unit_test(core_tags_must_agree_with_the_text),
        cmocka_unit_test(nodes_know_their_line_and_column_in_code_points),
        cmocka_unit_test(keys_are_the_text_as_written),
        cmocka_unit_test(keys_that_are_no_text_are_refused),
        cmocka_unit_test(a_duplicate_key_names_the_first_place_and_the_first_value_stays),
        cmocka_unit_test(several_mistakes_are_all_told),
        cmocka_unit_test(mistakes_before_broken_grammar_are_told_with_it),
        cmocka_unit_test(aliases_share_their_node),
        cmocka_unit_test(an_alias_to_itself_or_to_nothing_is_refused),
        cmocka_unit_test(an_alias_bomb_is_refused),
        cmocka_unit_test(nesting_is_bounded_through_aliases_too),
        cmocka_unit_test(a_second_document_is_refused),
        cmocka_unit_test(too_much_text_is_refused),
        cmocka_unit_test(many_keys_and_anchors_take_no_long_time),
        cmocka_unit_test(files_are_read),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

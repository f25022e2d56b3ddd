/* "For any tree of kinds, streaming and invoking give the same value": trees and inputs by chance,
 * each run in four ways: whole or chunk by chunk, for someone who wants chunks or not.
 * One tree again: property_test <number>. */
#include <signal.h>
#include <unistd.h>

#include "stages/stage_trees.h"

enum { TREES = 12000, MOST_DEPTH = 4 };

static struct stand stand;
static unsigned long tree_number;
static char *tree_text, *input_text; /* of the tree being played; NULL when none is */

/* ---- chance ---- */

static uint64_t dice;

static unsigned roll(unsigned sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (unsigned)((dice >> 11) % sides);
}

static const char *const keys[] = {"a", "b", "content", "type"};
/* None that takes something back for nothing: "nothing" and null differ to the next step. */
static const char *const texts[] = {
    "",
    "x",
    "a, b,c",
    "{\"a\": \"x\", \"b\": [1, 2]}",
    "[1, \"u, v\", {\"a\": null}]",
    "```json\n{\"content\": \"[1, 2]\"}\n```",
    "{\"a\": \"k\", \"a\": \"l\"}",
    "\"q\", 'r'",
    "12",
    "{\"b\": {\"a\": \"deep\"}, \"content\": \"p,q\"}",
    "\xc3\xa9 \xe6\x97\xa5",
    "{\"a\": 1} no",
};

static const char *any_key(void)
{
    return keys[roll(sizeof keys / sizeof keys[0])];
}

static json_t *any_text(void)
{
    return json_string(texts[roll(sizeof texts / sizeof texts[0])]);
}

static json_t *any_value(unsigned depth)
{
    json_t *value;
    switch (roll(depth == 0 ? 6 : 10)) {
    case 0: return json_null();
    case 1: return json_integer(roll(100));
    case 2: return json_boolean(roll(2));
    case 6:
        value = json_array();
        for (unsigned i = roll(3); i > 0; i--)
            json_array_append_new(value, any_value(depth - 1));
        return value;
    case 7:
    case 8:
    case 9:
        value = json_object();
        for (unsigned i = roll(4); i > 0; i--)
            json_object_set_new(value, any_key(), any_value(depth - 1));
        return value;
    default: return any_text();
    }
}

/* ---- trees ---- */

static json_t *any_tree(unsigned depth);

static json_t *any_branches(unsigned depth)
{
    json_t *branches = json_object();
    for (unsigned i = 1 + roll(3); i > 0; i--)
        json_object_set_new(branches, any_key(), any_tree(depth - 1));
    return branches;
}

static json_t *any_sequence(unsigned depth)
{
    json_t *parts = json_array();
    for (unsigned i = 1 + roll(4); i > 0; i--)
        json_array_append_new(parts, any_tree(depth - 1));
    return json_pack("{s:o}", "seq", parts);
}

/* A model's answer is another message when it is streamed, so a parser stands behind it. */
static json_t *any_model(void)
{
    static const char *const parsers[] = {"str", "json", "list"};
    json_t *fake = json_pack("{s:[o],s:b,s:i,s:b}", "responses", any_text(), "words", (int)roll(2),
                             "delay", (int)roll(3), "echo", (int)roll(3) / 2);
    if (roll(10) == 0)
        json_object_set_new(fake, "error", json_string("no"));
    return json_pack("{s:[{s:o},s]}", "seq", "fake", fake, parsers[roll(3)]);
}

/* Prompts print text alone: an assign that streams leaves the keys of an object in another order,
 * as LangChain's does. */
static json_t *any_leaf(void)
{
    static const char *const words[] = {"pass", "str", "json", "list"};
    switch (roll(9)) {
    case 0: return json_pack("{s:o}", "value", any_value(2));
    case 1: return json_pack("{s:s}", "pick", any_key());
    case 2: return json_pack("{s:[s,s]}", "pick", any_key(), any_key());
    case 3:
        return json_pack("{s:[s,{s:s}]}", "seq", "str", roll(2) ? "template" : "prompt",
                         "{a} and {a!r}");
    case 4: return any_model();
    default: return json_string(words[roll(4)]);
    }
}

/* What is retried or replaced fails at once or not at all: with a chunk out a stream fails. */
static json_t *any_flow(unsigned depth)
{
    json_t *one = any_tree(depth - 1);
    const char *key = any_key();
    switch (roll(8)) {
    case 0:
        return json_pack("{s:[o,o,o]}", "branch", one, any_tree(depth - 1), any_tree(depth - 1));
    case 1: return json_pack("{s:[o,{s:o}]}", "seq", one, "each", any_tree(depth - 1));
    case 2:
        return json_pack("{s:[{s:{s:o,s:{s:s}}},{s:{s:o}}]}", "seq", "par", "input", one, "key",
                         "value", key, "router", key, any_tree(depth - 1));
    case 3: return json_pack("{s:[i,o]}", "retry", 2, one);
    case 4: return json_pack("{s:[{s:{s:s}},o]}", "fallbacks", "fake", "error", "no", one);
    case 5: return json_pack("{s:[o,o]}", "choice", one, any_tree(depth - 1));
    case 6: return json_pack("{s:o}", "heard", one);
    default: return json_pack("{s:o}", "bind", one);
    }
}

static json_t *any_tree(unsigned depth)
{
    switch (roll(depth == 0 ? 1 : 11)) {
    case 1:
    case 2:
    case 3: return any_sequence(depth);
    case 4: return json_pack("{s:o}", "par", any_branches(depth));
    case 5:
    case 6: return json_pack("{s:o}", "assign", any_branches(depth));
    case 7: return json_pack("{s:[i,o]}", "timeout", 100000, any_tree(depth - 1));
    case 8: return json_pack("{s:o}", "label", any_tree(depth - 1));
    case 9: return any_flow(depth);
    default: return any_leaf();
    }
}

/* ---- an input in pieces ---- */

static json_t *letters_of(json_t *text)
{
    json_t *pieces = json_array();
    const char *at = json_string_value(text);
    size_t left = json_string_length(text);
    while (left > 0) {
        size_t len = 1;
        while (len < left && (at[len] & 0xc0) == 0x80)
            len++;
        json_array_append_new(pieces, json_stringn(at, len));
        at += len;
        left -= len;
    }
    if (json_array_size(pieces) == 0)
        json_array_append(pieces, text);
    return pieces;
}

/* An object comes member by member, its text letter by letter. */
static json_t *pieces_of(json_t *value)
{
    json_t *pieces = json_array(), *member, *letter;
    const char *key;
    size_t i;
    if (json_is_string(value)) {
        json_decref(pieces);
        return letters_of(value);
    }
    json_object_foreach(value, key, member) {
        json_auto_t *letters =
            json_is_string(member) ? letters_of(member) : json_pack("[O]", member);
        json_array_foreach(letters, i, letter)
            json_array_append_new(pieces, json_pack("{s:O}", key, letter));
    }
    if (json_array_size(pieces) == 0)
        json_array_append(pieces, value);
    return pieces;
}

/* ---- playing ---- */

/* What a run gives, as text; free() it. */
static char *play(const struct runnable *tree, json_t *inputs, bool streaming)
{
    stand_play(&stand, &(struct play){.tree = tree, .inputs = inputs, .streaming = streaming});
    if (stand.out.kind != OUTCOME_WELL)
        return mem_strdup("failed");
    char *text = tree_value_text(stand.out.value);
    return text ? text : mem_strdup("null"); /* nothing is null to who invokes */
}

static void check(const struct runnable *tree, json_t *inputs, bool streaming, const char *wanted)
{
    char *given = play(tree, inputs, streaming);
    if (strcmp(wanted, "failed") == 0 && strstr(tree_text, "\"pick\"")) {
        free(given); /* what picks nothing streams nothing: no step behind it fails for a null */
        return;
    }
    if (strcmp(given, wanted) != 0)
        dprintf(STDERR_FILENO, "%s: %s instead of %s\n", streaming ? "streamed" : "in pieces",
                given, wanted);
    assert_string_equal(given, wanted);
    free(given);
}

static void play_tree(unsigned long number)
{
    tree_number = number;
    dice = (number + 1) * 0x9e3779b97f4a7c15u;
    json_auto_t *words = any_tree(MOST_DEPTH);
    json_auto_t *input = any_value(3);
    json_auto_t *whole = json_pack("[O]", input);
    json_auto_t *pieces = pieces_of(input);
    tree_text = json_dumps(words, JSON_ENCODE_ANY);
    input_text = json_dumps(input, JSON_ENCODE_ANY);
    struct runnable *tree = tree_of(words);
    char *wanted = play(tree, whole, false);
    check(tree, whole, true, wanted);
    check(tree, pieces, true, wanted);
    check(tree, pieces, false, wanted);
    free(wanted);
    runnable_rele(tree);
    free(tree_text);
    free(input_text);
    tree_text = input_text = NULL;
}

static void test_streaming_gives_what_invoking_gives(void **state)
{
    (void)state;
    for (unsigned long number = 0; number < TREES; number++)
        play_tree(number);
}

static void tell_where(void)
{
    if (tree_text)
        dprintf(STDERR_FILENO, "tree %lu: %s on %s\n", tree_number, tree_text, input_text);
}

static void on_abort(int number)
{
    (void)number;
    tell_where();
}

static int set_up(void **state)
{
    (void)state;
    signal(SIGABRT, on_abort);
    stand_init(&stand);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tell_where();
    if (!tree_text)
        stand_fini(&stand);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        set_up(NULL);
        play_tree(strtoul(argv[1], NULL, 10));
        return tear_down(NULL);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_streaming_gives_what_invoking_gives, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "yaml/node.h"

static const struct place here = {.file = "app.yaml", .line = 3, .column = 7};

static void members_keep_their_order_and_are_found_by_name(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct node *map = node_new(arena, NODE_MAP, here);
    char key[] = "k0";
    for (int i = 0; i < 10; i++) {
        struct node *value = node_new(arena, NODE_INT, here);
        value->as.integer = i;
        key[1] = (char)('0' + i);
        node_set(arena, map, key, value);
    }
    assert_int_equal(map->as.map.count, 10);
    assert_string_equal(map->as.map.members[3].key, "k3");
    assert_int_equal(node_get(map, "k9")->as.integer, 9);
    assert_null(node_get(map, "k"));
    assert_int_equal(map->as.map.members[0].key_place.line, 3);
    arena_free(&arena);
}

static void json_survives_the_way_there_and_back(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    json_auto_t *value = json_loads("{\"b\": [1, -2.5, true, false, null, \"x\\u0000y\"],"
                                    " \"a\": {\"列\": {}}, \"c\": []}",
                                    JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    const struct node *node = node_from_json(arena, value, here);
    json_auto_t *back = node_to_json(node);
    assert_true(json_equal(value, back));
    assert_string_equal(json_object_iter_key(json_object_iter(back)), "b");
    const struct node *item = node_get(node, "b")->as.list.items[5];
    assert_int_equal(item->as.string.len, 3);
    assert_int_equal(item->place.column, 7);
    arena_free(&arena);
}

static struct node *placed(struct arena *arena, enum node_kind kind, int column)
{
    return node_new(arena, kind, (struct place){"app.yaml", 1, column});
}

static void pointers_lead_to_places(void **state)
{
    (void)state;
    static const struct {
        const char *pointer;
        int column;
    } rows[] = {{"", 1},       {"/a~1~0b", 2},   {"/a~1~0b/1", 4},  {"/a~1~0b/1/x", 4}, {"/a", 1},
                {"/a~1~0", 1}, {"/a~1~0b/2", 2}, {"/a~1~0b/01", 2}, {"/a/~0b", 1}};
    struct arena *arena = arena_new(0);
    struct node *root = placed(arena, NODE_MAP, 1), *list = placed(arena, NODE_LIST, 9);
    node_append(arena, list, placed(arena, NODE_NULL, 3));
    node_append(arena, list, placed(arena, NODE_NULL, 4));
    node_set_at(arena, root,
                (struct node_member){
                    .key = "a/~b", .key_len = 4, .key_place = {"app.yaml", 1, 2}, .value = list});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(node_place_at(root, rows[i].pointer).column, rows[i].column);
    arena_free(&arena);
}

static void every_kind_has_a_name(void **state)
{
    (void)state;
    for (enum node_kind kind = NODE_NULL; kind <= NODE_MAP; kind++)
        assert_true(strlen(node_kind_name(kind)) > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_keep_their_order_and_are_found_by_name),
        cmocka_unit_test(json_survives_the_way_there_and_back),
        cmocka_unit_test(pointers_lead_to_places),
        cmocka_unit_test(every_kind_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

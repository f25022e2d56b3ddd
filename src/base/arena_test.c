#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <string.h>
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

#include "base/arena.h"

static void memory_is_aligned_and_apart(void **state)
{
    (void)state;
    static const size_t hints[] = {0, 1, 100, 100000};
    for (size_t h = 0; h < 4; h++) {
        struct arena *arena = arena_new(hints[h]);
        unsigned char *pieces[400];
        for (size_t i = 0; i < 400; i++) {
            pieces[i] = arena_alloc(arena, i);
            assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
            memset(pieces[i], (int)(i & 0xff), i);
        }
        for (size_t i = 0; i < 400; i++)
            for (size_t at = 0; at < i; at++)
                assert_int_equal(pieces[i][at], i & 0xff);
        arena_free(&arena);
        assert_null(arena);
    }
}

static void big_pieces_have_room(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t size = 1000; size < 4000000; size = size * 3 + 1)
        memset(arena_alloc(arena, size), 'x', size);
    unsigned char *zeros = arena_zalloc(arena, 70001);
    for (size_t i = 0; i < 70001; i++)
        assert_int_equal(zeros[i], 0);
    assert_non_null(arena_zalloc(arena, 0));
    arena_free(&arena);
    arena_free(&arena); /* of nothing */
}

static void text_is_copied(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char text[] = "changes";
    char *copy = arena_strdup(arena, text), *part = arena_strndup(arena, text, 3);
    text[0] = 'X';
    assert_string_equal(copy, "changes");
    assert_string_equal(part, "cha");
    assert_string_equal(arena_strndup(arena, "", 0), "");
    assert_memory_equal(arena_strndup(arena, "a\0b", 3), "a\0b", 4);
    assert_null(arena_strdup(arena, NULL));
    assert_string_equal(arena_printf(arena, "%s %d%%", "a", 5), "a 5%");
    assert_string_equal(arena_printf(arena, "%s", ""), "");
    assert_int_equal(strlen(arena_printf(arena, "%05000d", 1)), 5000);
    arena_free(&arena);
}

static char story[16];

static void tell(void *letter)
{
    strncat(story, letter, 1);
}

static void what_is_deferred_runs_last_first(void **state)
{
    (void)state;
    story[0] = '\0';
    struct arena *arena = arena_new(0);
    arena_defer(arena, tell, arena_strdup(arena, "a")); /* the memory is still there then */
    for (int i = 0; i < 50; i++)
        (void)arena_alloc(arena, 1000);
    arena_defer(arena, tell, arena_strdup(arena, "b"));
    arena_defer(arena, tell, "c");
    assert_string_equal(story, "");
    arena_free(&arena);
    assert_string_equal(story, "cba");
}

static void json_is_given_or_held(void **state)
{
    (void)state;
    json_t *given = json_array(), *held = json_object();
    struct arena *arena = arena_new(0);
    json_incref(given);
    assert_ptr_equal(arena_give_json(arena, given), given);
    assert_int_equal(given->refcount, 2);
    assert_ptr_equal(arena_hold_json(arena, held), held);
    assert_int_equal(held->refcount, 2);
    assert_null(arena_give_json(arena, NULL));
    assert_null(arena_hold_json(arena, NULL));
    arena_free(&arena);
    assert_int_equal(given->refcount, 1);
    assert_int_equal(held->refcount, 1);
    json_decref(given);
    json_decref(held);
}

static void unused_space_is_poisoned(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    struct arena *arena = arena_new(0);
    char *piece = arena_alloc(arena, 10);
    assert_false(__asan_address_is_poisoned(piece));
    assert_false(__asan_address_is_poisoned(piece + 9));
    assert_true(__asan_address_is_poisoned(piece + 10));
    assert_true(__asan_address_is_poisoned(piece + 100));
    arena_free(&arena);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_and_apart),
        cmocka_unit_test(big_pieces_have_room),
        cmocka_unit_test(text_is_copied),
        cmocka_unit_test(what_is_deferred_runs_last_first),
        cmocka_unit_test(json_is_given_or_held),
        cmocka_unit_test(unused_space_is_poisoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

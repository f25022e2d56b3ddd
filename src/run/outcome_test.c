#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "run/outcome.h"

static void test_kept_outcome_outlives_its_parts(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char message[] = "for the log", client[] = "for the client";
    json_t *value = json_string("asked"), *detail = json_array();
    struct outcome given = {.kind = OUTCOME_INTERRUPT,
                            .value = value,
                            .err = LS_UPSTREAM,
                            .status = 418,
                            .message = message,
                            .client = client,
                            .detail = detail};
    struct outcome kept = outcome_keep(arena, &given);
    memset(message, '-', sizeof message - 1);
    memset(client, '-', sizeof client - 1);
    json_decref(value);
    json_decref(detail);
    assert_int_equal(kept.kind, OUTCOME_INTERRUPT);
    assert_int_equal(kept.status, 418);
    assert_string_equal(kept.message, "for the log");
    assert_string_equal(kept.client, "for the client");
    assert_string_equal(json_string_value(kept.value), "asked");
    assert_int_equal(json_array_size(kept.detail), 0);
    arena_free(&arena);
}

static void test_bare_outcome_is_kept(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct outcome kept = outcome_keep(arena, &outcome_well);
    assert_int_equal(kept.kind, OUTCOME_WELL);
    assert_null(kept.value);
    assert_null(kept.message);
    arena_free(&arena);
}

static void test_sentence_of_the_kind_stands_in(void **state)
{
    (void)state;
    struct outcome bare = outcome_error(LS_TIMEOUT, NULL);
    struct outcome told = outcome_error(LS_TIMEOUT, "after 3 s");
    assert_string_equal(outcome_message(&bare), ls_strerror(LS_TIMEOUT));
    assert_string_equal(outcome_message(&told), "after 3 s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_outcome_outlives_its_parts),
        cmocka_unit_test(test_bare_outcome_is_kept),
        cmocka_unit_test(test_sentence_of_the_kind_stands_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

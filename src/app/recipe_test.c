/* Where a model asks, and with which key, when a run may say the address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "app/recipe.h"
#include "models/http_model.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    setenv("OPENAI_API_KEY", "of-the-environment", 1);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* The model of these options, made with these values of its fields. */
static struct runnable *made(const char *options, const char *field_options, const char *values)
{
    struct field *field = arena_zalloc(arena, sizeof *field);
    struct recipe *recipe = arena_zalloc(arena, sizeof *recipe);
    json_auto_t *written = json_loads(options, 0, NULL), *said = json_loads(values, 0, NULL);
    const struct place place = {.file = "a test"};
    const char *why = "";
    *field = (struct field){.name = "base_url"};
    if (field_options)
        field->options = arena_give_json(arena, json_loads(field_options, 0, NULL));
    *recipe = (struct recipe){.kind = kind_find("model"),
                              .value = node_from_json(arena, written, place),
                              .map = node_new(arena, NODE_MAP, place),
                              .fields = field,
                              .count = 1};
    struct runnable *runnable = recipe_make(recipe, said, arena, &why);
    if (!runnable)
        fail_msg("%s", why);
    return runnable;
}

/* Checks where the model asks, and drops it. */
static void check(struct runnable *runnable, const char *url, const char *key, bool public_only)
{
    const char *const *headers;
    const char *probe = http_model_probe(runnable, 0, &headers);
    assert_non_null(probe);
    assert_memory_equal(probe, url, strlen(url));
    if (key)
        assert_string_equal(headers[0], arena_printf(arena, "Authorization: Bearer %s", key));
    else
        assert_null(headers[0]);
    assert_null(http_model_probe(runnable, 1, &headers));
    assert_int_equal(http_model_options(runnable)->public_only, public_only);
    runnable_rele(runnable);
}

static void a_clients_address_gets_no_key_of_ours(void **state)
{
    (void)state;
    static const char *const models[] = {
        "{\"provider\": \"openai\", \"base_url\": \"http://ours\", \"api_key\": \"ours\"}",
        "{\"provider\": \"openai\", \"base_url\": \"http://ours\", \"api_keys\": [\"a\", \"b\"]}",
        "{\"provider\": \"openai\", \"base_url\": \"http://ours\", \"breaker\": {\"failures\": 1},"
        " \"endpoints\": [{\"api_key\": \"a\"}, {\"base_url\": \"http://more\"}]}",
        "{\"provider\": \"openai\"}",
    };
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        check(made(models[i], NULL, "{\"base_url\": \"http://theirs\"}"), "http://theirs", NULL,
              true);
        check(made(models[i], NULL, "{\"base_url\": \"http://theirs\", \"api_key\": \"theirs\"}"),
              "http://theirs", "theirs", true);
    }
    check(made(models[0], NULL, "{\"base_url\": \"http://ours\"}"), "http://ours", "ours", false);
    check(made(models[3], NULL, "{\"temperature\": 1}"), "https://api.openai.com/v1",
          "of-the-environment", false);
}

static void addresses_of_the_file_are_ours(void **state)
{
    (void)state;
    check(made("{\"provider\": \"openai\", \"api_key\": \"ours\"}", "{\"near\": \"http://near\"}",
               "{\"base_url\": \"http://near\"}"),
          "http://near", "ours", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clients_address_gets_no_key_of_ours),
        cmocka_unit_test(addresses_of_the_file_are_ours),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}

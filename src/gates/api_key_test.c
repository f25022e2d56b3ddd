#include "gates/api_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gates/key_set.h"

static void keys_are_long_and_never_the_same(void **state)
{
    char a[API_KEY_LEN + 1], b[API_KEY_LEN + 1];
    (void)state;
    api_key_make(a);
    api_key_make(b);
    assert_int_equal(strlen(a), API_KEY_LEN);
    assert_memory_equal(a, "lsk_", 4);
    assert_int_equal(strspn(a + 4, "0123456789abcdef"), DIGEST_HEX);
    assert_string_not_equal(a, b);
}

static void scopes_open_their_routes_and_no_others(void **state)
{
    static const char *const scopes[] = {"/a", "/"};
    const struct api_key all = {.name = "all"};
    const struct api_key some = {.name = "some", .scopes = scopes, .scope_count = 2};
    (void)state;
    assert_true(api_key_opens(&all, "/whatever"));
    assert_true(api_key_opens(&all, NULL));
    assert_true(api_key_opens(&some, "/a"));
    assert_true(api_key_opens(&some, "/"));
    assert_true(api_key_opens(&some, NULL));
    assert_false(api_key_opens(&some, "/a/b"));
    assert_false(api_key_opens(&some, "/ab"));
    assert_false(api_key_opens(&some, ""));
    assert_false(api_key_opens(&some, "/b"));
}

static void an_end_is_a_date_or_a_time(void **state)
{
    int64_t ms;
    (void)state;
    assert_true(api_key_read_time(&ms, "1970-01-02"));
    assert_int_equal(ms, 86400000);
    assert_true(api_key_read_time(&ms, "1970-01-02T01:00:00.250+01:00"));
    assert_int_equal(ms, 86400250);
    assert_true(api_key_read_time(&ms, "2038-01-20T00:00:00Z"));
    assert_int_equal(ms, 2147558400000);
    assert_false(api_key_read_time(&ms, "30d"));
    assert_false(api_key_read_time(&ms, "2027-02-29"));
    assert_false(api_key_read_time(&ms, "soon"));
    assert_false(api_key_read_time(&ms, ""));

    const struct api_key key = {.name = "k", .expires = 1000}, lasting = {.name = "l"};
    assert_false(api_key_has_expired(&key, 999));
    assert_true(api_key_has_expired(&key, 1000));
    assert_false(api_key_has_expired(&lasting, INT64_MAX));
}

static void names_and_limits_are_checked(void **state)
{
    char name[API_KEY_NAME + 2];
    (void)state;
    assert_null(api_key_name_fault("ci bot, 上海"));
    assert_non_null(api_key_name_fault(""));
    assert_non_null(api_key_name_fault("a\nb"));
    assert_non_null(api_key_name_fault("\xff"));
    memset(name, 'x', sizeof name);
    name[API_KEY_NAME + 1] = '\0';
    assert_non_null(api_key_name_fault(name));
    name[API_KEY_NAME] = '\0';
    assert_null(api_key_name_fault(name));

    assert_null(api_key_limit_fault("10/minute"));
    assert_null(api_key_limit_fault("100/1h"));
    assert_non_null(api_key_limit_fault("10"));
    assert_non_null(api_key_limit_fault("10/"));
    assert_non_null(api_key_limit_fault("/minute"));
    assert_non_null(api_key_limit_fault("ten/minute"));
    assert_non_null(api_key_limit_fault("10/mi nute"));
}

/* A log of items, read. */
static struct key_set *read_log(char *const *items, size_t count)
{
    struct store_text log[16];
    assert_true(count <= 16);
    for (size_t i = 0; i < count; i++)
        log[i] = (struct store_text){items[i], strlen(items[i])};
    return key_set_read(log, count);
}

static struct api_key named(const char *name, unsigned char first)
{
    static const char *const scopes[] = {"/a", "/b"};
    return (struct api_key){.digest = {first},
                            .name = name,
                            .scopes = scopes,
                            .scope_count = 2,
                            .created = 5,
                            .expires = 9,
                            .limit = "10/minute"};
}

static void a_key_comes_out_of_the_log_as_it_went_in(void **state)
{
    struct api_key key = named("bob", 7);
    char *items[] = {key_log_add(&key)};
    size_t count;
    (void)state;
    assert_null(strstr(items[0], "lsk_"));
    struct key_set *set = read_log(items, 1);
    const struct api_key *found = key_set_find(set, key.digest);
    assert_non_null(found);
    assert_ptr_equal(found, key_set_all(set, &count));
    assert_int_equal(count, 1);
    assert_string_equal(found->name, "bob");
    assert_string_equal(found->limit, "10/minute");
    assert_int_equal(found->created, 5);
    assert_int_equal(found->expires, 9);
    assert_int_equal(found->scope_count, 2);
    assert_string_equal(found->scopes[1], "/b");
    key_set_rele(set);
    free(items[0]);
}

static void a_name_is_revoked_until_it_gets_a_key_again(void **state)
{
    struct api_key first = named("bob", 1), other = named("eve", 2), second = named("bob", 3);
    char *items[] = {key_log_add(&first), key_log_add(&other), key_log_revoke("bob", 1),
                     key_log_add(&second), key_log_revoke("nobody", 2)};
    size_t count;
    (void)state;
    for (size_t len = 0; len <= 5; len++) {
        struct key_set *set = read_log(items, len);
        assert_int_equal(key_set_find(set, first.digest) != NULL, len == 1 || len == 2);
        assert_int_equal(key_set_find(set, other.digest) != NULL, len >= 2);
        assert_int_equal(key_set_find(set, second.digest) != NULL, len >= 4);
        key_set_rele(set);
    }
    struct key_set *set = read_log(items, 5);
    assert_string_equal(key_set_all(set, &count)[0].name, "eve");
    assert_int_equal(count, 2);
    key_set_rele(set);
    for (size_t i = 0; i < 5; i++)
        free(items[i]);
}

static void of_keys_that_were_added_at_once_the_first_counts(void **state)
{
    struct api_key first = named("bob", 1), second = named("bob", 2), other = named("eve", 3);
    char *items[] = {key_log_add(&first), key_log_add(&second), key_log_add(&other)};
    size_t count;
    (void)state;
    struct key_set *set = read_log(items, 3);
    assert_non_null(key_set_find(set, first.digest));
    assert_null(key_set_find(set, second.digest));
    assert_non_null(key_set_find(set, other.digest));
    (void)key_set_all(set, &count);
    assert_int_equal(count, 2);
    key_set_rele(set);
    for (size_t i = 0; i < 3; i++)
        free(items[i]);
}

static void what_is_no_item_opens_nothing(void **state)
{
    char *const items[] = {"",
                           "{}",
                           "[]",
                           "{\"key\":{}}",
                           "{\"key\":{\"name\":\"a\"}}",
                           "{\"key\":{\"name\":\"a\",\"digest\":\"00\",\"scopes\":[]}}",
                           "{\"key\":{\"name\":\"a\",\"scopes\":[1],\"digest\":"
                           "\"0000000000000000000000000000000000000000000000000000000000000000\"}}",
                           "{\"revoke\":1}"};
    size_t count;
    (void)state;
    struct key_set *set = read_log(items, sizeof items / sizeof *items);
    (void)key_set_all(set, &count);
    assert_int_equal(count, 0);
    key_set_rele(set);
}

static void many_keys_are_all_found(void **state)
{
    enum { MANY = 5000 };
    static struct api_key keys[MANY];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        keys[i].name = "n";
        keys[i].created = i;
        digest_bytes(keys[i].digest, &i, sizeof i);
    }
    struct key_set *set = key_set_new(keys, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(key_set_find(set, keys[i].digest)->created, i);
    for (int i = MANY; i < 2 * MANY; i++) {
        unsigned char digest[DIGEST_LEN];
        digest_bytes(digest, &i, sizeof i);
        assert_null(key_set_find(set, digest));
    }
    key_set_rele(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_long_and_never_the_same),
        cmocka_unit_test(scopes_open_their_routes_and_no_others),
        cmocka_unit_test(an_end_is_a_date_or_a_time),
        cmocka_unit_test(names_and_limits_are_checked),
        cmocka_unit_test(a_key_comes_out_of_the_log_as_it_went_in),
        cmocka_unit_test(a_name_is_revoked_until_it_gets_a_key_again),
        cmocka_unit_test(of_keys_that_were_added_at_once_the_first_counts),
        cmocka_unit_test(what_is_no_item_opens_nothing),
        cmocka_unit_test(many_keys_are_all_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What any backend must do, tried on all. */
#include "store/redis_stand.h"
#include "store/store_stand.h"

#include <time.h>

static struct store_stand stand;
static struct redis_stand redis;

static int set_up(void **state)
{
    (void)state;
    store_stand_init(&stand, loop_new_virtual(), NULL);
    return 0;
}

static int set_up_real(void **state)
{
    (void)state;
    store_stand_init(&stand, loop_new(), NULL);
    return 0;
}

static int set_up_redis(void **state)
{
    (void)state;
    store_stand_init(&stand, loop_new(), redis.pid > 0 ? redis.host : NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_stand_fini(&stand);
    return 0;
}

static void pass(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static void append(const char *key, const char *const *words, size_t count, size_t window,
                   int64_t ttl)
{
    struct store_text items[8];
    for (size_t i = 0; i < count; i++)
        items[i] = text_of(words[i]);
    const struct store_request request = {.verb = STORE_APPEND,
                                          .key = text_of(key),
                                          .items = items,
                                          .count = count,
                                          .window = window,
                                          .ttl = ttl};
    stand_ask_of(&stand, stand.store, &request);
    assert_int_equal(stand.err, LS_OK);
}

static void test_values(void **state)
{
    (void)state;
    assert_int_equal(stand_do(&stand, STORE_GET, "k", NULL), LS_OK);
    assert_int_equal(stand.count, 0);
    stand_do(&stand, STORE_SET, "k", "one");
    stand_do(&stand, STORE_SET, "l", "");
    stand_do(&stand, STORE_SET, "k", "two");
    stand_do(&stand, STORE_GET, "k", NULL);
    assert_int_equal(stand.count, 1);
    assert_string_equal(buf_str(&stand.given), "two");
    stand_do(&stand, STORE_GET, "l", NULL);
    assert_int_equal(stand.count, 1);
    assert_string_equal(buf_str(&stand.given), "");
    assert_int_equal(stand_do(&stand, STORE_DELETE, "k", NULL), LS_OK);
    stand_do(&stand, STORE_GET, "k", NULL);
    assert_int_equal(stand.count, 0);
    assert_int_equal(stand_do(&stand, STORE_DELETE, "k", NULL), LS_OK);
    stand_do(&stand, STORE_GET, "l", NULL);
    assert_int_equal(stand.count, 1);
}

static void test_lists(void **state)
{
    (void)state;
    static const char *const words[] = {"c", "d"};
    assert_list(&stand, "k", "");
    stand_do(&stand, STORE_APPEND, "k", "a");
    stand_do(&stand, STORE_APPEND, "other", "x");
    stand_do(&stand, STORE_APPEND, "k", "b");
    append("k", words, 2, 0, 0);
    assert_list(&stand, "k", "a|b|c|d");
    const struct store_request last = {.verb = STORE_READ, .key = text_of("k"), .window = 3};
    stand_ask_of(&stand, stand.store, &last);
    assert_string_equal(buf_str(&stand.given), "b|c|d");
    stand_do(&stand, STORE_DELETE, "k", NULL);
    assert_list(&stand, "k", "");
    assert_list(&stand, "other", "x");
    stand_do(&stand, STORE_APPEND, "k", "again");
    assert_list(&stand, "k", "again");
}

static void test_a_list_is_trimmed_to_its_window(void **state)
{
    (void)state;
    static const char *const words[] = {"1", "2", "3", "4", "5"};
    append("k", words, 3, 4, 0);
    assert_list(&stand, "k", "1|2|3");
    append("k", words + 3, 2, 4, 0);
    assert_list(&stand, "k", "2|3|4|5");
    append("k", words, 5, 2, 0);
    assert_list(&stand, "k", "4|5");
}

static void test_what_has_expired_is_gone(void **state)
{
    (void)state;
    static const char *const words[] = {"a", "b"};
    append("k", words, 1, 0, 30);
    append("stays", words, 1, 0, 0);
    pass(60);
    assert_list(&stand, "k", "");
    append("k", words + 1, 1, 0, 0); /* begins a new list, that has no end */
    pass(60);
    assert_list(&stand, "k", "b");
    assert_list(&stand, "stays", "a");
}

static void test_an_append_puts_the_end_off(void **state)
{
    (void)state;
    static const char *const words[] = {"a", "b"};
    append("k", words, 1, 0, 50);
    append("k", words + 1, 1, 0, 3600000);
    pass(100);
    assert_list(&stand, "k", "a|b");
}

static void test_any_bytes_are_keys_and_items(void **state)
{
    (void)state;
    static const char bytes[] = "a\0b\xff\n";
    const struct store_text item = {bytes, sizeof bytes - 1};
    const struct store_request set = {.verb = STORE_SET, .key = item, .items = &item, .count = 1};
    const struct store_request get = {.verb = STORE_GET, .key = item};
    stand_ask_of(&stand, stand.store, &set);
    stand_ask_of(&stand, stand.store, &get);
    assert_int_equal(stand.given.len, sizeof bytes - 1);
    assert_memory_equal(stand.given.data, bytes, sizeof bytes - 1);
    stand_do(&stand, STORE_GET, "a", NULL);
    assert_int_equal(stand.count, 0);
}

static void test_the_newest_items_of_a_huge_list_are_given(void **state)
{
    (void)state;
    size_t len = STORE_MAX_READ / 4;
    char *large = malloc(len + 1);
    memset(large, 'x', len);
    large[len] = '\0';
    for (int i = 0; i < 6; i++)
        stand_do(&stand, STORE_APPEND, "k", large);
    free(large);
    stand_do(&stand, STORE_APPEND, "k", "last");
    stand_do(&stand, STORE_READ, "k", NULL);
    assert_int_equal(stand.count, 4);
    assert_string_equal(stand.given.data + stand.given.len - 5, "|last");
}

static void test_a_cancelled_request_is_not_answered(void **state)
{
    (void)state;
    const struct store_text item = text_of("a");
    const struct store_request append_one = {
        .verb = STORE_APPEND, .key = text_of("k"), .items = &item, .count = 1};
    store_cancel(store_ask(stand.store, &append_one, stand_answered, &stand));
    loop_run(stand.loop);
    assert_int_equal(stand.answers, 0);
    assert_list(&stand, "k", "a"); /* the change was made */
}

static void test_requests_are_done_in_order(void **state)
{
    (void)state;
    struct buf wanted;
    buf_init(&wanted, 1 << 16);
    for (int i = 0; i < 200; i++) {
        char word[16];
        snprintf(word, sizeof word, "%d", i);
        const struct store_text item = text_of(word);
        const struct store_request request = {
            .verb = STORE_APPEND, .key = text_of("k"), .items = &item, .count = 1};
        store_ask(stand.store, &request, stand_answered, &stand);
        buf_printf(&wanted, "%s%d", i > 0 ? "|" : "", i);
    }
    loop_run(stand.loop);
    assert_int_equal(stand.answers, 200);
    assert_list(&stand, "k", buf_str(&wanted));
    buf_fini(&wanted);
}

static void test_freeing_answers_all(void **state)
{
    (void)state;
    const struct store_text item = text_of("a");
    const struct store_request request = {
        .verb = STORE_APPEND, .key = text_of("k"), .items = &item, .count = 1};
    for (int i = 0; i < 20; i++)
        store_ask(stand.store, &request, stand_answered, &stand);
    store_free(&stand.store);
    assert_null(stand.store);
    assert_int_equal(stand.answers, 20);
    stand.store = stand_store_new(&stand);
    stand_do(&stand, STORE_READ, "k", NULL);
    if (!stand.redis) /* which may have been asked none of it yet */
        assert_int_equal(stand.count, 20);
}

static void cache(const char *key, const char *value, int64_t ttl)
{
    const struct store_text item = text_of(value);
    const struct store_request request = {
        .verb = STORE_CACHE, .key = text_of(key), .items = &item, .count = 1, .ttl = ttl};
    stand_ask_of(&stand, stand.store, &request);
    assert_int_equal(stand.err, LS_OK);
}

static void assert_cached(const char *key, const char *wanted)
{
    assert_int_equal(stand_do(&stand, STORE_RECALL, key, NULL), LS_OK);
    assert_int_equal(stand.count, wanted ? 1 : 0);
    assert_string_equal(buf_str(&stand.given), wanted ? wanted : "");
}

static void test_the_cache_is_apart(void **state)
{
    (void)state;
    assert_cached("k", NULL);
    stand_do(&stand, STORE_SET, "k", "value");
    cache("k", "one", 3600000);
    cache("k", "cached", 3600000);
    assert_cached("k", "cached");
    stand_do(&stand, STORE_GET, "k", NULL);
    assert_string_equal(buf_str(&stand.given), "value");
    stand_do(&stand, STORE_DELETE, "k", NULL);
    assert_cached("k", "cached");
    stand_do(&stand, STORE_KEYS, "", NULL);
    assert_int_equal(stand.count, 0);
    assert_int_equal(stand_do(&stand, STORE_COUNT, "", NULL), LS_OK);
    assert_int_equal(stand.count, 1);
    assert_true(atoi(buf_str(&stand.given)) >= 1);
}

static void test_what_is_cached_expires(void **state)
{
    (void)state;
    cache("k", "one", 30);
    cache("l", "two", 3600000);
    pass(60);
    assert_cached("k", NULL);
    assert_cached("l", "two");
    cache("k", "again", 3600000);
    assert_cached("k", "again");
}

static void keys(const char *prefix, const char *behind, size_t window, const char *wanted)
{
    struct store_text items[] = {text_of(behind ? behind : "")};
    const struct store_request request = {.verb = STORE_KEYS,
                                          .key = text_of(prefix),
                                          .items = items,
                                          .count = behind ? 1 : 0,
                                          .window = window};
    stand_ask_of(&stand, stand.store, &request);
    assert_int_equal(stand.err, LS_OK);
    assert_string_equal(buf_str(&stand.given), wanted);
}

static void test_keys(void **state)
{
    (void)state;
    static const char *const names[] = {"f/b", "f/", "f", "f/ab", "f0", "g", "f/a"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        stand_do(&stand, STORE_SET, names[i], "x");
    keys("f/", NULL, 0, "f/|f/a|f/ab|f/b");
    keys("f/", NULL, 2, "f/|f/a");
    keys("f/", "f/a", 0, "f/ab|f/b");
    keys("f/", "f/b", 0, "");
    keys("nothing", NULL, 0, "");
    stand_do(&stand, STORE_DELETE, "f/ab", NULL);
    append("f/c", (const char *[]){"one"}, 1, 0, 1);
    pass(20);
    keys("f/", "f/", 0, "f/a|f/b");
}

int main(void)
{
#define TEST(name)                                                     \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down),          \
        cmocka_unit_test_setup_teardown(name, set_up_real, tear_down), \
        cmocka_unit_test_setup_teardown(name, set_up_redis, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_values),
        TEST(test_keys),
        TEST(test_lists),
        TEST(test_a_list_is_trimmed_to_its_window),
        TEST(test_what_has_expired_is_gone),
        TEST(test_an_append_puts_the_end_off),
        TEST(test_any_bytes_are_keys_and_items),
        TEST(test_the_newest_items_of_a_huge_list_are_given),
        TEST(test_a_cancelled_request_is_not_answered),
        TEST(test_requests_are_done_in_order),
        TEST(test_freeing_answers_all),
        TEST(test_the_cache_is_apart),
        TEST(test_what_is_cached_expires),
    };
    if (!redis_stand_start(&redis, NULL))
        print_message("no redis-server: what is about it is tried on SQLite\n");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    redis_stand_fini(&redis);
    return failed;
}

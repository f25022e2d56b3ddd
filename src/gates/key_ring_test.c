#include "gates/key_stand.h"

static enum key_news find(struct key_stand *stand, const char *text, const struct api_key **key)
{
    return key_ring_find(stand->ring, stand_digest(text), stand->arena, key);
}

/* Asks, and waits for the store if need be. */
static enum key_news ask(struct key_stand *stand, const char *text, const struct api_key **key)
{
    enum key_news news = find(stand, text, key);
    if (news != KEY_WAIT)
        return news;
    loop_advance(stand->loop, 0);
    news = find(stand, text, key);
    assert_int_not_equal(news, KEY_WAIT); /* or it would wait for ever */
    return news;
}

/* Whose key the text is; "" nobody's. */
static const char *whose(struct key_stand *stand, const char *text)
{
    const struct api_key *key;
    assert_int_equal(ask(stand, text, &key), KEY_KNOWN);
    return key ? key->name : "";
}

static void keys_of_the_store_are_found(void **state)
{
    struct key_stand *stand = *state;
    const struct api_key *key;
    assert_int_equal(find(stand, "one", &key), KEY_WAIT);
    loop_advance(stand->loop, 0);
    assert_string_equal(whose(stand, "one"), "");
    stand_add(stand, "ann", "one");
    loop_advance(stand->loop, KEY_RING_DOUBT_MS + 1);
    assert_string_equal(whose(stand, "one"), "ann");
    assert_string_equal(whose(stand, "two"), "");
}

static void a_new_key_is_known_at_once_but_for_the_doubt(void **state)
{
    struct key_stand *stand = *state;
    stand_add(stand, "ann", "one");
    assert_string_equal(whose(stand, "one"), "ann");
    stand_add(stand, "bob", "two");
    loop_advance(stand->loop, KEY_RING_DOUBT_MS + 1);
    assert_string_equal(whose(stand, "two"), "bob");
}

static void a_revoked_key_ends_while_requests_come_and_after_a_pause(void **state)
{
    struct key_stand *stand = *state;
    stand_add(stand, "ann", "one");
    stand_add(stand, "bob", "two");
    assert_string_equal(whose(stand, "one"), "ann");
    stand_revoke(stand, "ann");
    for (int64_t ms = 0; ms <= KEY_RING_TRUST_MS; ms += 50) {
        (void)whose(stand, "one");
        loop_advance(stand->loop, 50);
    }
    assert_string_equal(whose(stand, "one"), "");
    stand_revoke(stand, "bob");
    loop_advance(stand->loop, KEY_RING_TRUST_MS + 1);
    assert_string_equal(whose(stand, "two"), "");
}

static void known_keys_cost_two_looks_a_second(void **state)
{
    struct key_stand *stand = *state;
    stand_add(stand, "ann", "one");
    assert_string_equal(whose(stand, "one"), "ann");
    unsigned looks = stand->looks, reads = stand->reads;
    for (int ms = 0; ms < 10000; ms++) {
        assert_string_equal(whose(stand, "one"), "ann");
        loop_advance(stand->loop, 1);
    }
    assert_in_range(stand->looks - looks, 15, 20);
    assert_int_equal(stand->reads, reads);
}

static void a_flood_of_wrong_keys_costs_ten_looks_a_second(void **state)
{
    struct key_stand *stand = *state;
    const struct api_key *key;
    char text[32];
    stand_add(stand, "ann", "one");
    assert_string_equal(whose(stand, "one"), "ann");
    unsigned looks = stand->looks;
    for (int i = 0; i < 20000; i++) {
        snprintf(text, sizeof text, "wrong-%d", i);
        assert_int_equal(ask(stand, text, &key), KEY_KNOWN);
        assert_null(key);
        if (i % 10 == 0)
            loop_advance(stand->loop, 1);
    }
    assert_in_range(stand->looks - looks, 1, 21);
    assert_int_equal(stand->reads, 1);
}

static void known_keys_outlive_a_store_that_fails_for_a_while(void **state)
{
    struct key_stand *stand = *state;
    const struct api_key *key;
    stand_add(stand, "ann", "one");
    assert_string_equal(whose(stand, "one"), "ann");
    stand->fails = true;
    for (int64_t ms = 0; ms < KEY_RING_GRACE_MS; ms += 1000) {
        assert_string_equal(whose(stand, "one"), "ann");
        loop_advance(stand->loop, 1000);
    }
    loop_advance(stand->loop, 1000);
    assert_int_equal(ask(stand, "one", &key), KEY_FAILED);
    assert_int_equal(ask(stand, "two", &key), KEY_FAILED);
    stand->fails = false;
    loop_advance(stand->loop, KEY_RING_LOOK_MS);
    assert_string_equal(whose(stand, "one"), "ann");
    assert_string_equal(whose(stand, "two"), "");
}

static void a_store_that_never_answered_well_opens_nothing(void **state)
{
    struct key_stand *stand = *state;
    const struct api_key *key;
    stand->fails = true;
    assert_int_equal(ask(stand, "one", &key), KEY_FAILED);
    unsigned looks = stand->looks;
    for (int i = 0; i < 100; i++)
        assert_int_equal(ask(stand, "one", &key), KEY_FAILED);
    assert_int_equal(stand->looks, looks);
}

static void a_log_that_is_gone_closes_everything(void **state)
{
    struct key_stand *stand = *state;
    stand_add(stand, "ann", "one");
    assert_string_equal(whose(stand, "one"), "ann");
    free(stand->log[--stand->count]);
    loop_advance(stand->loop, KEY_RING_TRUST_MS + 1);
    assert_string_equal(whose(stand, "one"), "");
}

/* The key that a request came in by is read until its end. */
static void a_key_lives_as_long_as_who_found_it(void **state)
{
    struct key_stand *stand = *state;
    const struct api_key *key;
    stand_add(stand, "ann", "one");
    assert_int_equal(ask(stand, "one", &key), KEY_KNOWN);
    stand_revoke(stand, "ann");
    loop_advance(stand->loop, KEY_RING_TRUST_MS + 1);
    assert_string_equal(whose(stand, "one"), "");
    assert_string_equal(key->name, "ann");
}

struct counting {
    struct key_waiter waiter;
    unsigned calls;
};

static void on_news(struct key_waiter *waiter)
{
    container_of(waiter, struct counting, waiter)->calls++;
}

static void all_wait_for_one_look_and_those_who_left_do_not(void **state)
{
    struct key_stand *stand = *state;
    const struct api_key *key;
    struct counting waiting[3] = {0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(find(stand, "one", &key), KEY_WAIT);
        waiting[i].waiter.fn = on_news;
        key_ring_wait(stand->ring, &waiting[i].waiter);
    }
    list_remove(&waiting[1].waiter.link);
    loop_advance(stand->loop, 0);
    assert_int_equal(waiting[0].calls, 1);
    assert_int_equal(waiting[1].calls, 0);
    assert_int_equal(waiting[2].calls, 1);
    assert_int_equal(stand->looks, 1);
}

static void a_ring_may_go_while_it_looks(void **state)
{
    struct key_stand *stand = *state;
    const struct api_key *key;
    assert_int_equal(find(stand, "one", &key), KEY_WAIT);
    key_ring_free(&stand->ring);
    loop_advance(stand->loop, 0);
    key_ring_free(&stand->ring);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, key_stand_open, key_stand_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_of_the_store_are_found),
        TEST(a_new_key_is_known_at_once_but_for_the_doubt),
        TEST(a_revoked_key_ends_while_requests_come_and_after_a_pause),
        TEST(known_keys_cost_two_looks_a_second),
        TEST(a_flood_of_wrong_keys_costs_ten_looks_a_second),
        TEST(known_keys_outlive_a_store_that_fails_for_a_while),
        TEST(a_store_that_never_answered_well_opens_nothing),
        TEST(a_log_that_is_gone_closes_everything),
        TEST(a_key_lives_as_long_as_who_found_it),
        TEST(all_wait_for_one_look_and_those_who_left_do_not),
        TEST(a_ring_may_go_while_it_looks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

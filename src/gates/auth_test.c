#include "gates/auth.h"

#include "base/clock.h"
#include "gates/key_stand.h"

/* One gate with three keys in the file, and what it last said. */
struct gate {
    struct auth auth;
    struct arena *arena;
    struct key_ring *ring;
    const struct api_key *caller;
    struct verdict verdict;
};

static struct api_key key_of(const char *name, const char *text)
{
    struct api_key key = {.name = name};
    memcpy(key.digest, stand_digest(text), DIGEST_LEN);
    return key;
}

static void gate_init(struct gate *gate)
{
    static const char *const scopes[] = {"/a"};
    struct api_key keys[] = {key_of("all", "right"), key_of("some", "scoped"),
                             key_of("old", "stale")};
    keys[1].scopes = scopes;
    keys[1].scope_count = 1;
    keys[2].expires = clock_wall_us() / 1000 - 1;
    *gate = (struct gate){.arena = arena_new(0)};
    gate->auth = (struct auth){.header = "x-api-key",
                               .shown = "X-API-Key",
                               .bearer = true,
                               .keys = key_set_new(keys, 3),
                               .missing = 401,
                               .status = 403,
                               .detail = "Invalid API key"};
}

static void gate_fini(struct gate *gate)
{
    key_set_rele(gate->auth.keys);
    arena_free(&gate->arena);
}

static enum auth_answer ask(struct gate *gate, const char *path, const struct http_header *headers,
                            unsigned count)
{
    const struct http_request request = {
        .method = "POST", .path = "/elsewhere", .headers = headers, .header_count = count};
    memset(&gate->verdict, 0xee, sizeof gate->verdict);
    gate->caller = NULL;
    return auth_ask(&gate->auth, gate->ring, &request, path, gate->arena, &gate->caller,
                    &gate->verdict);
}

static enum auth_answer ask_one(struct gate *gate, const char *path, const char *name,
                                const char *value)
{
    const struct http_header header = {name, value};
    return ask(gate, path, &header, 1);
}

static void assert_refused(const struct gate *gate, enum auth_answer answer, int status,
                           const char *sentence)
{
    assert_int_equal(answer, AUTH_REFUSES);
    assert_int_equal(gate->verdict.status, status);
    assert_string_equal(gate->verdict.sentence, sentence);
}

static void a_right_key_opens_and_names_its_caller(void **state)
{
    static const char *const spellings[] = {"Bearer right", "bearer right", "BEARER   right"};
    struct gate gate;
    (void)state;
    gate_init(&gate);
    assert_int_equal(ask_one(&gate, "/a", "x-api-key", "right"), AUTH_PASSES);
    assert_string_equal(gate.caller->name, "all");
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        assert_int_equal(ask_one(&gate, "/a", "authorization", spellings[i]), AUTH_PASSES);
        assert_string_equal(gate.caller->name, "all");
    }
    gate_fini(&gate);
}

static void a_wrong_key_is_403(void **state)
{
    static const char *const wrong[] = {"wrong", "righ", "right ", "rightx", "RIGHT", "'or'1'='1"};
    struct gate gate;
    char *vast = calloc(API_KEY_MAX + 2, 1);
    (void)state;
    gate_init(&gate);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_refused(&gate, ask_one(&gate, "/a", "x-api-key", wrong[i]), 403, "Invalid API key");
        assert_null(gate.caller);
        assert_int_equal(gate.verdict.err, LS_FORBIDDEN);
        assert_int_equal(gate.verdict.header_count, 0);
        assert_null(gate.verdict.missing);
    }
    memset(vast, 'x', API_KEY_MAX + 1);
    assert_refused(&gate, ask_one(&gate, "/a", "x-api-key", vast), 403, "Invalid API key");
    gate.auth.status = 400;
    gate.auth.detail = "X-Token header invalid";
    assert_refused(&gate, ask_one(&gate, "/a", "x-api-key", "wrong"), 400,
                   "X-Token header invalid");
    free(vast);
    gate_fini(&gate);
}

static void no_key_is_401_403_or_422(void **state)
{
    static const struct http_header none[] = {{"x-api-key", ""},
                                              {"authorization", ""},
                                              {"authorization", "Bearer"},
                                              {"authorization", "Bearer  "},
                                              {"authorization", "Basic right"},
                                              {"authorization", "right"},
                                              {"cookie", "x-api-key=right"}};
    struct gate gate;
    (void)state;
    gate_init(&gate);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_refused(&gate, ask(&gate, "/a", &none[i], 1), 401, "Not authenticated");
        assert_int_equal(gate.verdict.err, LS_UNAUTHORIZED);
        assert_int_equal(gate.verdict.header_count, 1);
        assert_string_equal(gate.verdict.headers[0].name, "WWW-Authenticate");
        assert_string_equal(gate.verdict.headers[0].value, "Bearer");
    }
    gate.auth.missing = 403;
    assert_refused(&gate, ask(&gate, "/a", NULL, 0), 403, "Not authenticated");
    assert_int_equal(gate.verdict.header_count, 0);
    gate.auth.missing = 422;
    assert_int_equal(ask(&gate, "/a", NULL, 0), AUTH_REFUSES);
    assert_int_equal(gate.verdict.status, 422);
    assert_string_equal(gate.verdict.missing, "x-api-key");
    gate_fini(&gate);
}

static void a_route_may_know_one_header_alone(void **state)
{
    struct gate gate;
    (void)state;
    gate_init(&gate);
    gate.auth.bearer = false;
    assert_int_equal(ask_one(&gate, "/a", "x-api-key", "right"), AUTH_PASSES);
    assert_refused(&gate, ask_one(&gate, "/a", "authorization", "Bearer right"), 401,
                   "Not authenticated");
    assert_string_equal(gate.verdict.headers[0].value, "APIKey");
    gate_fini(&gate);
}

static void a_scope_opens_its_route_alone(void **state)
{
    struct gate gate;
    (void)state;
    gate_init(&gate);
    assert_int_equal(ask_one(&gate, "/a", "x-api-key", "scoped"), AUTH_PASSES);
    assert_int_equal(ask_one(&gate, NULL, "x-api-key", "scoped"), AUTH_PASSES);
    assert_refused(&gate, ask_one(&gate, "/b", "x-api-key", "scoped"), 403,
                   "This API key does not open the route /b");
    assert_string_equal(gate.caller->name, "some"); /* for the log */
    gate_fini(&gate);
}

static void an_expired_key_says_so_to_who_has_it(void **state)
{
    struct gate gate;
    (void)state;
    gate_init(&gate);
    assert_refused(&gate, ask_one(&gate, "/a", "x-api-key", "stale"), 403,
                   "The API key has expired");
    gate_fini(&gate);
}

/* Which of two a proxy before us has looked at is not known. */
static void a_key_sent_twice_is_none(void **state)
{
    static const struct http_header same[] = {{"x-api-key", "right"}, {"x-api-key", "right"}};
    static const struct http_header tokens[] = {{"authorization", "Bearer right"},
                                                {"authorization", "Bearer wrong"}};
    static const struct http_header both[] = {{"authorization", "Bearer right"},
                                              {"x-api-key", "wrong"}};
    static const struct http_header empty[] = {{"x-api-key", ""}, {"x-api-key", "right"}};
    struct gate gate;
    (void)state;
    gate_init(&gate);
    assert_refused(&gate, ask(&gate, "/a", same, 2), 403, "Invalid API key");
    assert_refused(&gate, ask(&gate, "/a", tokens, 2), 403, "Invalid API key");
    assert_refused(&gate, ask(&gate, "/a", both, 2), 403, "Invalid API key");
    assert_int_equal(ask(&gate, "/a", empty, 2), AUTH_REFUSES);
    gate_fini(&gate);
}

static void keys_of_the_store_count_where_they_are_asked_for(void **state)
{
    struct key_stand *stand = *state;
    struct gate gate;
    gate_init(&gate);
    gate.ring = stand->ring;
    stand_add(stand, "ann", "stored");
    assert_refused(&gate, ask_one(&gate, "/a", "x-api-key", "stored"), 403, "Invalid API key");
    gate.auth.stored = true;
    assert_int_equal(ask_one(&gate, "/a", "x-api-key", "right"), AUTH_PASSES);
    assert_int_equal(stand->looks, 0);
    assert_int_equal(ask_one(&gate, "/a", "x-api-key", "stored"), AUTH_WAITS);
    loop_advance(stand->loop, 0);
    assert_int_equal(ask_one(&gate, "/a", "x-api-key", "stored"), AUTH_PASSES);
    assert_string_equal(gate.caller->name, "ann");
    stand->fails = true;
    loop_advance(stand->loop, KEY_RING_GRACE_MS + 1);
    assert_int_equal(ask_one(&gate, "/a", "x-api-key", "stored"), AUTH_WAITS);
    loop_advance(stand->loop, 0);
    assert_int_equal(ask_one(&gate, "/a", "x-api-key", "stored"), AUTH_REFUSES);
    assert_int_equal(gate.verdict.status, 503);
    assert_int_equal(gate.verdict.err, LS_STORE);
    assert_int_equal(ask_one(&gate, "/a", "x-api-key", "right"), AUTH_PASSES);
    gate_fini(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_key_opens_and_names_its_caller),
        cmocka_unit_test(a_wrong_key_is_403),
        cmocka_unit_test(no_key_is_401_403_or_422),
        cmocka_unit_test(a_route_may_know_one_header_alone),
        cmocka_unit_test(a_scope_opens_its_route_alone),
        cmocka_unit_test(an_expired_key_says_so_to_who_has_it),
        cmocka_unit_test(a_key_sent_twice_is_none),
        cmocka_unit_test_setup_teardown(keys_of_the_store_count_where_they_are_asked_for,
                                        key_stand_open, key_stand_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Requests that come in before the answers to earlier ones. */
#include "http/http_stand.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST(path) "POST " path " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"

static void pipelined_answers_keep_the_order_of_requests(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/later1") GET("/b") GET("/stream") GET("/later2") GET("/d"));
    assert_int_equal(stand.requests, 5);
    assert_int_equal(stand.got.len, 0);
    assert_int_equal(stand.records, 0);
    http_respond(stand.later[1], 200, NULL, "[c]", 3);
    stand_settle(&stand);
    assert_int_equal(stand.got.len, 0);
    http_respond(stand.later[0], 200, NULL, "[a]", 3);
    stand_settle(&stand);
    const char *text = buf_str(&stand.got), *at = text;
    static const char *const order[] = {"[a]", "/b", "end", "[c]", "/d"};
    for (int i = 0; i < 5; i++) {
        at = strstr(at, order[i]);
        assert_non_null(at);
    }
    assert_int_equal(stand.writes, 1);
    assert_int_equal(stand.records, 5);
    stand_close_up(&stand);
}

static void what_may_change_something_is_waited_for(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, POST("/later1") GET("/later2") GET("/c") POST("/d") POST("/e"));
    assert_int_equal(stand.requests, 1);
    assert_true(stand.reading); /* a client that hangs up is heard */
    http_respond(stand.later[0], 200, NULL, "[a]", 3);
    stand_settle(&stand);
    assert_int_equal(stand.requests, 5); /* what is safe holds nothing up */
    http_respond(stand.later[1], 200, NULL, "[b]", 3);
    stand_settle(&stand);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 200"), 5);
    stand_close_up(&stand);
}

static void a_waiting_pipeline_pauses_reading(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, POST("/later"));
    int sent = 0;
    for (; stand.reading; sent++)
        stand_send(&stand, GET("/b"));
    assert_in_range(sent, 100, 2000);
    http_respond(stand.later[0], 200, NULL, "", 0);
    stand_settle(&stand);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 200"), 1 + sent);
    assert_true(stand.reading);
    stand_close_up(&stand);
}

static void a_full_pipeline_pauses_reading(void **state)
{
    (void)state;
    const struct http_limits limits = {.max_pipelined = 2};
    struct stand stand;
    stand_open(&stand, &limits);
    for (int i = 0; i < 3; i++)
        stand_send(&stand, GET("/later"));
    assert_false(stand.reading);
    stand_send(&stand, GET("/b") GET("/later") GET("/c")); /* was on its way */
    assert_int_equal(stand.requests, 3);
    for (int i = 0; i < 3; i++)
        http_respond(stand.later[i], 200, NULL, "", 0);
    stand_settle(&stand);
    assert_int_equal(stand.requests, 6);
    assert_true(stand.reading);
    http_respond(stand.later[3], 200, NULL, "", 0);
    stand_settle(&stand);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 200"), 6);
    stand_close_up(&stand);
}

static void a_thousand_pipelined_requests_are_answered(void **state)
{
    (void)state;
    struct stand stand;
    struct buf many;
    stand_open(&stand, NULL);
    buf_init(&many, 1 << 20);
    for (int i = 0; i < 1000; i++)
        buf_add_str(&many, GET("/x"));
    stand_send_len(&stand, many.data, many.len);
    buf_fini(&many);
    assert_int_equal(stand.requests, 1000);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 200"), 1000);
    assert_true(stand.reading);
    stand_close_up(&stand);
}

static void refusals_wait_for_earlier_answers(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/later") "nonsense\r\n");
    assert_int_equal(stand.got.len, 0);
    http_respond(stand.later[0], 200, NULL, "", 0);
    stand_settle(&stand);
    assert_int_equal(stand_status(&stand), 200);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 400 Bad Request\r\n"), 1);
    assert_int_equal(stand_count(&stand, "refused 400 Bad Request"), 1);
    assert_int_equal(stand_count(&stand, "connection: close\r\n"), 1);
    assert_true(stand.finished);
    stand_close_up(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipelined_answers_keep_the_order_of_requests),
        cmocka_unit_test(what_may_change_something_is_waited_for),
        cmocka_unit_test(a_waiting_pipeline_pauses_reading),
        cmocka_unit_test(a_full_pipeline_pauses_reading),
        cmocka_unit_test(a_thousand_pipelined_requests_are_answered),
        cmocka_unit_test(refusals_wait_for_earlier_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

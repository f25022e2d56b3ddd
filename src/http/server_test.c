/* How the server ends, and what its handler may do from within. */
#include "http/http_stand.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void draining_closes_idle_connections(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/x"));
    http_server_drain(stand.server, stand_on_drained, &stand);
    loop_advance(stand.loop, 1499);
    assert_false(stand.closed);
    loop_advance(stand.loop, 1);
    assert_true(stand.closed);
    assert_int_equal(stand.drained, 1);
    assert_int_equal(http_server_connections(stand.server), 0);
    stand_close_up(&stand);
}

static void draining_serves_a_request_that_was_on_its_way(void **state)
{
    (void)state;
    struct stand stand;
    for (int served = 0; served < 2; served++) {
        stand_open(&stand, NULL);
        if (served)
            stand_send(&stand, GET("/x"));
        http_server_drain(stand.server, stand_on_drained, &stand);
        loop_advance(stand.loop, 500);
        stand_send(&stand, GET("/x") GET("/too-late"));
        assert_int_equal(stand.requests, served + 1);
        assert_int_equal(stand_count(&stand, "connection: close\r\n"), 1);
        assert_true(stand.finished);
        assert_int_equal(stand.drained, 1);
        stand_close_up(&stand);
    }
}

static void draining_waits_for_who_still_reads(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand.room = 10;
    stand_send(&stand, GET("/x"));
    http_server_drain(stand.server, stand_on_drained, &stand);
    loop_advance(stand.loop, 10000);
    assert_false(stand.closed);
    stand_read_all(&stand);
    assert_int_equal(stand_status(&stand), 200);
    loop_advance(stand.loop, 1500);
    assert_int_equal(stand.drained, 1);
    stand_close_up(&stand);
}

static void draining_waits_for_running_exchanges(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/b") GET("/later"));
    http_server_drain(stand.server, stand_on_drained, &stand);
    stand_send(&stand, GET("/too-late"));
    assert_int_equal(stand.drained, 0);
    http_respond(stand.later[0], 200, NULL, "", 0);
    stand_settle(&stand);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 200"), 2);
    assert_int_equal(stand_count(&stand, "connection: close\r\n"), 1);
    assert_true(stand.finished);
    assert_int_equal(stand.drained, 1);
    stand_close_up(&stand);
}

/* Whose head has not said that the connection ends with it. */
static void draining_serves_a_request_behind_a_stream(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/later"));
    http_stream_start(stand.later[0], 200, "text/plain");
    http_server_drain(stand.server, stand_on_drained, &stand);
    http_stream_end(stand.later[0], true);
    stand_settle(&stand);
    assert_false(stand.finished);
    stand_send(&stand, GET("/x"));
    assert_int_equal(stand_count(&stand, "HTTP/1.1 200"), 2);
    assert_int_equal(stand_count(&stand, "connection: close\r\n"), 1);
    assert_int_equal(stand.drained, 1);
    stand_close_up(&stand);
}

static void draining_lets_a_request_come_in_whole(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\no");
    http_server_drain(stand.server, stand_on_drained, &stand);
    stand_send(&stand, "k");
    assert_int_equal(stand_status(&stand), 200);
    assert_int_equal(stand_count(&stand, "connection: close\r\n"), 1);
    assert_int_equal(stand.drained, 1);
    stand_close_up(&stand);
}

static void draining_an_empty_server_is_told_later(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_hang_up(&stand);
    http_server_drain(stand.server, stand_on_drained, &stand);
    assert_int_equal(stand.drained, 0);
    stand_settle(&stand);
    assert_int_equal(stand.drained, 1);
    stand_close_up(&stand);
}

static void freeing_tells_running_exchanges(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/later") GET("/later") "POST /x HTT");
    stand_close_up(&stand);
    assert_int_equal(stand.gone, 2);
}

static void the_server_may_be_freed_by_its_handler(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/x") GET("/later") GET("/free") GET("/too-late"));
    assert_null(stand.server);
    assert_null(stand.conn);
    assert_int_equal(stand.requests, 3);
    assert_int_equal(stand.gone, 2);
    stand_close_up(&stand);
}

static void draining_may_begin_in_a_handler(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/x") GET("/drain") GET("/too-late"));
    assert_int_equal(stand.requests, 2);
    assert_int_equal(stand_count(&stand, "connection: close\r\n"), 1);
    assert_int_equal(stand.drained, 1);
    stand_close_up(&stand);
}

static void one_request_may_answer_another(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/later") GET("/answer") GET("/x"));
    assert_int_equal(stand_count(&stand, "HTTP/1.1 200 OK"), 3);
    stand_close_up(&stand);
}

static void connections_are_counted(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    assert_int_equal(http_server_connections(stand.server), 1);
    stand_hang_up(&stand);
    assert_int_equal(http_server_connections(stand.server), 0);
    stand_connect(&stand);
    stand_send(&stand, GET("/x"));
    assert_int_equal(stand_status(&stand), 200);
    stand_close_up(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draining_closes_idle_connections),
        cmocka_unit_test(draining_serves_a_request_that_was_on_its_way),
        cmocka_unit_test(draining_waits_for_who_still_reads),
        cmocka_unit_test(draining_waits_for_running_exchanges),
        cmocka_unit_test(draining_serves_a_request_behind_a_stream),
        cmocka_unit_test(draining_lets_a_request_come_in_whole),
        cmocka_unit_test(draining_an_empty_server_is_told_later),
        cmocka_unit_test(freeing_tells_running_exchanges),
        cmocka_unit_test(the_server_may_be_freed_by_its_handler),
        cmocka_unit_test(draining_may_begin_in_a_handler),
        cmocka_unit_test(one_request_may_answer_another),
        cmocka_unit_test(connections_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

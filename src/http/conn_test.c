/* Clients that are slow, or leave. */
#include "http/http_stand.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

/* ---- slow readers ---- */

static void a_slow_reader_fills_the_stream_and_is_waited_for(void **state)
{
    (void)state;
    const struct http_limits limits = {.write_high = 1000};
    struct stand stand;
    char piece[400];
    memset(piece, 'x', sizeof piece);
    stand_open(&stand, &limits);
    stand.room = 300;
    stand_send(&stand, GET("/later"));
    struct http_exchange *exchange = stand.later[0];
    http_stream_start(exchange, 200, NULL);
    assert_true(http_stream_write(exchange, piece, sizeof piece));
    stand_settle(&stand);
    assert_int_equal(stand.got.len, 300);
    assert_true(http_stream_write(exchange, piece, sizeof piece));
    assert_false(http_stream_write(exchange, piece, sizeof piece));
    stand_settle(&stand);
    assert_int_equal(stand.writes, 1);
    assert_false(stand.reading); /* no more requests for now */
    assert_true(http_pending(exchange) > 1000);
    assert_int_equal(stand.writable, 0);
    stand_read_all(&stand);
    assert_int_equal(stand.writable, 1);
    assert_int_equal(stand.writes, 2);
    assert_int_equal(http_pending(exchange), 0);
    assert_true(stand.reading);
    http_stream_end(exchange, false);
    stand_settle(&stand);
    assert_true(stand.last_aborted);
    assert_int_equal(stand.last_sent, 1200);
    assert_string_equal(buf_str(&stand.got) + stand.got.len - 7, "\r\n0\r\n\r\n");
    stand_close_up(&stand);
}

static void a_stream_that_waits_for_its_turn_fills_up_too(void **state)
{
    (void)state;
    const struct http_limits limits = {.write_high = 1000};
    struct stand stand;
    char piece[1001];
    memset(piece, 'x', sizeof piece);
    stand_open(&stand, &limits);
    stand_send(&stand, GET("/later1") GET("/later2"));
    http_stream_start(stand.later[1], 200, NULL);
    assert_false(http_stream_write(stand.later[1], piece, sizeof piece));
    stand_settle(&stand);
    assert_int_equal(stand.writable, 0);
    http_respond(stand.later[0], 200, NULL, "", 0);
    stand_settle(&stand);
    assert_int_equal(stand.writable, 1);
    http_stream_end(stand.later[1], true);
    stand_settle(&stand);
    assert_int_equal(stand.records, 2);
    stand_close_up(&stand);
}

static void a_reader_that_takes_nothing_is_left(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand.room = 10;
    stand_send(&stand, GET("/later"));
    http_stream_start(stand.later[0], 200, NULL);
    stand_settle(&stand);
    loop_advance(stand.loop, 59000);
    buf_consume(&stand.kept, 1);
    loop_advance(stand.loop, 59000);
    assert_int_equal(stand.gone, 0);
    loop_advance(stand.loop, 2000);
    assert_int_equal(stand.gone, 1);
    assert_true(stand.closed);
    assert_true(stand.last_aborted);
    assert_int_equal(stand.last_status, 200);
    stand_close_up(&stand);
}

static void a_reader_that_empties_the_socket_is_waited_for(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand.room = 10;
    stand.in_socket = 3;
    stand_send(&stand, GET("/later"));
    http_stream_start(stand.later[0], 200, NULL);
    stand_settle(&stand);
    for (; stand.in_socket > 0; stand.in_socket--) {
        loop_advance(stand.loop, 59000);
        assert_int_equal(stand.gone, 0);
    }
    loop_advance(stand.loop, 120000);
    assert_int_equal(stand.gone, 1);
    stand_close_up(&stand);
}

/* ---- clients that leave ---- */

static void a_client_that_hangs_up_is_gone_at_once(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/later1") GET("/b") GET("/later2"));
    http_conn_events.on_ended(stand.conn);
    assert_int_equal(stand.gone, 2);
    assert_int_equal(stand.records, 3);
    assert_true(stand.last_aborted);
    assert_int_equal(stand.last_status, 0);
    assert_true(stand.closed);
    stand_close_up(&stand);
}

static void complete_answers_still_reach_one_that_half_closes(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand.room = 10;
    http_conn_events.on_data(stand.conn, GET("/a") GET("/later"), strlen(GET("/a") GET("/later")));
    stand_hang_up(&stand);
    assert_int_equal(stand.gone, 1);
    assert_true(stand.finished);
    stand_read_all(&stand);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 200"), 1);
    assert_int_equal(stand_count(&stand, "/a"), 1);
    assert_null(stand.conn);
    stand_close_up(&stand);
}

static void half_requests_are_dropped_with_their_client(void **state)
{
    (void)state;
    static const char *const halves[] = {"GET /x HT",
                                         "POST /x HTTP/1.1\r\nHost: a\r\n"
                                         "Content-Length: 5\r\n\r\nabc",
                                         ""};
    for (int i = 0; i < 3; i++) {
        struct stand stand;
        stand_open(&stand, NULL);
        stand_send(&stand, halves[i]);
        stand_hang_up(&stand);
        assert_int_equal(stand.requests, 0);
        assert_int_equal(stand.got.len, 0);
        assert_null(stand.conn);
        stand_close_up(&stand);
    }
}

static void who_asks_to_close_is_still_listened_to(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, "POST /later HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                       "Content-Length: 2\r\n\r\no");
    stand_send(&stand, "k");
    assert_int_equal(stand.requests, 1);
    assert_true(stand.reading);
    stand_send(&stand, GET("/too-late"));
    loop_advance(stand.loop, 1000000);
    assert_int_equal(stand.requests, 1);
    assert_int_equal(stand.records, 0);
    stand_hang_up(&stand);
    assert_int_equal(stand.gone, 1);
    stand_close_up(&stand);
}

/* ---- time ---- */

static void one_that_still_reads_is_not_idle(void **state)
{
    (void)state;
    const struct http_limits limits = {.idle_timeout = 1000};
    struct stand stand;
    stand_open(&stand, &limits);
    stand.room = 10;
    stand_send(&stand, GET("/x"));
    loop_advance(stand.loop, 50000);
    assert_false(stand.closed);
    stand_read_all(&stand);
    loop_advance(stand.loop, 999);
    assert_false(stand.closed);
    loop_advance(stand.loop, 1);
    assert_true(stand.closed);
    stand_close_up(&stand);
}

static void idle_connections_are_closed(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    loop_advance(stand.loop, 74000);
    stand_send(&stand, GET("/x"));
    loop_advance(stand.loop, 74999);
    assert_false(stand.closed);
    loop_advance(stand.loop, 1);
    assert_true(stand.closed);
    assert_int_equal(stand_count(&stand, "HTTP/1.1"), 1);
    stand_close_up(&stand);
}

static void running_exchanges_have_all_the_time(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/later"));
    loop_advance(stand.loop, 1000000);
    assert_false(stand.closed);
    http_respond(stand.later[0], 200, NULL, "", 0);
    loop_advance(stand.loop, 74999);
    assert_false(stand.closed);
    loop_advance(stand.loop, 1);
    assert_true(stand.closed);
    stand_close_up(&stand);
}

static void slow_senders_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"G", 10000},
        {GET("/x") "GET /x HTTP/1.1\r\nHost: a\r\n", 10000},
        {"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc", 30000},
        {"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n", 30000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stand stand;
        stand_open(&stand, NULL);
        loop_advance(stand.loop, 60000); /* idle before */
        stand_send(&stand, cases[i].text);
        loop_advance(stand.loop, cases[i].ms - 1);
        assert_int_equal(stand_count(&stand, "HTTP/1.1 408"), 0);
        loop_advance(stand.loop, 1);
        assert_int_equal(stand_count(&stand, "HTTP/1.1 408 Request Timeout\r\n"), 1);
        assert_true(stand.finished);
        stand_close_up(&stand);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_reader_fills_the_stream_and_is_waited_for),
        cmocka_unit_test(a_stream_that_waits_for_its_turn_fills_up_too),
        cmocka_unit_test(a_reader_that_takes_nothing_is_left),
        cmocka_unit_test(a_reader_that_empties_the_socket_is_waited_for),
        cmocka_unit_test(a_client_that_hangs_up_is_gone_at_once),
        cmocka_unit_test(complete_answers_still_reach_one_that_half_closes),
        cmocka_unit_test(half_requests_are_dropped_with_their_client),
        cmocka_unit_test(who_asks_to_close_is_still_listened_to),
        cmocka_unit_test(one_that_still_reads_is_not_idle),
        cmocka_unit_test(idle_connections_are_closed),
        cmocka_unit_test(running_exchanges_have_all_the_time),
        cmocka_unit_test(slow_senders_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

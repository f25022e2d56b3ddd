/* How answers look, and which connections are kept. */
#include "http/http_stand.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void an_answer_has_its_headers_in_order(void **state)
{
    (void)state;
    struct stand stand;
    char expected[512];
    stand_open(&stand, NULL);
    stand_send(&stand, "\r\nPOST /x%20y?q=1 HTTP/1.1\r\nHost: a\r\nX-Request-ID: my-id.1\r\n"
                       "CONTENT-Length:  2 \r\nEmpty:\r\n\r\nok");
    snprintf(expected, sizeof expected,
             "HTTP/1.1 200 OK\r\ndate: %s\r\nserver: langserved\r\ncontent-length: 2\r\n"
             "content-type: text/plain\r\nx-request-id: my-id.1\r\n\r\nok",
             stand.server->date);
    assert_string_equal(buf_str(&stand.got), expected);
    assert_string_equal(stand.last_path, "/x y");
    assert_string_equal(stand.last_query, "q=1");
    assert_string_equal(stand.last_target, "/x%20y?q=1");
    assert_string_equal(stand.last_method, "POST");
    assert_int_equal(stand.last_sent, 2);
    assert_false(stand.last_aborted);
    stand_close_up(&stand);
}

static void headers_of_requests_are_found(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, "GET /later HTTP/1.1\r\nHOST: a\r\nX-One:\t a b \t\r\nEmpty:\r\n"
                       "Blank: \t \r\nX-ONE: c\r\nX-Request-Id: a b\r\n\r\n");
    const struct http_request *request = http_request(stand.later[0]);
    assert_int_equal(request->header_count, 6);
    assert_string_equal(http_request_header(request, "host"), "a");
    assert_string_equal(http_request_header(request, "x-one"), "a b");
    assert_string_equal(http_request_header(request, "empty"), "");
    assert_string_equal(http_request_header(request, "blank"), "");
    assert_string_equal(request->headers[4].name, "x-one");
    assert_string_equal(request->headers[4].value, "c");
    assert_null(http_request_header(request, "nothing"));
    assert_int_equal(strlen(request->id), 36);
    assert_string_equal(request->peer, "192.0.2.1");
    assert_string_equal(request->body, "");
    stand_close_up(&stand);
}

static void added_headers_cannot_split_an_answer(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, GET("/later"));
    struct http_exchange *exchange = stand.later[0];
    assert_int_equal(http_add_header(exchange, "x-a", "b\r\nc: d"), LS_BAD_VALUE);
    assert_int_equal(http_add_header(exchange, "x a", "b"), LS_BAD_VALUE);
    assert_int_equal(http_add_header(exchange, "Content-Length", "1"), LS_BAD_VALUE);
    assert_int_equal(http_add_header(exchange, "x-a", "b"), LS_OK);
    assert_int_equal(http_add_header(exchange, "allow", "GET"), LS_OK);
    http_note(exchange, "noted");
    buf_add_str(http_body(exchange), "printed");
    http_respond_body(exchange, 404, "text/plain");
    stand_settle(&stand);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 404 Not Found\r\n"), 1);
    assert_int_equal(stand_count(&stand, "content-type: text/plain\r\nx-a: b\r\nallow: GET\r\n"
                                         "x-request-id: "),
                     1);
    assert_int_equal(stand_count(&stand, "\r\n\r\nprinted"), 1);
    assert_string_equal(stand.last_note, "noted");
    stand_close_up(&stand);
}

static void a_stream_is_chunked_and_leaves_in_one_write(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, "POST /stream HTTP/1.1\r\nHost: a\r\nX-Request-ID: i\r\n"
                       "Content-Length: 20\r\n\r\n12345678901234567890");
    const char *after = strstr(buf_str(&stand.got), "server: langserved");
    assert_non_null(after);
    assert_string_equal(after, "server: langserved\r\nconnection: keep-alive\r\n"
                               "content-type: text/plain\r\nx-request-id: i\r\n"
                               "transfer-encoding: chunked\r\n\r\n"
                               "14\r\n12345678901234567890\r\n3\r\nend\r\n0\r\n\r\n");
    assert_int_equal(stand.writes, 1);
    assert_int_equal(stand.last_sent, 23);
    stand_close_up(&stand);
}

static void head_requests_get_heads(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, "HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n"
                       "HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(stand_count(&stand, "content-length: 4\r\n"), 1);
    assert_int_equal(stand_count(&stand, "/abc"), 0);
    assert_int_equal(stand_count(&stand, "transfer-encoding: chunked\r\n\r\n"), 1);
    assert_string_equal(buf_str(&stand.got) + stand.got.len - 4, "\r\n\r\n");
    assert_int_equal(stand.last_sent, 0);
    stand_close_up(&stand);
}

static void some_statuses_have_no_body(void **state)
{
    (void)state;
    static const int statuses[] = {204, 304};
    for (int i = 0; i < 2; i++) {
        struct stand stand;
        stand_open(&stand, NULL);
        stand_send(&stand, GET("/later1") GET("/later2"));
        http_respond(stand.later[0], statuses[i], NULL, "never", 5);
        http_stream_start(stand.later[1], statuses[i], NULL);
        assert_true(http_stream_write(stand.later[1], "never", 5));
        http_stream_end(stand.later[1], true);
        stand_settle(&stand);
        assert_int_equal(stand_count(&stand, "content-length"), 0);
        assert_int_equal(stand_count(&stand, "transfer-encoding"), 0);
        assert_int_equal(stand_count(&stand, "never"), 0);
        stand_close_up(&stand);
    }
}

static void connections_are_kept_as_asked(void **state)
{
    (void)state;
    static const struct {
        const char *request, *answered; /* NULL: no connection header */
        bool kept;
    } cases[] = {
        {GET("/x"), NULL, true},
        {"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close", false},
        {"GET /x HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", "close", false},
        {"GET /x HTTP/1.0\r\n\r\n", "close", false},
        {"GET /x HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "keep-alive", true},
        {"GET /stream HTTP/1.0\r\n\r\n", "close", false},
        {"GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", NULL, true},
        {"POST /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Content-Length: 2\r\n\r\nhi",
         NULL, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stand stand;
        char line[64];
        stand_open(&stand, NULL);
        stand_send(&stand, cases[i].request);
        stand_send(&stand, GET("/second"));
        snprintf(line, sizeof line, "connection: %s\r\n", cases[i].answered);
        assert_int_equal(stand_count(&stand, "connection: "), cases[i].answered ? 1 : 0);
        assert_int_equal(stand_count(&stand, line), cases[i].answered ? 1 : 0);
        assert_int_equal(stand.requests, cases[i].kept ? 2 : 1);
        assert_int_equal(stand.finished, !cases[i].kept);
        stand_close_up(&stand);
    }
}

static void requests_may_be_cut_anywhere(void **state)
{
    (void)state;
    static const char text[] =
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n"
        "3;x=\"y\"\r\nab\r\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
        "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd" GET("/c");
    for (size_t first = 0; first < sizeof text; first++) {
        struct stand stand;
        size_t second = first + (sizeof text - 1 - first) / 2;
        stand_open(&stand, NULL);
        stand_send_len(&stand, text, first);
        stand_send_len(&stand, text + first, second - first);
        stand_send_len(&stand, text + second, sizeof text - 1 - second);
        assert_int_equal(stand_count(&stand, "HTTP/1.1 200 OK"), 3);
        assert_int_equal(stand_count(&stand, "\r\n\r\nab\r0123456789HTTP/1.1"), 1);
        assert_int_equal(stand_count(&stand, "\r\n\r\nabcdHTTP/1.1"), 1);
        stand_close_up(&stand);
    }
}

static void a_body_may_have_many_chunks(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 1000; i++)
        stand_send(&stand, "1\r\nx\r\n");
    stand_send(&stand, "0\r\n\r\n");
    assert_int_equal(stand.last_body, 1000);
    assert_int_equal(stand_status(&stand), 200);
    stand_close_up(&stand);
}

static void clients_that_wait_are_told_to_go_on(void **state)
{
    (void)state;
    static const char head[] = "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                               "Content-Length: 2\r\n\r\n";
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, head);
    assert_string_equal(buf_str(&stand.got), "HTTP/1.1 100 Continue\r\n\r\n");
    stand_send(&stand, "o");
    stand_send(&stand, "k");
    assert_int_equal(stand_count(&stand, "100 Continue"), 1);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 200 OK"), 1);
    stand_send(&stand, "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                       "Content-Length: 2\r\n\r\no");
    stand_send(&stand, "k");
    stand_send(&stand, "GET /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
    assert_int_equal(stand_count(&stand, "100 Continue"), 1);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 200 OK"), 3);
    stand_send(&stand, GET("/later"));
    stand_send(&stand, head); /* in its turn: behind the answer before */
    assert_int_equal(stand_count(&stand, "100 Continue"), 1);
    http_respond(stand.later[0], 200, NULL, "", 0);
    stand_settle(&stand);
    assert_int_equal(stand_count(&stand, "100 Continue"), 2);
    stand_close_up(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_has_its_headers_in_order),
        cmocka_unit_test(headers_of_requests_are_found),
        cmocka_unit_test(added_headers_cannot_split_an_answer),
        cmocka_unit_test(a_stream_is_chunked_and_leaves_in_one_write),
        cmocka_unit_test(head_requests_get_heads),
        cmocka_unit_test(some_statuses_have_no_body),
        cmocka_unit_test(connections_are_kept_as_asked),
        cmocka_unit_test(requests_may_be_cut_anywhere),
        cmocka_unit_test(a_body_may_have_many_chunks),
        cmocka_unit_test(clients_that_wait_are_told_to_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

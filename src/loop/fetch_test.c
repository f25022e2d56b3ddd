#include "loop/fetch_stand.h"

static void an_answer_comes_with_status_headers_and_body(void **state)
{
    (void)state;
    set_up(NULL);
    script(SMALL);
    struct fetch_request request = request_to(url);
    struct client client = fetch_whole(&request);
    assert_int_equal(client.err, LS_OK);
    assert_int_equal(client.status, 200);
    assert_true(client.got_head);
    assert_string_equal(client.type, "text/plain");
    assert_string_equal(buf_str(&client.body), "hello");
    assert_non_null(strstr(server.seen, "POST /v1/chat HTTP/1.1\r\n"));
    assert_non_null(strstr(server.seen, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(server.seen, "X-Empty:\r\n"));
    assert_non_null(strstr(server.seen, "\r\n\r\n{\"a\":1}"));
    assert_null(strstr(server.seen, "Expect"));
    buf_fini(&client.body);
    tear_down();
}

static void methods_and_empty_bodies_go_out_as_asked(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        {"GET", "GET /v1/chat HTTP/1.1\r\n"},
        {"POST", "Content-Length: 0\r\n"},
        {"DELETE", "DELETE /v1/chat HTTP/1.1\r\n"},
        {"HEAD", "HEAD /v1/chat HTTP/1.1\r\n"},
    };
    set_up(NULL);
    for (int i = 0; i < 4; i++) {
        script(i == 3 ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : SMALL);
        struct fetch_request request = {.method = expected[i][0], .url = url};
        struct client client = fetch_whole(&request);
        assert_int_equal(client.err, LS_OK);
        assert_non_null(strstr(server.seen, expected[i][1]));
        buf_fini(&client.body);
    }
    struct fetch_request put = request_to(url);
    put.method = "PUT";
    script(SMALL);
    struct client client = fetch_whole(&put);
    assert_non_null(strstr(server.seen, "PUT /v1/chat HTTP/1.1\r\n"));
    assert_non_null(strstr(server.seen, "\r\n\r\n{\"a\":1}"));
    buf_fini(&client.body);
    tear_down();
}

static void chunked_bodies_come_as_they_are_sent(void **state)
{
    (void)state;
    struct client client = {0};
    set_up(NULL);
    script("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none,\r\n");
    struct fetch_request request = request_to(url);
    begin(&client, &request);
    turn_until(&client.pieces, 1);
    assert_string_equal(buf_str(&client.body), "one,");
    assert_true(net_conn_write(server_conn(), "4\r\ntwo,\r\n", 9));
    turn_until(&client.pieces, 2);
    const char *end = "5\r\nthree\r\n0\r\nX-Trailer: x\r\n\r\n";
    assert_true(net_conn_write(server_conn(), end, strlen(end)));
    turn_until(&client.done, 1);
    assert_int_equal(client.err, LS_OK);
    assert_int_equal(client.heads, 1);
    assert_string_equal(buf_str(&client.body), "one,two,three");
    buf_fini(&client.body);
    tear_down();
}

static void redirects_are_handed_on_and_not_followed(void **state)
{
    (void)state;
    set_up(NULL);
    script("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    struct fetch_request request = request_to(url);
    struct client client = fetch_whole(&request);
    assert_int_equal(client.err, LS_OK);
    assert_int_equal(client.status, 302);
    assert_int_equal(server.requests, 1);
    buf_fini(&client.body);
    tear_down();
}

static void broken_answers_are_errors_without_their_text(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "garbage from somewhere secret\r\n\r\n",
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\ncut short",
        "HTTP/1.1 200 OK\r\nContent-Length: secret\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 100 Continue\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        set_up(NULL);
        script(answers[i]);
        server.hang_up = true;
        struct fetch_request request = request_to(url);
        struct client client = fetch_whole(&request);
        assert_int_equal(client.err, LS_UPSTREAM);
        assert_true(client.message[0]);
        assert_null(strstr(client.message, "secret"));
        buf_fini(&client.body);
        tear_down();
    }
}

static void a_reset_within_the_body_is_an_error(void **state)
{
    (void)state;
    struct client client = {0};
    set_up(NULL);
    script("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    struct fetch_request request = request_to(url);
    begin(&client, &request);
    turn_until(&client.pieces, 1);
    net_conn_reset(server_conn());
    turn_until(&client.done, 1);
    assert_int_equal(client.err, LS_UPSTREAM);
    assert_true(client.got_head);
    buf_fini(&client.body);
    tear_down();
}

static void interim_answers_are_passed_over(void **state)
{
    (void)state;
    set_up(NULL);
    script("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nContent-Type: early\r\n\r\n"
           "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}");
    struct fetch_request request = request_to(url);
    struct client client = fetch_whole(&request);
    assert_int_equal(client.err, LS_OK);
    assert_int_equal(client.heads, 1);
    assert_int_equal(client.status, 429);
    assert_string_equal(client.type, "(none)");
    buf_fini(&client.body);
    tear_down();
}

/* An answer whose head has `len` bytes, in lines of `line`. */
static char *long_head(size_t len, size_t line)
{
    struct buf out;
    buf_init(&out, len + line + 100);
    assert_int_equal(buf_add_str(&out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), LS_OK);
    while (out.len < len) {
        assert_int_equal(buf_add_str(&out, "X-Long: "), LS_OK);
        char *room = buf_reserve(&out, line);
        memset(room, 'x', line);
        buf_commit(&out, line);
        assert_int_equal(buf_add_str(&out, "\r\n"), LS_OK);
    }
    assert_int_equal(buf_add_str(&out, "\r\n"), LS_OK);
    return buf_take(&out);
}

static void a_head_beyond_the_limit_is_refused(void **state)
{
    (void)state;
    static const struct {
        size_t len, line, limit;
        enum ls_err err;
    } cases[] = {
        {900, 20, 1000, LS_OK},          {1200, 20, 1000, LS_TOO_BIG},
        {60000, 3000, 0, LS_OK},         {80000, 3000, 0, LS_TOO_BIG},
        {200000, 150000, 0, LS_TOO_BIG}, {200000, 150000, 1000000, LS_TOO_BIG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set_up(NULL);
        char *text = long_head(cases[i].len, cases[i].line);
        script(text);
        struct fetch_request request = request_to(url);
        request.max_head = cases[i].limit;
        struct client client = fetch_whole(&request);
        assert_int_equal(client.err, cases[i].err);
        assert_int_equal(client.got_head, cases[i].err == LS_OK);
        assert_true(cases[i].err == LS_OK || client.message[0]);
        free(text);
        buf_fini(&client.body);
        tear_down();
    }
}

static void what_cannot_be_reached_is_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        enum ls_err err;
    } cases[] = {
        {"http://127.0.0.1:1/", LS_UPSTREAM_CONNECT},
        {"http://no.such.host.invalid/", LS_UPSTREAM_CONNECT},
        {"ftp://127.0.0.1/", LS_UPSTREAM},
        {"file:///etc/passwd", LS_UPSTREAM},
        {"http://", LS_UPSTREAM},
        {"", LS_UPSTREAM},
    };
    set_up(NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fetch_request request = request_to(cases[i].url);
        struct client client = fetch_whole(&request);
        assert_int_equal(client.err, cases[i].err);
        assert_false(client.got_head);
        assert_true(client.message[0]);
        buf_fini(&client.body);
    }
    char tls[64];
    snprintf(tls, sizeof tls, "https://127.0.0.1:%d/", server.port);
    script("this is not TLS at all, is it?\r\n\r\n");
    struct fetch_request request = request_to(tls);
    struct client client = {0};
    begin(&client, &request);
    turn_until(&server.connections, 1);
    net_conn_write(server_conn(), "no TLS here\r\n", 13);
    turn_until(&client.done, 1);
    assert_int_equal(client.err, LS_UPSTREAM_CONNECT);
    buf_fini(&client.body);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_with_status_headers_and_body),
        cmocka_unit_test(methods_and_empty_bodies_go_out_as_asked),
        cmocka_unit_test(chunked_bodies_come_as_they_are_sent),
        cmocka_unit_test(redirects_are_handed_on_and_not_followed),
        cmocka_unit_test(broken_answers_are_errors_without_their_text),
        cmocka_unit_test(a_reset_within_the_body_is_an_error),
        cmocka_unit_test(interim_answers_are_passed_over),
        cmocka_unit_test(a_head_beyond_the_limit_is_refused),
        cmocka_unit_test(what_cannot_be_reached_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

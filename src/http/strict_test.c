/* What is refused before a handler hears of it, whole and cut at every byte. */
#include "http/http_stand.h"

#define HOST "Host: a\r\n"
#define POST "POST /x HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

struct trick {
    const char *text;
    int status;
};

static const struct trick tricks[] = {
    /* request lines */
    {"GET /x HTTP/1.1\n" HOST "\r\n", 400},
    {"GET /x HTTP/1.1\r" HOST "\r\n", 400},
    {"GET  /x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /x  HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /x HTTP/1.1 \r\n" HOST "\r\n", 400},
    {"GET\t/x HTTP/1.1\r\n" HOST "\r\n", 400},
    {" GET /x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"\r\n\r\nGET /x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"\nGET /x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /x\r\n", 400},
    {"GET /x HTTP/1\r\n", 400},
    {"GET /x http/1.1\r\n", 400},
    {"GET /x HTTP/11.1\r\n", 400},
    {"GET /x HTTP/1.1x\r\n", 400},
    {"GET /x HTTP/1.2\r\n" HOST "\r\n", 505},
    {"GET /x HTTP/0.9\r\n" HOST "\r\n", 505},
    {"GET /x HTTP/2.0\r\n" HOST "\r\n", 505},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"GETGETGETGETGETGETGETGETGETGETGETGETGET /x HTTP/1.1\r\n", 501},
    {"FOO /x HTTP/1.1\r\n" HOST HOST "\r\n", 400},
    {"FOO x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"FOO /x HTTP/1.1\r\n\r\n", 400},
    {"FOO  /x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"G(T /x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"\x16\x03\x01\x02", 400},
    {"CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n", 501},
    {"GET x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET * HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /#f HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /%0 HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /%00 HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /a%2Fb HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET http://b/x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET http://u@a/x HTTP/1.1\r\n" HOST "\r\n", 400},
    /* headers */
    {"GET /x HTTP/1.1\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST HOST "\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: a, b\r\nHost: a\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "X: a\r\n\tb\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST ": a\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "X\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "X Y: a\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "X\x80: a\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "X: a\x7f\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "X: a\rY: b\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "X: a\nY: b\r\n\r\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "\n", 400},
    {"GET /x HTTP/1.1\r\n" HOST "\rX", 400},
    {"GET /x HTTP/1.1\r\n" HOST "Expect: tea\r\n\r\n", 417},
    /* lengths */
    {POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
    {POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400},
    {POST "Content-Length: 3, 3\r\n\r\nabc", 400},
    {POST "Content-Length: +3\r\n\r\nabc", 400},
    {POST "Content-Length: 0x3\r\n\r\nabc", 400},
    {POST "Content-Length: 3 3\r\n\r\nabc", 400},
    {POST "Content-Length: \r\n\r\nabc", 400},
    {POST "Content-Length: 99999999999999999999\r\n\r\nabc", 400},
    {POST "Content-Length: 1001\r\n\r\n", 413},
    {POST "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n", 413},
    {POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
    {POST "Transfer-Encoding: gzip\r\n\r\n", 400},
    {POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
    {POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400},
    {POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {POST "Transfer-Encoding: \x0b"
          "chunked\r\n\r\n0\r\n\r\n",
     400},
    {POST "Transfer-Encoding:\r\n\r\n", 400},
    {"POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    /* chunks */
    {CHUNKED "x\r\n", 400},
    {CHUNKED "\r\n", 400},
    {CHUNKED "+3\r\nabc\r\n0\r\n\r\n", 400},
    {CHUNKED "0x3\r\nabc\r\n0\r\n\r\n", 400},
    {CHUNKED " 3\r\nabc\r\n0\r\n\r\n", 400},
    {CHUNKED "3 \r\nabc\r\n0\r\n\r\n", 400},
    {CHUNKED "3\nabc\r\n0\r\n\r\n", 400},
    {CHUNKED "3\r\nabc\n0\r\n\r\n", 400},
    {CHUNKED "3\r\nabcd\r\n0\r\n\r\n", 400},
    {CHUNKED "3\r\nabcX\n0\r\n\r\n", 400},
    {CHUNKED "3;a=b\nabc\r\n0\r\n\r\n", 400},
    {CHUNKED "3;a\x01=b\r\nabc\r\n0\r\n\r\n", 400},
    {CHUNKED "3\r\nabc\r\n0\r\n\n", 400},
    {CHUNKED "3\r\nabc\r\n0\n\r\n", 400},
    {CHUNKED "3\r\nabc\r\n0\r\nX : y\r\n\r\n", 400},
    {CHUNKED "3\r\nabc\r\n0\r\nX: y\nZ: z\r\n\r\n", 400},
    {CHUNKED "3e9\r\n", 413},
    {CHUNKED "ffffffffffffffff\r\n", 413},
    {CHUNKED "00000000000000003\r\nabc", 400},
    {CHUNKED "1\r\na\r\n3e8\r\n", 413},
};

static const struct http_limits small = {.max_body = 1000, .max_head = 512, .max_url = 100};

/* Feeds the trick in two parts, then something to smuggle. */
static void try_trick(const struct trick *trick, size_t cut)
{
    struct stand stand;
    stand_open(&stand, &small);
    stand_send_len(&stand, trick->text, cut);
    stand_send(&stand, trick->text + cut);
    stand_send(&stand, "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    if (stand_status(&stand) != trick->status)
        print_error("at %zu: %s\n%s\n", cut, trick->text, buf_str(&stand.got));
    assert_int_equal(stand_status(&stand), trick->status);
    assert_int_equal(stand.requests, 0);
    assert_int_equal(stand_count(&stand, "HTTP/1.1 "), 1);
    assert_int_equal(stand_count(&stand, "connection: close\r\n"), 1);
    assert_int_equal(stand_count(&stand, "content-type: text/x-refused\r\n"), 1);
    assert_int_equal(stand_count(&stand, "x-refused: yes\r\n"), 1);
    assert_true(stand.finished);
    assert_int_equal(stand.records, 1);
    assert_int_equal(stand.last_status, trick->status);
    stand_close_up(&stand);
}

static void tricks_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tricks / sizeof *tricks; i++)
        for (size_t cut = 0; cut <= strlen(tricks[i].text); cut++)
            try_trick(&tricks[i], cut);
}

static void a_nul_is_refused_anywhere_in_a_head(void **state)
{
    (void)state;
    static const char head[] = "GET /x HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
    for (size_t at = 0; at < sizeof head - 1; at++) {
        char text[sizeof head];
        struct stand stand;
        memcpy(text, head, sizeof head);
        text[at] = '\0';
        stand_open(&stand, NULL);
        stand_send_len(&stand, text, sizeof head - 1);
        assert_int_equal(stand_status(&stand), 400);
        stand_close_up(&stand);
    }
}

/* Sends `before`, then `count` bytes of 'x', then `after`. */
static int status_of_long(const char *before, size_t count, const char *after)
{
    struct stand stand;
    stand_open(&stand, &small);
    stand_send(&stand, before);
    for (size_t i = 0; i < count; i++)
        stand_send(&stand, "x");
    stand_send(&stand, after);
    int status = stand_status(&stand);
    stand_close_up(&stand);
    return status;
}

static void limits_are_exact(void **state)
{
    (void)state;
    assert_int_equal(status_of_long("GET /", 99, " HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    assert_int_equal(status_of_long("GET /", 100, ""), 414);
    assert_int_equal(
        status_of_long("GET / HTTP/1.1\r\nHost: a\r\nX: ", 512 - 9 - 3 - 4, "\r\n\r\n"), 200);
    assert_int_equal(
        status_of_long("GET / HTTP/1.1\r\nHost: a\r\nX: ", 512 - 9 - 3 - 3, "\r\n\r\n"), 431);
    assert_int_equal(status_of_long(CHUNKED "0\r\nX: ", 505, "\r\n\r\n"), 200);
    assert_int_equal(status_of_long(CHUNKED "0\r\nX: ", 510, "\r\n\r\n"), 431);
    assert_int_equal(status_of_long(CHUNKED "1;", 1024, "\r\nx\r\n0\r\n\r\n"), 200);
    assert_int_equal(status_of_long(CHUNKED "1;", 1025, ""), 400);
    assert_int_equal(status_of_long(POST "Content-Length: 1000\r\n\r\n", 1000, ""), 200);
    assert_int_equal(status_of_long(CHUNKED "3e8\r\n", 1000, "\r\n0\r\n\r\n"), 200);
}

static void many_headers_are_too_much(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    stand_send(&stand, "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 256; i++)
        stand_send(&stand, "a:\r\n");
    assert_int_equal(stand_status(&stand), 431);
    stand_close_up(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tricks_are_refused),
        cmocka_unit_test(a_nul_is_refused_anywhere_in_a_head),
        cmocka_unit_test(limits_are_exact),
        cmocka_unit_test(many_headers_are_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

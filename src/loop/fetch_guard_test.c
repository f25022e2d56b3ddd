/* What a transfer must not do, whoever chose its URL and headers. */
#include "loop/fetch_stand.h"

static void headers_cannot_smuggle_others(void **state)
{
    (void)state;
    static const char *const bad[] = {"X-A: b\r\nX-Evil: c", "X-A: b\n", "no colon", ": x",
                                      "X\x01: y"};
    set_up(NULL);
    script(SMALL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *const headers[] = {bad[i], NULL};
        struct fetch_request request = request_to(url);
        request.headers = headers;
        struct client client = fetch_whole(&request);
        assert_int_equal(client.err, LS_UPSTREAM);
        buf_fini(&client.body);
    }
    struct fetch_request request = request_to(url);
    request.method = "GET /x HTTP/1.1\r\nX-Evil: c";
    struct client client = fetch_whole(&request);
    assert_int_equal(client.err, LS_UPSTREAM);
    buf_fini(&client.body);
    assert_int_equal(server.connections, 0);
    tear_down();
}

static void messages_do_not_tell_credentials(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "http://user:secret@127.0.0.1:1/",      "http://user:secret@ho st/",
        "http://user:secret@[::zz]/",           "secret://user:secret@127.0.0.1/",
        "http://user:secret@127.0.0.1:999999/", "http://user:secret@no.such.host.invalid/?k=secret",
    };
    set_up(NULL);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        const char *const headers[] = {"Authorization: Bearer secret", NULL};
        struct fetch_request request = request_to(urls[i]);
        request.headers = headers;
        struct client client = fetch_whole(&request);
        assert_int_not_equal(client.err, LS_OK);
        assert_true(client.message[0]);
        assert_null(strstr(client.message, "user"));
        if (i != 3) /* there it is the scheme */
            assert_null(strstr(client.message, "secret"));
        buf_fini(&client.body);
    }
    tear_down();
}

static void the_environments_proxy_is_not_used(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1/", 1);
    setenv("all_proxy", "http://127.0.0.1:1/", 1);
    set_up(NULL);
    script(SMALL);
    struct fetch_request request = request_to(url);
    struct client client = fetch_whole(&request);
    assert_int_equal(client.err, LS_OK);
    buf_fini(&client.body);
    tear_down();
    unsetenv("http_proxy");
    unsetenv("all_proxy");
}

static void only_public_addresses_are_reached_when_asked(void **state)
{
    (void)state;
    static const char *const hosts[] = {
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",
        "0",
        "[::]",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fe80::1]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "224.0.0.1",
        "255.255.255.255",
        "[ff02::1]",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "240.0.0.1",
        "[2001:db8::1]",
        "[2001::1]",
        "198.18.0.1",
    };
    set_up(NULL);
    script(SMALL);
    struct fetch_request request = request_to(url);
    struct client trusted = fetch_whole(&request); /* leaves a connection that must not be used */
    assert_int_equal(trusted.err, LS_OK);
    buf_fini(&trusted.body);
    request.public_only = true;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        char to[96];
        snprintf(to, sizeof to, "http://%s:%d/v1/chat", hosts[i], server.port);
        request.url = to;
        struct client client = fetch_whole(&request);
        assert_int_equal(client.err, LS_UPSTREAM_CONNECT);
        buf_fini(&client.body);
    }
    assert_int_equal(server.requests, 1);
    assert_int_equal(server.connections, 1);
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_cannot_smuggle_others),
        cmocka_unit_test(messages_do_not_tell_credentials),
        cmocka_unit_test(the_environments_proxy_is_not_used),
        cmocka_unit_test(only_public_addresses_are_reached_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/url.h"

static void addresses_of_servers(void **state)
{
    (void)state;
    static const char *const well[] = {
        "http://host",     "https://host/",       "HTTP://host:8000/a/b",  "http://u:p@host:1/x",
        "http://u@p@host", "http://[::1]",        "http://[::1]:65535/a",  "http://127.0.0.1:0",
        "http://host:/x",  "https://é.example/ü", "http://host/a:b@c/[d]", "http://host/%20",
    };
    for (size_t i = 0; i < sizeof well / sizeof *well; i++)
        assert_true(url_is_http(well[i]));
}

static void what_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "host",
        "host:8000/x",
        "ftp://host",
        "http:/host",
        "http://",
        "http:///x",
        "https://:80/",
        "http://u@/x",
        "http://u:p@:1",
        "http://host:65536",
        "http://host:99999999999999999999",
        "http://host:8o",
        "http://host:1:2",
        "http://[]",
        "http://[::1",
        "http://[::1]x",
        "http://ho st",
        "http://host/\n",
        "http://host/\x7f",
        "http://host?a",
        "http://host/#a",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(url_is_http(wrong[i]));
}

static void what_may_not_stand_is_encoded(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 64);
    url_add_encoded(&out, "/a-9 %\xe8\xaf\x91?", SIZE_MAX, "/-");
    url_add_encoded(&out, "abc", 2, "");
    assert_string_equal(buf_str(&out), "/a-9%20%25%E8%AF%91%3Fab");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_servers),
        cmocka_unit_test(what_may_not_stand_is_encoded),
        cmocka_unit_test(what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

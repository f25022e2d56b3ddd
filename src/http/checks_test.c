#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "http/checks.h"

static void hosts_have_a_name_and_maybe_a_port(void **state)
{
    (void)state;
    static const char *const good[] = {"a",        "localhost:8000", "127.0.0.1",       "[::1]:80",
                                       "a_b.c-d:", "x%41y",          "[::ffff:1.2.3.4]"};
    static const char *const bad[] = {"",     ":80",          "a b",      "a/b",
                                      "a@b",  "user:pw@host", "a:80a",    "[::1",
                                      "[]",   "[::1]x",       "a:123456", "x%4",
                                      "x%zz", "a,b:c",        "a\tb",     "a,b",
                                      "a?b",  "a#b",          "\xc3\xa4", "a:80:80"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(check_is_host(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(check_is_host(bad[i], strlen(bad[i])));
}

static void ids_are_short_and_plain(void **state)
{
    (void)state;
    char longest[66];
    memset(longest, 'x', 65);
    longest[65] = '\0';
    assert_true(check_is_id("Az09._-"));
    assert_false(check_is_id(""));
    assert_false(check_is_id("a b"));
    assert_false(check_is_id("a\"b"));
    assert_false(check_is_id(longest));
    longest[64] = '\0';
    assert_true(check_is_id(longest));
}

static void values_have_no_controls(void **state)
{
    (void)state;
    assert_true(check_is_value("a\tb \xff ~"));
    assert_true(check_is_value(""));
    assert_false(check_is_value("a\r\nb: c"));
    assert_false(check_is_value("\x7f"));
    assert_false(check_is_value("\x1b[0m"));
    assert_true(check_is_token("x-a!#$%&'*+.^_`|~9"));
    assert_false(check_is_token(""));
    assert_false(check_is_token("a:"));
    assert_false(check_is_token("a b"));
}

/* Words of eight bytes are looked at together: every byte at every place must tell the same. */
static void values_are_judged_byte_by_byte(void **state)
{
    (void)state;
    char text[20];
    for (int byte = 1; byte < 256; byte++)
        for (size_t at = 0; at < sizeof text - 1; at++) {
            memset(text, 'x', sizeof text);
            text[sizeof text - 1] = '\0';
            text[at] = (char)byte;
            bool good = check_is_value_char((char)byte);
            assert_int_equal(check_is_value(text), good);
            assert_int_equal(check_value_span(text, sizeof text - 1), good ? sizeof text - 1 : at);
        }
}

/* Two headers at most, after `host: a`. */
static int check(const char *n1, const char *v1, const char *n2, const char *v2, bool http10,
                 struct head_facts *out)
{
    const struct http_header headers[] = {{"host", "a"}, {n1, v1}, {n2, v2}};
    return check_headers(headers, n2 ? 3 : n1 ? 2 : 1, http10, out);
}

static void bodies_have_exactly_one_length(void **state)
{
    (void)state;
    static const char *const lengths[] = {"",        "+5",  "-5", "0x5", "5,5",
                                          "5, 5",    "5 5", "5a", "1e3", "99999999999999999999",
                                          "\xd9\xa5"};
    static const char *const codings[] = {"",
                                          "identity",
                                          "gzip, chunked",
                                          "chunked, gzip",
                                          "chunked,chunked",
                                          "xchunked",
                                          "chunked;a=b",
                                          "\x0b"
                                          "chunked"};
    struct head_facts facts;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        assert_int_equal(check("content-length", lengths[i], NULL, NULL, false, &facts), 400);
    for (size_t i = 0; i < sizeof codings / sizeof *codings; i++)
        assert_int_equal(check("transfer-encoding", codings[i], NULL, NULL, false, &facts), 400);
    assert_int_equal(check("content-length", "05", NULL, NULL, false, &facts), 0);
    assert_true(facts.has_length && facts.length == 5);
    assert_int_equal(check("transfer-encoding", "Chunked", NULL, NULL, false, &facts), 0);
    assert_true(facts.chunked);
    assert_int_equal(check("transfer-encoding", "chunked", NULL, NULL, true, &facts), 400);
    assert_int_equal(check("content-length", "5", "content-length", "5", false, &facts), 400);
    assert_int_equal(check("content-length", "5", "transfer-encoding", "chunked", false, &facts),
                     400);
    assert_int_equal(check("transfer-encoding", "chunked", "content-length", "0", false, &facts),
                     400);
    assert_int_equal(
        check("transfer-encoding", "chunked", "transfer-encoding", "chunked", false, &facts), 400);
}

static void one_host_is_needed(void **state)
{
    (void)state;
    struct head_facts facts;
    assert_int_equal(check(NULL, NULL, NULL, NULL, false, &facts), 0);
    assert_int_equal(check("host", "a", NULL, NULL, false, &facts), 400);
    assert_int_equal(check("host", "a", NULL, NULL, true, &facts), 400);
    assert_int_equal(check_headers(NULL, 0, false, &facts), 400);
    assert_int_equal(check_headers(NULL, 0, true, &facts), 0);
}

static void connection_is_a_list(void **state)
{
    (void)state;
    struct head_facts facts;
    assert_int_equal(check("connection", "Foo, CLOSE", NULL, NULL, false, &facts), 0);
    assert_true(facts.close && !facts.keep_alive);
    assert_int_equal(check("connection", " ,keep-alive ", NULL, NULL, false, &facts), 0);
    assert_true(!facts.close && facts.keep_alive);
    assert_int_equal(check("connection", "closed", NULL, NULL, false, &facts), 0);
    assert_false(facts.close);
}

static void only_one_expectation_can_be_met(void **state)
{
    (void)state;
    struct head_facts facts;
    assert_int_equal(check("expect", "100-Continue", NULL, NULL, false, &facts), 0);
    assert_true(facts.expects_continue);
    assert_int_equal(check("expect", "200-ok", NULL, NULL, false, &facts), 417);
    assert_int_equal(check("expect", "200-ok", "host", "b", false, &facts), 400);
    assert_int_equal(check("expect", "100-continue", NULL, NULL, true, &facts), 0);
    assert_false(facts.expects_continue);
}

static void targets_have_few_forms(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "*",        "a",         "http:/a/",     "http://",     "http:///x",  "http://u@a/",
        "ftp://a/", "http://b/", "http://a:80/", "/%",          "/%4",        "/%4g",
        "/x?%zz",   "/#a",       "//#",          "http://a/#f", "http://a#f", "?x",
        ""};
    struct target_parts parts;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(check_target("GET", bad[i], "a", &parts), 400);
    assert_int_equal(check_target("OPTIONS", "*", "a", &parts), 0);
    assert_int_equal(check_target("GET", "/x/y?a=%20b?c", "a", &parts), 0);
    assert_int_equal(parts.path_len, 4);
    assert_string_equal(parts.query, "a=%20b?c");
    assert_int_equal(check_target("GET", "HTTP://A?q", "a", &parts), 0);
    assert_int_equal(parts.path_len, 1);
    assert_string_equal(parts.path, "/");
    assert_string_equal(parts.query, "q");
    assert_int_equal(check_target("GET", "https://a/p", "a", &parts), 0);
    assert_string_equal(parts.path, "/p");
}

static void paths_are_decoded_once(void **state)
{
    (void)state;
    char out[32];
    size_t len;
    assert_true(check_decode_path(out, &len, "/a%20%C3%a4%2541", 16));
    assert_string_equal(out, "/a \xc3\xa4%41");
    assert_int_equal(len, strlen(out));
    assert_false(check_decode_path(out, &len, "/%00", 4));
    assert_false(check_decode_path(out, &len, "/%2f", 4));
    assert_false(check_decode_path(out, &len, "/%4", 3));
    assert_true(check_decode_path(out, &len, "", 0));
    assert_int_equal(len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_have_a_name_and_maybe_a_port),
        cmocka_unit_test(ids_are_short_and_plain),
        cmocka_unit_test(values_have_no_controls),
        cmocka_unit_test(values_are_judged_byte_by_byte),
        cmocka_unit_test(bodies_have_exactly_one_length),
        cmocka_unit_test(one_host_is_needed),
        cmocka_unit_test(connection_is_a_list),
        cmocka_unit_test(only_one_expectation_can_be_met),
        cmocka_unit_test(targets_have_few_forms),
        cmocka_unit_test(paths_are_decoded_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

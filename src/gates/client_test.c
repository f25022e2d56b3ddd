#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gates/client.h"

/* The client of a request from `peer` with up to two X-Forwarded-For headers, when the ranges (up
 * to NULL) are trusted. */
static const char *client_with(const char *const *trusted, const char *peer, const char *first,
                               const char *second)
{
    static char out[CLIENT_SIZE];
    struct address_range ranges[8];
    struct trusted_proxies proxies = {ranges, 0};
    for (; trusted[proxies.count]; proxies.count++)
        assert_true(address_range_parse(&ranges[proxies.count], trusted[proxies.count]));
    const struct http_header headers[] = {{"host", "x"},
                                          {"x-forwarded-for", first ? first : ""},
                                          {"accept", "*/*"},
                                          {"x-forwarded-for", second ? second : ""}};
    const struct http_request request = {.peer = peer,
                                         .headers = headers,
                                         .header_count = second  ? 4
                                                         : first ? 2
                                                                 : 1};
    return client_of(&proxies, &request, out);
}

static void the_list_is_read_as_far_as_it_is_trusted(void **state)
{
    (void)state;
    static const char *const ten[] = {"10.0.0.0/8", NULL};
    static const char *const local[] = {"10.0.0.0/8", "127.0.0.1", "unix", "fd00::/8", NULL};
    static const char *const none[] = {NULL};
    static const struct {
        const char *const *trusted;
        const char *peer, *first, *second, *client;
    } cases[] = {
        {none, "1.2.3.4", "5.6.7.8", NULL, "1.2.3.4"},
        {ten, "1.2.3.4", "5.6.7.8", NULL, "1.2.3.4"},
        {ten, "10.1.1.1", NULL, NULL, "10.1.1.1"},
        {ten, "10.1.1.1", "5.6.7.8", NULL, "5.6.7.8"},
        {ten, "10.1.1.1", "6.6.6.6, 5.6.7.8", NULL, "5.6.7.8"},
        {ten, "10.1.1.1", "6.6.6.6,5.6.7.8 , 10.2.2.2", NULL, "5.6.7.8"},
        {ten, "10.1.1.1", "10.9.9.9,10.8.8.8", NULL, "10.9.9.9"},
        {ten, "10.1.1.1", "6.6.6.6", "5.6.7.8", "5.6.7.8"},
        {ten, "10.1.1.1", "6.6.6.6,5.6.7.8", "10.2.2.2", "5.6.7.8"},
        {ten, "10.1.1.1", "5.6.7.8:4711", NULL, "5.6.7.8"},
        {ten, "10.1.1.1", "[2001:DB8::1]:4711", NULL, "2001:db8::1"},
        {ten, "10.1.1.1", "::ffff:5.6.7.8", NULL, "5.6.7.8"},
        {ten, "::ffff:10.1.1.1", "5.6.7.8", NULL, "5.6.7.8"},
        {ten, "10.1.1.1", "unknown", NULL, "10.1.1.1"},
        {ten, "10.1.1.1", "5.6.7.8,unix", NULL, "10.1.1.1"},
        {ten, "10.1.1.1", "5.6.7.8,", NULL, "10.1.1.1"},
        {ten, "10.1.1.1", ",,,", NULL, "10.1.1.1"},
        {ten, "10.1.1.1", "", "", "10.1.1.1"},
        {local, "unix", "5.6.7.8,127.0.0.1", NULL, "5.6.7.8"},
        {ten, "unix", "5.6.7.8", NULL, "unix"},
        {local, "fd12::7", "5.6.7.8", NULL, "5.6.7.8"},
        {local, "fe80::7", "5.6.7.8", NULL, "fe80::7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(client_with(cases[i].trusted, cases[i].peer, cases[i].first,
                                        cases[i].second),
                            cases[i].client);
}

static void a_part_may_be_of_any_length(void **state)
{
    (void)state;
    static const char *const ten[] = {"10.0.0.0/8", NULL};
    char text[4096];
    for (size_t len = 0; len < sizeof text - 1; len += 1 + len / 8) {
        memset(text, '1', len);
        text[len] = '\0';
        assert_string_equal(client_with(ten, "10.1.1.1", text, NULL), "10.1.1.1");
    }
}

static void ranges_are_read(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",          "10.0.0.0/33", "10.0.0/8",  "::/129",
                                        "10.0.0.0/", "1.2.3.4/x",   "localhost", "unix:",
                                        "/8",        "::1/-1"};
    struct address_range range;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(address_range_parse(&range, wrong[i]));
    static const char *const all[] = {"0.0.0.0/0", NULL};
    assert_string_equal(client_with(all, "9.9.9.9", "5.6.7.8", NULL), "5.6.7.8");
    assert_string_equal(client_with(all, "2001:db8::1", "5.6.7.8", NULL), "2001:db8::1");
    static const char *const odd[] = {"192.168.8.0/21", NULL};
    assert_string_equal(client_with(odd, "192.168.15.1", "5.6.7.8", NULL), "5.6.7.8");
    assert_string_equal(client_with(odd, "192.168.16.1", "5.6.7.8", NULL), "192.168.16.1");
}

static bool same(const char *one, const char *other)
{
    unsigned char a[CLIENT_KEY], b[CLIENT_KEY];
    client_key(a, one);
    client_key(b, other);
    return memcmp(a, b, sizeof a) == 0;
}

static void clients_are_told_apart(void **state)
{
    (void)state;
    assert_true(same("1.2.3.4", "1.2.3.4"));
    assert_true(same("1.2.3.4", "::ffff:1.2.3.4"));
    assert_false(same("1.2.3.4", "1.2.3.5"));
    assert_true(same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
    assert_false(same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    assert_true(same("unix", "unix"));
    assert_false(same("unix", "127.0.0.1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_read_as_far_as_it_is_trusted),
        cmocka_unit_test(a_part_may_be_of_any_length),
        cmocka_unit_test(ranges_are_read),
        cmocka_unit_test(clients_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

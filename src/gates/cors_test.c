/* Which origins fit which patterns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gates/cors.h"

static bool allows(const char *pattern, const char *origin)
{
    const char *const origins[] = {pattern, NULL};
    const struct cors cors = {.origins = origins};
    return cors_allows(&cors, origin);
}

static void exact_origins(void **state)
{
    (void)state;
    assert_true(allows("https://example.com", "https://example.com"));
    assert_false(allows("https://example.com", "https://example.com:444"));
    assert_false(allows("https://example.com", "http://example.com"));
    assert_false(allows("https://example.com", "https://example.com.evil.org"));
    assert_false(allows("https://example.com", "https://example.co"));
    assert_false(allows("https://example.com", ""));
    assert_true(allows("null", "null"));
    assert_false(allows("https://example.com", "null"));
}

static void patterns(void **state)
{
    (void)state;
    assert_true(allows("https://*.example.com", "https://a.example.com"));
    assert_true(allows("https://*.example.com", "https://a.b-c.example.com"));
    assert_false(allows("https://*.example.com", "https://.example.com.evil.org"));
    assert_false(allows("https://*.example.com", "https://example.com"));
    assert_false(allows("https://*.example.com", "https://evil.org/.example.com"));
    assert_false(allows("https://*.example.com", "https://evil.org:1.example.com"));
    assert_false(allows("https://*.example.com", "https://evil.org#.example.com"));
    assert_false(allows("https://*.example.com", "https://.example.com"));
    assert_true(allows("http://localhost:*", "http://localhost:3000"));
    assert_false(allows("http://localhost:*", "http://localhost:"));
    assert_true(allows("https://*.pr-*.example.com", "https://web.pr-7.example.com"));
    assert_false(allows("https://*.pr-*.example.com", "https://web.example.com"));
}

static void faults(void **state)
{
    (void)state;
    static const char *const right[] = {"*",
                                        "null",
                                        "https://example.com",
                                        "http://localhost:*",
                                        "https://*.example.com",
                                        "app://local",
                                        "https://example.com:80",
                                        "https://[2001:db8::1]"};
    static const char *const wrong[] = {"",
                                        "example.com",
                                        "https://",
                                        "https://example.com/",
                                        "https://example.com/app",
                                        "https://Example.com",
                                        "https://a.com, https://b.com",
                                        "https://*.*.*.com",
                                        "https://m\u00fcnchen.de",
                                        "https://example.com:443",
                                        "http://example.com:80",
                                        "://example.com"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_null(cors_origin_fault(right[i]));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_non_null(cors_origin_fault(wrong[i]));
}

static void any_host(void **state)
{
    (void)state;
    static const char *const any[] = {"*", "https://*", "https://*:8443", "http://*:*",
                                      "https://*.*"};
    static const char *const some[] = {"null", "https://*.com", "https://example.com",
                                       "http*://example.com", "http://localhost:*"};
    for (size_t i = 0; i < sizeof any / sizeof any[0]; i++)
        assert_true(cors_fits_any_host(any[i]));
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++)
        assert_false(cors_fits_any_host(some[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_origins),
        cmocka_unit_test(patterns),
        cmocka_unit_test(faults),
        cmocka_unit_test(any_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The examples of FIPS 180-4. */
static void digests_are_those_of_the_standard(void **state)
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    unsigned char digest[DIGEST_LEN], back[DIGEST_LEN];
    char hex[DIGEST_HEX + 1];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        digest_bytes(digest, cases[i].text, strlen(cases[i].text));
        digest_format(hex, digest);
        assert_string_equal(hex, cases[i].hex);
        assert_true(digest_parse(back, hex));
        assert_memory_equal(back, digest, sizeof back);
    }
}

static void sha1_is_that_of_the_standard(void **state)
{
    char hex[SHA1_HEX + 1];
    (void)state;
    digest_sha1(hex, "abc", 3);
    assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    digest_sha1(hex, "", 0);
    assert_string_equal(hex, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

static void other_text_is_no_digest(void **state)
{
    unsigned char digest[DIGEST_LEN];
    char hex[DIGEST_HEX + 2];
    (void)state;
    memset(hex, 'A', sizeof hex);
    hex[DIGEST_HEX] = '\0';
    assert_true(digest_parse(digest, hex));
    assert_int_equal(digest[31], 0xaa);
    hex[63] = 'g';
    assert_false(digest_parse(digest, hex));
    hex[63] = '\0';
    assert_false(digest_parse(digest, hex));
    memset(hex, '0', DIGEST_HEX + 1);
    hex[DIGEST_HEX + 1] = '\0';
    assert_false(digest_parse(digest, hex));
    assert_false(digest_parse(digest, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_the_standard),
        cmocka_unit_test(sha1_is_that_of_the_standard),
        cmocka_unit_test(other_text_is_no_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

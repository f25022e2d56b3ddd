#include "base/sign.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4231, test case 2. */
static void test_known_signature(void **state)
{
    (void)state;
    static const unsigned char want[SIGN_LEN] = {
        0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
        0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
        0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43,
    };
    static const char data[] = "what do ya want for nothing?";
    unsigned char got[SIGN_LEN];
    sign_bytes(got, "Jefe", 4, data, sizeof data - 1);
    assert_memory_equal(got, want, SIGN_LEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_signature)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

static void bytes_are_two_digits_each(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        const unsigned char byte = (unsigned char)i;
        char said[3] = "", right[3];
        (void)snprintf(right, sizeof right, "%02x", i);
        assert_ptr_equal(hex_print(said, &byte, 1), said + 2);
        assert_string_equal(said, right);
        assert_int_equal(hex_digit(said[0]) * 16 + hex_digit(said[1]), i);
    }
}

static void any_number_of_bytes_comes_back(void **state)
{
    (void)state;
    unsigned char bytes[19], read[19];
    char said[2 * sizeof bytes + 1], right[3];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(0x9e * i + 7);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        memset(said, '.', sizeof said);
        memset(read, 0, sizeof read);
        assert_ptr_equal(hex_print(said, bytes, len), said + 2 * len);
        assert_int_equal(said[2 * len], '.');
        for (size_t i = 0; i < len; i++) {
            (void)snprintf(right, sizeof right, "%02x", bytes[i]);
            assert_memory_equal(said + 2 * i, right, 2);
        }
        hex_read(read, said, len);
        assert_memory_equal(read, bytes, len);
        assert_true(len == sizeof bytes || read[len] == 0);
    }
    hex_read(read, "aAfF09", 3);
    assert_memory_equal(read, "\xaa\xff\x09", 3);
}

static void digits_are_read_in_either_case(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdefABCDEF";
    for (int c = 0; c < 256; c++) {
        const char *at = c ? strchr(digits, c) : NULL;
        int right = !at                       ? -1
                    : (int)(at - digits) < 16 ? (int)(at - digits)
                                              : (int)(at - digits) - 6;
        assert_int_equal(hex_digit((char)c), right);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_two_digits_each),
        cmocka_unit_test(any_number_of_bytes_comes_back),
        cmocka_unit_test(digits_are_read_in_either_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Any bytes as a text of LZ-string: refused, or unpacked to no more than the limit, and the same
 * with just as much room. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/lz_string.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { UNITS = 1 << 16, BYTES = 3 * UNITS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out, again;
    buf_init(&out, BYTES);
    enum ls_err err = lz_string_unpack(&out, (const char *)data, size, UNITS);
    assert(err == LS_OK || out.len == 0);
    assert(err == LS_OK || err == LS_BAD_SYNTAX || err == LS_TOO_BIG);
    buf_init(&again, out.len);
    enum ls_err same = lz_string_unpack(&again, (const char *)data, size, UNITS);
    assert(same == err && again.len == out.len);
    assert(out.len == 0 || memcmp(again.data, out.data, out.len) == 0);
    if (!err && out.len > 0) {
        struct buf less;
        buf_init(&less, BYTES);
        err = lz_string_unpack(&less, (const char *)data, size, 0);
        assert(err == LS_TOO_BIG && less.len == 0);
        buf_fini(&less);
    }
    buf_fini(&out);
    buf_fini(&again);
    return 0;
}

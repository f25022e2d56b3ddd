/* Any bytes as JSON: refused, or read, printed and read again to the same value; passed over without
 * making values where they are read, and only there. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/json_pull.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 64 << 20 };

static bool passes(const char *data, size_t len)
{
    struct json_pull pull;
    json_pull_init(&pull, data, len);
    (void)json_pull_skip(&pull);
    return json_pull_end(&pull);
}

static void check_style(const json_t *value, enum json_style style)
{
    struct buf first, second;
    json_t *again = NULL;
    const char *why = NULL;
    buf_init(&first, LIMIT);
    buf_init(&second, LIMIT);
    enum ls_err err = json_print(&first, value, style);
    assert(!err);
    assert(strlen(buf_str(&first)) == first.len);
    assert(!strpbrk(buf_str(&first), "\r\n"));
    assert(style == JSON_WIRE || !strstr(buf_str(&first), "\xe2\x80\xa8"));
    assert(passes(first.data, first.len));
    err = json_read(&again, first.data, first.len, &why);
    assert(!err && json_equal(value, again));
    err = json_print(&second, again, style);
    assert(!err && strcmp(buf_str(&first), buf_str(&second)) == 0);
    json_decref(again);
    buf_fini(&first);
    buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value = NULL;
    const char *why = NULL;
    if (json_read(&value, (const char *)data, size, &why)) {
        assert(why && *why);
        assert(!passes((const char *)data, size));
        return 0;
    }
    check_style(value, JSON_WIRE);
    check_style(value, JSON_SSE);
    json_decref(value);
    return 0;
}

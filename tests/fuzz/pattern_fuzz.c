/* Any bytes as a pattern and a text: refused, or a search that ends soon, and says the same of the
 * same text again.  The first byte chooses the dialect; a NUL parts pattern and text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/pattern.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    if (size < 2 || !text_is_utf8(text + 1, size - 1))
        return 0;
    size_t len = strnlen(text + 1, size - 1), rest = size - 1 - len;
    struct pattern *pattern = NULL;
    char why[256];
    enum pattern_dialect dialect = data[0] % 2 ? PATTERN_ECMA : PATTERN_UNICODE;
    if (pattern_compile(&pattern, text + 1, len, dialect, why)) {
        assert(*why && !pattern);
        return 0;
    }
    bool found = false, again = false;
    uint64_t spent = 0;
    enum ls_err err = pattern_search(pattern, text + 1 + len, rest, &spent, &found);
    assert(err == LS_OK || (err == LS_TOO_BIG && !found));
    err = pattern_search(pattern, text + 1 + len, rest, &spent, &again);
    assert(err == LS_TOO_BIG || again == found);
    pattern_free(&pattern);
    return 0;
}

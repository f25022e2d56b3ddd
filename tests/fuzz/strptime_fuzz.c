/* Any bytes as a format and, behind a line's end, a text in it: what is read is a time in ISO 8601. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "schema/moment.h"
#include "stages/strptime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *end = size > 0 ? memchr(text, '\n', size) : NULL;
    if (!end || !text_is_utf8(text, size))
        return 0;
    char why[256], iso[STRPTIME_ISO_SIZE];
    struct strptime *format = NULL;
    struct moment moment;
    char *written = mem_strndup(text, (size_t)(end - text));
    size_t len = size - (size_t)(end + 1 - text);
    if (strptime_compile(&format, written, why) == LS_OK &&
        strptime_read(format, end + 1, len, iso))
        assert(!moment_read(&moment, iso));
    strptime_free(&format);
    free(written);
    return 0;
}

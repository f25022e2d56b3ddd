#include "base/folded.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"

enum { MOST_CODES = 32 }; /* that one character stands for: U+FDFA stands for 18 */

static void add(struct folded *folded, const char *bytes, size_t len, size_t at)
{
    if (folded->text.len + len > folded->room) {
        folded->room = (folded->text.len + len) * 2;
        folded->starts = mem_resize(folded->starts, folded->room, sizeof *folded->starts);
    }
    for (size_t i = 0; i < len; i++)
        folded->starts[folded->text.len + i] = at;
    buf_add(&folded->text, bytes, len);
}

static void add_code(struct folded *folded, utf8proc_int32_t code, size_t at)
{
    const struct buf *text = &folded->text;
    char bytes[4];
    if (!text_is_space(code))
        add(folded, bytes, (size_t)utf8proc_encode_char(code, (utf8proc_uint8_t *)bytes), at);
    else if (text->len > 0 && buf_str(text)[text->len - 1] != ' ')
        add(folded, " ", 1, at);
}

void folded_init(struct folded *folded, const char *text, size_t len)
{
    const utf8proc_option_t how = UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                                  UTF8PROC_IGNORE | UTF8PROC_STRIPMARK;
    *folded = (struct folded){0};
    buf_init(&folded->text, SIZE_MAX);
    for (size_t at = 0; at < len;) {
        utf8proc_int32_t code, made[MOST_CODES];
        int boundary = 0;
        utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                                                 (utf8proc_ssize_t)(len - at), &code);
        utf8proc_ssize_t count = utf8proc_decompose_char(code, made, MOST_CODES, how, &boundary);
        for (utf8proc_ssize_t i = 0; i < count && i < MOST_CODES; i++)
            add_code(folded, made[i], at);
        at += (size_t)size;
    }
}

void folded_fini(struct folded *folded)
{
    buf_fini(&folded->text);
    free(folded->starts);
}

void folded_span(const struct folded *folded, const char *text, size_t len, size_t *start,
                 size_t *end)
{
    size_t last = folded->starts[*end - 1];
    *start = folded->starts[*start];
    *end = last + text_char_len(text + last, len - last);
}

/* Design: the text is brought to UTF-8 and checked to be that, then parsed. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_parse.h"
#include "base/mem.h"
#include "base/text.h"

enum encoding { UTF8, UTF16_LE, UTF16_BE, UTF32_LE, UTF32_BE };

struct text {
    const unsigned char *data;
    size_t len;
};

static bool begins_with(const struct text *text, const char *mark, size_t len)
{
    return text->len >= len && memcmp(text->data, mark, len) == 0;
}

/* The encoding, by its byte order mark or by where the zeros are; skips the mark. */
static enum encoding detect(struct text *text)
{
    static const struct {
        const char *mark;
        size_t len;
        enum encoding encoding;
    } marks[] = {{"\xff\xfe\0\0", 4, UTF32_LE},
                 {"\0\0\xfe\xff", 4, UTF32_BE},
                 {"\xff\xfe", 2, UTF16_LE},
                 {"\xfe\xff", 2, UTF16_BE},
                 {"\xef\xbb\xbf", 3, UTF8}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (begins_with(text, marks[i].mark, marks[i].len)) {
            text->data += marks[i].len;
            text->len -= marks[i].len;
            return marks[i].encoding;
        }
    const unsigned char *b = text->data;
    if (text->len >= 4 && b[0] == 0)
        return b[1] ? UTF16_BE : UTF32_BE;
    if (text->len >= 4 && b[1] == 0)
        return b[2] || b[3] ? UTF16_LE : UTF32_LE;
    if (text->len == 2 && (b[0] == 0) != (b[1] == 0))
        return b[0] == 0 ? UTF16_BE : UTF16_LE;
    return UTF8;
}

static uint32_t unit_at(const struct text *text, size_t at, size_t size, bool big)
{
    uint32_t unit = 0;
    for (size_t i = 0; i < size; i++)
        unit |= (uint32_t)text->data[at + i] << 8 * (big ? size - 1 - i : i);
    return unit;
}

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(first[len] | c);
    return len;
}

/* Transcodes into a new string; NULL when the text is not of its encoding. */
static char *transcode(const struct text *text, enum encoding encoding, size_t *len)
{
    size_t size = encoding == UTF16_LE || encoding == UTF16_BE ? 2 : 4;
    bool big = encoding == UTF16_BE || encoding == UTF32_BE;
    if (text->len % size)
        return NULL;
    char *out = mem_alloc(text->len * 2 + 1);
    *len = 0;
    for (size_t at = 0; at < text->len; at += size) {
        uint32_t c = unit_at(text, at, size, big);
        if (size == 2 && c >= 0xd800 && c < 0xdc00 && at + 4 <= text->len) {
            uint32_t low = unit_at(text, at + 2, 2, big);
            c = low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff)) : c;
            at += c > 0xffff ? 2 : 0;
        }
        if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
            free(out);
            return NULL;
        }
        *len += put_utf8(out + *len, c);
    }
    return out;
}

static enum ls_err refuse(const char **why, const char *sentence)
{
    if (why)
        *why = sentence;
    return LS_BAD_SYNTAX;
}

static enum ls_err parse(json_t **out, const char *data, size_t len, const char **why)
{
    const char *reason;
    if (!text_is_utf8(data, len))
        return refuse(why, "the text is not valid UTF-8");
    json_t *value = json_parse(data, len, &reason);
    if (!value)
        return refuse(why, reason);
    *out = value;
    return LS_OK;
}

enum ls_err json_read(json_t **out, const char *data, size_t len, const char **why)
{
    struct text text = {(const unsigned char *)data, len};
    enum encoding encoding = detect(&text);
    if (encoding == UTF8)
        return parse(out, (const char *)text.data, text.len, why);
    size_t utf8_len = 0;
    char *utf8 = transcode(&text, encoding, &utf8_len);
    if (!utf8)
        return refuse(why, "the text is not valid in its encoding");
    enum ls_err err = parse(out, utf8, utf8_len, why);
    free(utf8);
    return err;
}

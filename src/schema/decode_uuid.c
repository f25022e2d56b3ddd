/* UUIDs: plain, with hyphens, in braces or as a URN; they come out with hyphens. */
#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "schema/decode.h"

enum { GROUPS = 5, HEX_DIGITS = 32, WITH_HYPHENS = 36, URN_LEN = 9 };

static const char urn[] = "urn:uuid:";

static const size_t starts[GROUPS] = {0, 9, 14, 19, 24};

static bool is_hyphen(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

static bool has_hyphens_right(const char *text)
{
    for (size_t i = 0; i < WITH_HYPHENS; i++)
        if (is_hyphen(i) ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    return true;
}

/* Takes the braces or "urn:uuid:" off. */
static const char *inner_text(const char *text, size_t *len)
{
    if (*len == WITH_HYPHENS + 2 && text[0] == '{' && text[*len - 1] == '}') {
        *len -= 2;
        return text + 1;
    }
    if (*len == WITH_HYPHENS + URN_LEN && strncmp(text, urn, URN_LEN) == 0) {
        *len -= URN_LEN;
        return text + URN_LEN;
    }
    return text;
}

static bool is_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isxdigit((unsigned char)text[i]))
            return false;
    return true;
}

/* Writes the canonical form of `len` bytes; false: they are none. */
static bool read_uuid(char out[WITH_HYPHENS + 1], const char *text, size_t len)
{
    text = inner_text(text, &len);
    bool plain = len == HEX_DIGITS && is_hex(text, len);
    if (!plain && (len != WITH_HYPHENS || !has_hyphens_right(text)))
        return false;
    for (size_t i = 0, from = 0; i < WITH_HYPHENS; i++) {
        bool hyphen = is_hyphen(i);
        out[i] = hyphen ? '-' : (char)(text[from] | 0x20); /* lower case */
        from += !hyphen || !plain;
    }
    out[WITH_HYPHENS] = '\0';
    return true;
}

/* The lowest byte of the code point of `n` bytes at `text`: all that pydantic looks at. */
static unsigned char low_byte(const char *text, size_t n)
{
    unsigned char last = (unsigned char)text[n - 1];
    if (n == 1)
        return last;
    return (unsigned char)((last & 0x3f) | (unsigned char)text[n - 2] << 6);
}

/* What is wrong with the `len` bytes of a UUID within braces or behind "urn:uuid:" (`offset`
 * bytes), of `whole` bytes in all. */
static void explain_inner(struct buf *why, const char *text, size_t len, size_t offset,
                          size_t whole)
{
    size_t hyphens = 0, bounds[GROUPS - 1] = {0};
    for (size_t i = 0, n; i < len; i += n) {
        n = text_char_len(text + i, len - i);
        unsigned char low = low_byte(text + i, n);
        if (low == '-') {
            if (hyphens < GROUPS - 1)
                bounds[hyphens] = i;
            hyphens++;
        } else if (low > 0x7f || !isxdigit(low)) {
            buf_printf(why, "invalid character: found `%.*s` at %zu", (int)n, text + i, i + offset);
            return;
        }
    }
    if (hyphens == 0 && offset == 0) {
        buf_printf(why, "invalid length: found %zu", whole);
        return;
    }
    if (hyphens != GROUPS - 1) {
        buf_printf(why, "invalid group count: expected 5, found %zu", hyphens + 1);
        return;
    }
    size_t group = 0;
    while (group < GROUPS - 1 && bounds[group] == starts[group + 1] - 1)
        group++;
    size_t end = group < GROUPS - 1 ? bounds[group] : whole;
    size_t expected = group < GROUPS - 1 ? starts[group + 1] - 1 - starts[group] : 12;
    buf_printf(why, "invalid group length in group %zu: expected %zu, found %zu", group, expected,
               end - starts[group]);
}

static void explain(struct buf *why, const char *text, size_t len)
{
    if (len >= 2 && text[0] == '{' && text[len - 1] == '}')
        explain_inner(why, text + 1, len - 2, 1, len);
    else if (len >= URN_LEN && strncmp(text, urn, URN_LEN) == 0)
        explain_inner(why, text + URN_LEN, len - URN_LEN, URN_LEN, len);
    else
        explain_inner(why, text, len, 0, len);
}

json_t *decode_uuid(struct decode *decode, json_t *value, const struct path *path)
{
    char text[WITH_HYPHENS + 1];
    decode_floor(decode, MATCH_LAX);
    if (!json_is_string(value)) {
        error_add(decode, path, "uuid_type", value, NULL,
                  "UUID input should be a string, bytes or UUID object");
        return NULL;
    }
    const char *given = json_string_value(value);
    size_t len = json_string_length(value);
    if (read_uuid(text, given, len))
        return strcmp(text, given) == 0 ? json_incref(value) : json_string(text);
    struct buf why;
    buf_init(&why, 256);
    explain(&why, given, len);
    error_add(decode, path, "uuid_parsing", value, json_pack("{s:s}", "error", buf_str(&why)),
              "Input should be a valid UUID, %s", buf_str(&why));
    buf_fini(&why);
    return NULL;
}

#include "base/text.h"

#include <string.h>
#include <utf8proc.h>

#include "base/word.h"

/* The length of the valid code point at `text`, 0 when there is none. */
static size_t valid_char(const unsigned char *text, size_t len)
{
    unsigned char c = text[0];
    if (c < 0x80)
        return 1;
    size_t need = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || len < need)
        return 0;
    unsigned char least = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    unsigned char most = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < least || text[1] > most)
        return 0;
    for (size_t i = 2; i < need; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return need;
}

bool text_is_utf8(const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t i = 0, step;
    while (len - i >= WORD_BYTES && word_is_ascii(word_at(text + i)))
        i += WORD_BYTES;
    if (len - i < WORD_BYTES && word_is_ascii(word_at_end(text, len)))
        return true;
    for (; i < len; i += step) {
        bool ascii = len - i >= WORD_BYTES && word_is_ascii(word_at(text + i));
        step = ascii ? WORD_BYTES : valid_char(at + i, len - i);
        if (step == 0)
            return false;
    }
    return true;
}

size_t text_char_len(const char *text, size_t len)
{
    unsigned char c = (unsigned char)text[0];
    size_t need = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return need <= len ? need : len;
}

size_t text_count(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

enum { MAX_WORD = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment, over three rows of the table. */
size_t text_distance(const char *a, const char *b)
{
    size_t rows[3][MAX_WORD + 1];
    size_t m = strlen(a), n = strlen(b);
    if (m > MAX_WORD || n > MAX_WORD)
        return m > n ? m : n;
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[m % 3][n];
}

const char *text_nearest(const char *word, const char *const *words)
{
    const char *nearest = NULL;
    size_t best = strlen(word) / 3 + 1;
    for (; *words; words++) {
        size_t distance = text_distance(word, *words);
        if (distance < best || (distance == best && !nearest && distance < strlen(*words))) {
            best = distance;
            nearest = *words;
        }
    }
    return nearest;
}

bool text_equal_secret(const char *a, const char *b, size_t len)
{
    volatile uint64_t difference = 0;
    size_t i = 0;
    for (; len - i >= WORD_BYTES; i += WORD_BYTES)
        difference |= word_at(a + i) ^ word_at(b + i);
    for (; i < len; i++)
        difference |= (unsigned char)(a[i] ^ b[i]);
    return difference == 0;
}

bool text_is_space(int32_t code)
{
    if ((code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x20))
        return true;
    if (code < 0x85)
        return false;
    return code == 0x85 || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) ||
           code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

void text_strip(const char **text, size_t *len)
{
    size_t start = *len, end = 0;
    for (size_t at = 0; at < *len;) {
        int32_t code = 0;
        utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)*text + at,
                                                 (utf8proc_ssize_t)(*len - at), &code);
        size_t step = size > 0 ? (size_t)size : 1;
        if (size <= 0 || !text_is_space(code)) {
            start = at < start ? at : start;
            end = at + step;
        }
        at += step;
    }
    *len = start < end ? end - start : 0;
    *text += *len ? start : 0;
}

bool text_is_any(const char *word, const char *const *words)
{
    for (; word && *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

void text_hide(char *text, size_t len, const char *secret)
{
    size_t size = strlen(secret);
    const char *end = text + len;
    if (size == 0 || len == 0)
        return;
    for (char *at = text; (at = memmem(at, (size_t)(end - at), secret, size)); at += size)
        memset(at, '*', size);
}

void text_shorten(char *text, size_t len)
{
    if (strlen(text) <= len)
        return;
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) /* within a character */
        len--;
    text[len] = '\0';
}

/* Design: utf8proc maps one code point to one.  What Unicode maps to several in upper case is just
 * what its case folding makes several of, except capital letters: each of those is put in upper
 * case.  In lower case there are two exceptions: İ, and the sigma, which looks at its word. */
#include "lua/text_case.h"

#include <stdbool.h>
#include <utf8proc.h>

enum { MOST_FOLDED = 4, DOTTED_I = 0x130, DOT_ABOVE = 0x307, SIGMA = 0x3a3, FINAL_SIGMA = 0x3c2 };

static size_t next_code(const char *text, size_t len, utf8proc_int32_t *code)
{
    return (size_t)utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, code);
}

static char *add(char *out, utf8proc_int32_t code)
{
    return out + utf8proc_encode_char(code, (utf8proc_uint8_t *)out);
}

static char *add_upper(char *out, utf8proc_int32_t code)
{
    int boundary = 0;
    utf8proc_int32_t folded[MOST_FOLDED];
    utf8proc_ssize_t count =
        utf8proc_decompose_char(code, folded, MOST_FOLDED, UTF8PROC_CASEFOLD, &boundary);
    if (count < 2 || count > MOST_FOLDED || utf8proc_category(code) == UTF8PROC_CATEGORY_LU)
        return add(out, utf8proc_toupper(code));
    for (utf8proc_ssize_t i = 0; i < count; i++)
        out = add(out, utf8proc_toupper(folded[i]));
    return out;
}

size_t text_case_upper(const char *text, size_t len, char *out)
{
    char *end = out;
    for (size_t at = 0; at < len;) {
        utf8proc_int32_t code;
        at += next_code(text + at, len - at, &code);
        if (code < 0x80)
            *end++ = (char)(code >= 'a' && code <= 'z' ? code - 'a' + 'A' : code);
        else
            end = add_upper(end, code);
    }
    return (size_t)(end - out);
}

/* ---- sigma ---- */

/* Unicode's Case_Ignorable: what may stand within a word, or at its end. */
static bool is_ignorable(utf8proc_int32_t code)
{
    static const utf8proc_int32_t marks[] = {'\'',   '.',    ':',    0xb7,   0x387,  0x55f,
                                             0x5f4,  0x2018, 0x2019, 0x2024, 0x2027, 0xfe13,
                                             0xfe52, 0xfe55, 0xff07, 0xff0e, 0xff1a};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (code == marks[i])
            return true;
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK: return true;
    default: return false;
    }
}

/* Unicode's Cased: letters with a case, and the numerals and circled letters that have one. */
static bool is_cased(utf8proc_int32_t code)
{
    static const struct {
        utf8proc_int32_t first, last;
    } others[] = {{0xaa, 0xaa},       {0xba, 0xba},       {0x2160, 0x217f},  {0x24b6, 0x24e9},
                  {0x1f130, 0x1f149}, {0x1f150, 0x1f169}, {0x1f170, 0x1f189}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (code >= others[i].first && code <= others[i].last)
            return true;
    utf8proc_category_t category = utf8proc_category(code);
    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
           category == UTF8PROC_CATEGORY_LT;
}

static bool follows_cased(const char *text, size_t at)
{
    utf8proc_int32_t code;
    while (at > 0) {
        do
            at--;
        while (((unsigned char)text[at] & 0xc0) == 0x80);
        (void)next_code(text + at, 4, &code);
        if (!is_ignorable(code))
            return is_cased(code);
    }
    return false;
}

static bool precedes_cased(const char *text, size_t len, size_t at)
{
    utf8proc_int32_t code;
    while (at < len) {
        at += next_code(text + at, len - at, &code);
        if (!is_ignorable(code))
            return is_cased(code);
    }
    return false;
}

size_t text_case_lower(const char *text, size_t len, char *out)
{
    char *end = out;
    for (size_t at = 0; at < len;) {
        utf8proc_int32_t code;
        size_t start = at;
        at += next_code(text + at, len - at, &code);
        if (code < 0x80)
            *end++ = (char)(code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code);
        else if (code == DOTTED_I)
            end = add(add(end, 'i'), DOT_ABOVE);
        else if (code == SIGMA && follows_cased(text, start) && !precedes_cased(text, len, at))
            end = add(end, FINAL_SIGMA);
        else
            end = add(end, utf8proc_tolower(code));
    }
    return (size_t)(end - out);
}

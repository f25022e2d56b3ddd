/* What Rust (pydantic's patterns) and Python write otherwise than PCRE2: characters by their number,
 * Rust's \w, Python's \Z. */
#include <ctype.h>
#include <string.h>

#include "base/pattern.h"

/* Rust's \w, within a class: PCRE2's has no marks, without which many scripts have no words. */
static const char word[] = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";

/* How many bytes the number behind \u or \U takes at `text`: 4 or 8 digits, or any in braces, of
 * which `digits` get the place and number; 0: there is none. */
static size_t number_at(const char *text, size_t len, size_t wanted, const char **digits, size_t *n)
{
    bool braces = len > 0 && *text == '{';
    *digits = text + braces;
    for (*n = 0; *n + braces < len && isxdigit((unsigned char)(*digits)[*n]);)
        if (++*n == wanted && !braces)
            return wanted;
    bool closed = braces && *n > 0 && *n + 1 < len && (*digits)[*n] == '}';
    return closed ? *n + 2 : 0;
}

/* What follows a backslash at `text`; how many bytes it takes. */
static size_t add_escape(struct buf *out, const char *text, size_t len,
                         enum pattern_dialect dialect, bool in_class)
{
    char c = *text;
    const char *digits;
    size_t n, taken = 0;
    if (c == 'u' || c == 'U')
        taken = number_at(text + 1, len - 1, c == 'u' ? 4 : 8, &digits, &n);
    if (taken)
        buf_printf(out, "\\x{%.*s}", (int)n, digits);
    else if (dialect == PATTERN_UNICODE && c == 'w')
        buf_printf(out, in_class ? "%s" : "[%s]", word);
    else if (dialect == PATTERN_UNICODE && c == 'W' && !in_class)
        buf_printf(out, "[^%s]", word);
    else
        buf_printf(out, "\\%c", dialect != PATTERN_UNICODE && c == 'Z' ? 'z' : c);
    return taken + 1;
}

/* How many bytes at `text` open a class, with a bracket that stands first in it, or are a class by
 * name within one ([:alpha:]). */
static size_t class_at(const char *text, size_t len, bool in_class)
{
    const char *end = in_class && len > 1 && text[1] == ':' ? memchr(text + 2, ']', len - 2) : NULL;
    if (in_class)
        return end && end - text > 2 && end[-1] == ':' ? (size_t)(end - text) + 1 : 1;
    size_t n = len > 1 && text[1] == '^' ? 2 : 1;
    return n < len && text[n] == ']' ? n + 1 : n;
}

void pattern_from_unicode(struct buf *out, const char *text, size_t len,
                          enum pattern_dialect dialect)
{
    bool in_class = false;
    for (size_t i = 0, taken; i < len; i += taken) {
        if (text[i] == '\\' && i + 1 < len) {
            taken = 1 + add_escape(out, text + i + 1, len - i - 1, dialect, in_class);
            continue;
        }
        taken = text[i] == '[' ? class_at(text + i, len - i, in_class) : 1;
        in_class = in_class ? text[i] != ']' : text[i] == '[';
        buf_add(out, text + i, taken);
    }
}

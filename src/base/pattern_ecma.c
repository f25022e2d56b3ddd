/* What ECMAScript (with its u flag) writes otherwise than PCRE2: names of properties, \s, and
 * that no other letter may be escaped. */
#include <string.h>

#include "base/pattern.h"

/* Unicode's general categories by their long names. */
static const struct {
    const char *name, *code;
} categories[] = {
    {"Letter", "L"},
    {"Cased_Letter", "L&"},
    {"Uppercase_Letter", "Lu"},
    {"Lowercase_Letter", "Ll"},
    {"Titlecase_Letter", "Lt"},
    {"Modifier_Letter", "Lm"},
    {"Other_Letter", "Lo"},
    {"Mark", "M"},
    {"Combining_Mark", "M"},
    {"Nonspacing_Mark", "Mn"},
    {"Spacing_Mark", "Mc"},
    {"Enclosing_Mark", "Me"},
    {"Number", "N"},
    {"Decimal_Number", "Nd"},
    {"digit", "Nd"},
    {"Letter_Number", "Nl"},
    {"Other_Number", "No"},
    {"Punctuation", "P"},
    {"punct", "P"},
    {"Connector_Punctuation", "Pc"},
    {"Dash_Punctuation", "Pd"},
    {"Open_Punctuation", "Ps"},
    {"Close_Punctuation", "Pe"},
    {"Initial_Punctuation", "Pi"},
    {"Final_Punctuation", "Pf"},
    {"Other_Punctuation", "Po"},
    {"Symbol", "S"},
    {"Math_Symbol", "Sm"},
    {"Currency_Symbol", "Sc"},
    {"Modifier_Symbol", "Sk"},
    {"Other_Symbol", "So"},
    {"Separator", "Z"},
    {"Space_Separator", "Zs"},
    {"Line_Separator", "Zl"},
    {"Paragraph_Separator", "Zp"},
    {"Other", "C"},
    {"Control", "Cc"},
    {"Format", "Cf"},
    {"Surrogate", "Cs"},
    {"Private_Use", "Co"},
    {"Unassigned", "Cn"},
};

/* ECMAScript's white space, within a class. */
static const char spaces[] = "\\t-\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029"
                             "\\u202f\\u205f\\u3000\\ufeff";

/* The name of a property without "General_Category=", "Script=" and their short forms. */
static void strip_prefix(const char **name, size_t *len)
{
    static const char *const prefixes[] = {"General_Category=",  "gc=",  "Script=",
                                           "Script_Extensions=", "scx=", "sc="};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t n = strlen(prefixes[i]);
        if (*len > n && memcmp(*name, prefixes[i], n) == 0) {
            *name += n;
            *len -= n;
            return;
        }
    }
}

/* {name} behind \p or \P, at `text`; how many bytes it takes, 0: it is not there. */
static size_t add_property(struct buf *out, const char *text, size_t len)
{
    const char *end = len > 0 && *text == '{' ? memchr(text, '}', len) : NULL;
    if (!end)
        return 0;
    const char *name = text + 1;
    size_t n = (size_t)(end - name);
    strip_prefix(&name, &n);
    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++) {
        if (strlen(categories[i].name) == n && memcmp(categories[i].name, name, n) == 0) {
            name = categories[i].code;
            n = strlen(name);
            break;
        }
    }
    buf_printf(out, "{%.*s}", (int)n, name);
    return (size_t)(end - text) + 1;
}

/* What follows a backslash at `text`; how many bytes it takes, 0: it is no escape. */
static size_t add_escape(struct buf *out, const char *text, size_t len, bool in_class)
{
    char c = len > 0 ? *text : '\0';
    bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!c || (is_letter && !strchr("dDwWsSbBcfnrtvxukpP", c)))
        return 0;
    if (c == 's')
        buf_printf(out, in_class ? "%s" : "[%s]", spaces);
    else if (c == 'S' && !in_class)
        buf_printf(out, "[^%s]", spaces);
    else
        buf_printf(out, "\\%c", c);
    if (c != 'p' && c != 'P')
        return 1;
    size_t taken = add_property(out, text + 1, len - 1);
    return taken ? taken + 1 : 0;
}

/* Whether what opens at `text` is a group of ECMAScript's: plain, (?:, (?=, (?!, (?<. */
static bool is_group(const char *text, size_t len)
{
    if (len < 2 || (text[1] != '?' && text[1] != '*'))
        return true;
    return text[1] == '?' && len > 2 && strchr(":=!<", text[2]);
}

enum ls_err pattern_from_ecma(struct buf *out, const char *text, size_t len, const char **why)
{
    bool in_class = false;
    for (size_t i = 0, taken; i < len; i += taken) {
        taken = 1;
        if (text[i] == '\\') {
            taken += add_escape(out, text + i + 1, len - i - 1, in_class);
            *why = "a backslash escapes what ECMAScript does not know";
            if (taken == 1)
                return LS_BAD_SYNTAX;
            continue;
        }
        *why = "a group begins as ECMAScript does not know it";
        if (text[i] == '(' && !in_class && !is_group(text + i, len - i))
            return LS_BAD_SYNTAX;
        if (text[i] == '[' && in_class)
            buf_add_char(out, '\\'); /* else PCRE2 may see [:alpha:] */
        in_class = in_class ? text[i] != ']' : text[i] == '[';
        buf_add_char(out, text[i]);
    }
    *why = "the pattern is too long";
    return out->full ? LS_TOO_BIG : LS_OK;
}

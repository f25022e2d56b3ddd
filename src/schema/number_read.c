/* Numbers from strings, as pydantic (Rust) reads them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "schema/decode.h"

/* How many bytes of white space `text` begins with (Unicode's White_Space). */
static size_t space_at(const char *text)
{
    static const char *const wide[] = {"\xc2\x85", "\u00a0", "\u1680", "\u2000", "\u2001",
                                       "\u2002",   "\u2003", "\u2004", "\u2005", "\u2006",
                                       "\u2007",   "\u2008", "\u2009", "\u200a", "\u2028",
                                       "\u2029",   "\u202f", "\u205f", "\u3000"};
    if (*text && strchr(" \t\n\v\f\r", *text))
        return 1;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (strncmp(text, wide[i], strlen(wide[i])) == 0)
            return strlen(wide[i]);
    return 0;
}

const char *text_trimmed(const char *text, size_t *len)
{
    const char *end = text + *len;
    for (size_t n; text < end && (n = space_at(text));)
        text += n;
    *len = 0;
    for (const char *c = text; c < end;) {
        size_t n = space_at(c);
        c += n ? n : 1;
        if (!n)
            *len = (size_t)(c - text);
    }
    return text;
}

static char *trimmed(const char *text)
{
    size_t len = strlen(text);
    text = text_trimmed(text, &len);
    return mem_strndup(text, len);
}

/* Takes the underscores between other characters out; false: one stands elsewhere. */
static bool drop_underscores(char *text)
{
    char *to = text;
    for (const char *c = text; *c; c++) {
        if (*c == '_' && (c == text || c[-1] == '_' || !c[1]))
            return false;
        if (*c != '_')
            *to++ = *c;
    }
    *to = '\0';
    return true;
}

static size_t digits_at(const char *text)
{
    size_t n = 0;
    while (isdigit((unsigned char)text[n]))
        n++;
    return n;
}

/* Cuts the ".0…" off; false: what is left cannot be a whole number. */
static bool cut_zeros(char *text)
{
    char *dot = strchr(text, '.');
    if (!dot)
        return true;
    *dot = '\0';
    return dot[1] && dot[1 + strspn(dot + 1, "0")] == '\0';
}

/* Whether an underscore stands behind a sign; Rust does not read that. */
static bool is_signed_underscore(const char *text)
{
    return (*text == '+' || *text == '-') && text[1] == '_';
}

static enum ls_err read_int(char *text, json_int_t *out)
{
    if (!cut_zeros(text) || is_signed_underscore(text) || !drop_underscores(text))
        return LS_BAD_SYNTAX;
    const char *digits = text + (*text == '+' || *text == '-');
    if (!*digits || digits[digits_at(digits)])
        return LS_BAD_SYNTAX;
    errno = 0;
    *out = strtoll(text, NULL, 10);
    return errno == ERANGE ? LS_TOO_BIG : LS_OK;
}

enum ls_err number_read_int(const char *text, json_int_t *out)
{
    char *own = trimmed(text);
    enum ls_err err = read_int(own, out);
    free(own);
    return err;
}

/* Whether it is [+-] digits [. digits] [e [+-] digits], with digits on a side of the dot. */
static bool is_real(const char *text)
{
    text += *text == '+' || *text == '-';
    size_t whole = digits_at(text), part = 0;
    text += whole;
    if (*text == '.') {
        part = digits_at(++text);
        text += part;
    }
    if (whole + part == 0)
        return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '+' || *text == '-';
        size_t exponent = digits_at(text);
        text += exponent;
        if (exponent == 0)
            return false;
    }
    return !*text;
}

static bool is_special(const char *text)
{
    text += *text == '+' || *text == '-';
    return strcasecmp(text, "inf") == 0 || strcasecmp(text, "infinity") == 0 ||
           strcasecmp(text, "nan") == 0;
}

enum ls_err number_read_real(const char *text, double *out)
{
    char *own = trimmed(text);
    enum ls_err err = LS_OK;
    if (!drop_underscores(own) || (!is_real(own) && !is_special(own)))
        err = LS_BAD_SYNTAX;
    else
        *out = strtod(own, NULL);
    free(own);
    return err;
}

#include "yaml/yaml_scalar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rows of the core schema that are single words. */
static const struct word {
    const char *text;
    enum node_kind kind;
    bool boolean;
    bool unrepresentable; /* JSON has no such number */
} words[] = {
    {"", NODE_NULL, false, false},      {"~", NODE_NULL, false, false},
    {"null", NODE_NULL, false, false},  {"Null", NODE_NULL, false, false},
    {"NULL", NODE_NULL, false, false},  {"true", NODE_BOOL, true, false},
    {"True", NODE_BOOL, true, false},   {"TRUE", NODE_BOOL, true, false},
    {"false", NODE_BOOL, false, false}, {"False", NODE_BOOL, false, false},
    {"FALSE", NODE_BOOL, false, false}, {".nan", NODE_REAL, false, true},
    {".NaN", NODE_REAL, false, true},   {".NAN", NODE_REAL, false, true},
    {".inf", NODE_REAL, false, true},   {".Inf", NODE_REAL, false, true},
    {".INF", NODE_REAL, false, true},   {"+.inf", NODE_REAL, false, true},
    {"+.Inf", NODE_REAL, false, true},  {"+.INF", NODE_REAL, false, true},
    {"-.inf", NODE_REAL, false, true},  {"-.Inf", NODE_REAL, false, true},
    {"-.INF", NODE_REAL, false, true},
};

static const struct word *word_find(const char *text)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].text, text))
            return &words[i];
    return NULL;
}

static const char *skip_digits(const char *text)
{
    return text + strspn(text, "0123456789");
}

/* The base of an integer as the core schema writes it, or 0 when `text` is none. */
static int integer_base(const char *text)
{
    if (!strncmp(text, "0x", 2) && text[2])
        return text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] ? 0 : 16;
    if (!strncmp(text, "0o", 2) && text[2])
        return text[2 + strspn(text + 2, "01234567")] ? 0 : 8;
    if (*text == '+' || *text == '-')
        text++;
    return *text && !*skip_digits(text) ? 10 : 0;
}

/* [-+]? ( \.[0-9]+ | [0-9]+(\.[0-9]*)? ) ([eE][-+]?[0-9]+)? */
static bool is_real(const char *text)
{
    text += *text == '+' || *text == '-';
    const char *whole = skip_digits(text);
    const char *rest = whole;
    if (*rest == '.')
        rest = skip_digits(rest + 1);
    if (rest == text || (whole == text && rest == text + 1))
        return false;
    if (*rest != 'e' && *rest != 'E')
        return !*rest;
    rest++;
    rest += *rest == '+' || *rest == '-';
    return *rest && !*skip_digits(rest);
}

static bool read_integer(const char *text, int base, int64_t *value)
{
    errno = 0;
    long long number = strtoll(base == 10 ? text : text + 2, NULL, base);
    *value = number;
    return errno == 0;
}

/* Makes the node the number; false and a problem when it cannot be held.  The problem does not
 * quote it: nobody knows yet whether it is meant to be secret. */
static bool read_number(struct node *node, const char *text, struct problems *problems)
{
    int base = integer_base(text);
    if (base) {
        node->kind = NODE_INT;
        if (read_integer(text, base, &node->as.integer))
            return true;
        problems_error(problems, node->place,
                       "this number does not fit in 64 bits; write it in quotes if it is meant "
                       "as text");
        return false;
    }
    node->kind = NODE_REAL;
    node->as.real = strtod(text, NULL);
    if (isfinite(node->as.real))
        return true;
    problems_error(problems, node->place,
                   "this number is too big; write it in quotes if it is meant as text");
    return false;
}

struct node *yaml_scalar(struct arena *arena, const char *text, size_t len, struct place place,
                         struct problems *problems)
{
    const struct word *word = word_find(text);
    if (word && word->unrepresentable) {
        problems_error(problems, place,
                       "%s is no number in JSON, so no client could receive it; leave it out, or "
                       "write it in quotes if it is meant as text",
                       text);
    } else if (word) {
        struct node *node = node_new(arena, word->kind, place);
        node->as.boolean = word->boolean;
        return node;
    } else if (integer_base(text) || is_real(text)) {
        struct node *node = node_new(arena, NODE_NULL, place);
        if (read_number(node, text, problems))
            return node;
    }
    return node_new_string(arena, text, len, place);
}

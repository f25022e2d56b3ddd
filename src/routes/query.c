#include "routes/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/mem.h"

/* Decodes in place; returns the new length.  A '%' that begins no pair stays as it is. */
static size_t decode(char *text, size_t len)
{
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i] == '+' ? ' ' : text[i];
        if (c == '%' && i + 2 < len && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        text[out++] = c;
    }
    return out;
}

static void add_parameter(json_t *object, char *text, size_t len)
{
    char *equals = memchr(text, '=', len);
    size_t name_len = equals ? (size_t)(equals - text) : len;
    char *value = equals ? equals + 1 : text + len;
    size_t value_len = decode(value, (size_t)(text + len - value));
    name_len = decode(text, name_len);
    json_t *decoded = json_stringn(value, value_len);
    if (decoded && name_len > 0)
        json_object_setn_new(object, text, name_len, decoded);
    else
        json_decref(decoded);
}

json_t *query_object(const char *query)
{
    json_t *object = json_object();
    char *copy = mem_strdup(query);
    for (char *at = copy; *at;) {
        size_t len = strcspn(at, "&");
        char *next = at + len + (at[len] == '&');
        if (len > 0)
            add_parameter(object, at, len);
        at = next;
    }
    free(copy);
    return object;
}

#include "schema/repr.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

/* One code point of a string as Python's repr() shows it. */
static void print_char(struct buf *out, const char *c, size_t len, char quote)
{
    static const char escaped[] = "\n\r\t\\", names[] = "nrt\\";
    const char *found = strchr(escaped, *c);
    if (found)
        buf_printf(out, "\\%c", names[found - escaped]);
    else if (*c == quote)
        buf_printf(out, "\\%c", quote);
    else if ((unsigned char)*c < 0x20 || *c == 0x7f)
        buf_printf(out, "\\x%02x", (unsigned)*c);
    else
        buf_add(out, c, len);
}

static void print_string(struct buf *out, const char *text)
{
    char quote = strchr(text, '\'') && !strchr(text, '"') ? '"' : '\'';
    buf_add_char(out, quote);
    for (size_t len; *text; text += len) {
        len = text_char_len(text, strlen(text));
        print_char(out, text, len, quote);
    }
    buf_add_char(out, quote);
}

static void print_list(struct buf *out, const json_t *list)
{
    size_t i;
    json_t *item;
    buf_add_char(out, '[');
    json_array_foreach(list, i, item) {
        if (i > 0)
            buf_add_str(out, ", ");
        repr_print(out, item);
    }
    buf_add_char(out, ']');
}

static void print_dict(struct buf *out, json_t *dict)
{
    const char *key, *between = "";
    json_t *value;
    buf_add_char(out, '{');
    json_object_foreach(dict, key, value) {
        buf_add_str(out, between);
        print_string(out, key);
        buf_add_str(out, ": ");
        repr_print(out, value);
        between = ", ";
    }
    buf_add_char(out, '}');
}

void repr_print(struct buf *out, const json_t *value)
{
    if (json_is_string(value))
        print_string(out, json_string_value(value));
    else if (json_is_boolean(value))
        buf_add_str(out, json_is_true(value) ? "True" : "False");
    else if (json_is_null(value))
        buf_add_str(out, "None");
    else if (json_is_array(value))
        print_list(out, value);
    else if (json_is_object(value))
        print_dict(out, (json_t *)value);
    else
        (void)json_print(out, value, JSON_WIRE);
}

char *repr_str(const json_t *value)
{
    struct buf text;
    buf_init(&text, REPR_MAX);
    if (json_is_string(value))
        buf_add_str(&text, json_string_value(value));
    else
        repr_print(&text, value);
    return buf_take(&text);
}

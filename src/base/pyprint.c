#include "base/pyprint.h"

#include <string.h>
#include <utf8proc.h>

#include "base/json.h"

static bool is_printable(int32_t code)
{
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_ZS: return false;
    default: return true;
    }
}

/* One character that must not stand in a literal as it is. */
static enum ls_err print_escape(struct buf *out, int32_t code)
{
    switch (code) {
    case '\n': return buf_add_str(out, "\\n");
    case '\r': return buf_add_str(out, "\\r");
    case '\t': return buf_add_str(out, "\\t");
    default: break;
    }
    unsigned value = (unsigned)code;
    if (value <= 0xff)
        return buf_printf(out, "\\x%02x", value);
    return value <= 0xffff ? buf_printf(out, "\\u%04x", value) : buf_printf(out, "\\U%08x", value);
}

static bool must_escape(int32_t code, enum pyprint_style style)
{
    if (code < 0x7f)
        return code < ' ';
    return style == PYPRINT_ASCII || !is_printable(code);
}

enum ls_err pyprint_string(struct buf *out, const char *text, size_t len, enum pyprint_style style)
{
    bool has_single = memchr(text, '\'', len), has_double = memchr(text, '"', len);
    char quote = has_single && !has_double ? '"' : '\'';
    enum ls_err err = buf_add_char(out, quote);
    for (size_t at = 0; at < len && !err;) {
        int32_t code = 0;
        const utf8proc_uint8_t *here = (const utf8proc_uint8_t *)text + at;
        utf8proc_ssize_t size = utf8proc_iterate(here, (utf8proc_ssize_t)(len - at), &code);
        if (size <= 0)
            return LS_BAD_VALUE;
        if (must_escape(code, style)) {
            err = print_escape(out, code);
        } else {
            if (code == '\\' || code == quote)
                err = buf_add_char(out, '\\');
            if (!err)
                err = buf_add(out, here, (size_t)size);
        }
        at += (size_t)size;
    }
    return err ? err : buf_add_char(out, quote);
}

static enum ls_err print_list(struct buf *out, const json_t *list, enum pyprint_style style)
{
    enum ls_err err = buf_add_char(out, '[');
    for (size_t i = 0; i < json_array_size(list) && !err; i++) {
        if (i > 0)
            err = buf_add_str(out, ", ");
        if (!err)
            err = pyprint(out, json_array_get(list, i), style);
    }
    return err ? err : buf_add_char(out, ']');
}

static enum ls_err print_dict(struct buf *out, const json_t *dict, enum pyprint_style style)
{
    enum ls_err err = buf_add_char(out, '{');
    const char *key, *comma = "";
    json_t *value;
    json_object_foreach((json_t *)dict, key, value) {
        if (!err)
            err = buf_add_str(out, comma);
        if (!err)
            err = pyprint_string(out, key, strlen(key), style);
        if (!err)
            err = buf_add_str(out, ": ");
        if (!err)
            err = pyprint(out, value, style);
        if (err)
            return err;
        comma = ", ";
    }
    return err ? err : buf_add_char(out, '}');
}

enum ls_err pyprint(struct buf *out, const json_t *value, enum pyprint_style style)
{
    enum pyprint_style inside = style == PYPRINT_STR ? PYPRINT_REPR : style;
    switch (json_typeof(value)) {
    case JSON_STRING:
        if (style == PYPRINT_STR)
            return buf_add(out, json_string_value(value), json_string_length(value));
        return pyprint_string(out, json_string_value(value), json_string_length(value), style);
    case JSON_ARRAY: return print_list(out, value, inside);
    case JSON_OBJECT: return print_dict(out, value, inside);
    case JSON_TRUE: return buf_add_str(out, "True");
    case JSON_FALSE: return buf_add_str(out, "False");
    case JSON_NULL: return buf_add_str(out, "None");
    case JSON_INTEGER: return buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_REAL: return json_print(out, value, JSON_WIRE);
    }
    return LS_BAD_VALUE;
}

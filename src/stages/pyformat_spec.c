#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/json.h"
#include "base/pyprint.h"
#include "stages/pyformat_internal.h"

struct spec_text {
    const char *at, *end;
};

static bool next_is(struct spec_text *text, const char *set)
{
    return text->at < text->end && *text->at && strchr(set, *text->at);
}

/* The next character if it is one of `set`, else 0. */
static char accept(struct spec_text *text, const char *set)
{
    return next_is(text, set) ? *text->at++ : 0;
}

/* Digits into *out, -1 when there are none; false when the number is beyond the limit. */
static bool accept_number(struct spec_text *text, int *out)
{
    *out = -1;
    while (next_is(text, "0123456789")) {
        *out = (*out < 0 ? 0 : *out) * 10 + (*text->at++ - '0');
        if (*out > PYFORMAT_MAX_WIDTH)
            return false;
    }
    return true;
}

/* The fill is any character, told by the alignment sign behind it. */
static bool accept_fill(struct spec_text *text, struct pyformat_spec *spec)
{
    int32_t code = 0;
    utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)text->at,
                                             (utf8proc_ssize_t)(text->end - text->at), &code);
    if (size <= 0 || text->at + size >= text->end || !strchr("<>=^", text->at[size]))
        return false;
    memcpy(spec->fill, text->at, (size_t)size);
    spec->fill[size] = '\0';
    text->at += size;
    return true;
}

static const char *check_grouping(const struct pyformat_spec *spec)
{
    if (!spec->grouping || !spec->type || strchr("defgEG%F", spec->type))
        return NULL;
    if (spec->grouping == '_' && strchr("boxX", spec->type))
        return NULL;
    return "this type takes no grouping of digits";
}

static const char *parse_spec(struct pyformat_spec *spec, struct spec_text *text)
{
    bool has_fill = text->at < text->end && text->at[0] && accept_fill(text, spec);
    spec->align = accept(text, "<>=^");
    spec->sign = accept(text, "+- ");
    spec->unsigned_zero = accept(text, "z");
    spec->alternate = accept(text, "#");
    spec->zero_padded = !has_fill && accept(text, "0");
    if (spec->zero_padded)
        spec->fill[0] = '0';
    if (!accept_number(text, &spec->width))
        return "the width is too large";
    spec->grouping = accept(text, ",_");
    if (spec->grouping && next_is(text, ",_"))
        return "one grouping sign is enough";
    if (accept(text, ".")) {
        if (!accept_number(text, &spec->precision))
            return "the precision is too large";
        if (spec->precision < 0)
            return "a precision is missing behind the point";
    }
    spec->type = accept(text, "sbcdoxXneEfFgG%");
    return text->at == text->end ? check_grouping(spec) : "this is no format specification";
}

enum ls_err pyformat_parse_spec(struct pyformat_spec *spec, const char *text, size_t len,
                                const char **why)
{
    *spec = (struct pyformat_spec){.fill = " ", .width = -1, .precision = -1, .is_empty = len == 0};
    struct spec_text rest = {text, text + len};
    *why = parse_spec(spec, &rest);
    return *why ? LS_BAD_SYNTAX : LS_OK;
}

static enum ls_err print_text(struct buf *out, const json_t *value,
                              const struct pyformat_spec *spec, const char **why)
{
    if ((spec->type && spec->type != 's') || spec->sign || spec->unsigned_zero || spec->alternate ||
        spec->grouping || spec->align == '=') {
        *why = "a string does not take this format";
        return LS_BAD_VALUE;
    }
    const char *text = json_string_value(value);
    size_t len = 0, count = 0, end = json_string_length(value);
    while (len < end && (spec->precision < 0 || count < (size_t)spec->precision)) {
        do
            len++;
        while (len < end && ((unsigned char)text[len] & 0xc0) == 0x80);
        count++;
    }
    size_t pad = spec->width > 0 && (size_t)spec->width > count ? (size_t)spec->width - count : 0;
    size_t left = spec->align == '>' ? pad : spec->align == '^' ? pad / 2 : 0;
    enum ls_err err = pyformat_print_fill(out, spec, left);
    if (!err)
        err = buf_add(out, text, len);
    return err ? err : pyformat_print_fill(out, spec, pad - left);
}

enum ls_err pyformat_print_spec(struct buf *out, const json_t *value,
                                const struct pyformat_spec *spec, const char **why)
{
    *why = "the text is too long";
    if (spec->is_empty)
        return pyprint(out, value, PYPRINT_STR);
    bool as_real = spec->type && strchr("eEfFgG%", spec->type);
    switch (json_typeof(value)) {
    case JSON_STRING: return print_text(out, value, spec, why);
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_INTEGER: {
        json_int_t number =
            json_is_integer(value) ? json_integer_value(value) : json_is_true(value);
        return as_real ? pyformat_print_real(out, (double)number, spec, why)
                       : pyformat_print_integer(out, number, spec, why);
    }
    case JSON_REAL: return pyformat_print_real(out, json_real_value(value), spec, why);
    default: *why = "None, lists and dicts take no format"; return LS_BAD_VALUE;
    }
}

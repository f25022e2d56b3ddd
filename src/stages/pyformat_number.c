/* Design: numbers become text in two steps.  First their characters (sign, prefix, whole digits,
 * the rest), by printf where C and Python agree; then pyformat_print_number() groups, pads and
 * aligns, whatever kind of number it was. */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "stages/pyformat_internal.h"

enum ls_err pyformat_print_fill(struct buf *out, const struct pyformat_spec *spec, size_t count)
{
    enum ls_err err = LS_OK;
    while (count-- > 0 && !err)
        err = buf_add_str(out, spec->fill);
    return err;
}

/* Whole digits, zeros in front up to `min_width`, separators every `group` digits. */
static enum ls_err print_digits(struct buf *out, const struct pyformat_number *number,
                                int min_width, int group, char separator)
{
    int left = number->whole, used = 0;
    char *reversed = mem_alloc(2 * (size_t)(left > min_width ? left : min_width) + 2);
    while (number->whole > 0) {
        int take = left > min_width ? left : min_width;
        take = take < 1 ? 1 : take;
        take = group && group < take ? group : take;
        for (int i = 0; i < take; i++, left--)
            reversed[used++] = left > 0 ? number->digits[left - 1] : '0';
        left = left > 0 ? left : 0;
        min_width -= take;
        if (left == 0 && min_width <= 0)
            break;
        min_width--;
        reversed[used++] = separator;
    }
    enum ls_err err = LS_OK;
    while (used > 0 && !err)
        err = buf_add_char(out, reversed[--used]);
    free(reversed);
    return err;
}

/* `body` (sign and prefix first, then digits) set into the width. */
static enum ls_err print_aligned(struct buf *out, const struct pyformat_spec *spec, char align,
                                 const struct buf *head, const struct buf *tail, int width)
{
    size_t pad = spec->width > width ? (size_t)(spec->width - width) : 0;
    size_t left = align == '>' ? pad : align == '^' ? pad / 2 : 0;
    size_t middle = align == '=' ? pad : 0;
    enum ls_err err = pyformat_print_fill(out, spec, left);
    if (!err)
        err = buf_add(out, buf_str(head), head->len);
    if (!err)
        err = pyformat_print_fill(out, spec, middle);
    if (!err)
        err = buf_add(out, buf_str(tail), tail->len);
    return err ? err : pyformat_print_fill(out, spec, pad - left - middle);
}

enum ls_err pyformat_print_number(struct buf *out, const struct pyformat_spec *spec,
                                  const struct pyformat_number *number)
{
    char align = spec->align ? spec->align : spec->zero_padded ? '=' : '>';
    char sign = number->is_negative ? '-' : spec->sign == '-' ? 0 : spec->sign;
    struct buf head, tail;
    buf_init(&head, out->limit);
    buf_init(&tail, out->limit);
    enum ls_err err = sign ? buf_add_char(&head, sign) : LS_OK;
    if (!err)
        err = buf_add_str(&head, number->prefix);
    int fixed = (int)head.len + number->rest_width;
    int min_width = align == '=' && strcmp(spec->fill, "0") == 0 ? spec->width - fixed : 0;
    int group = !spec->grouping ? 0 : spec->type && strchr("boxX", spec->type) ? 4 : 3;
    if (!err)
        err = print_digits(&tail, number, min_width, group, spec->grouping);
    int width = fixed + (int)tail.len;
    if (!err)
        err = buf_add_str(&tail, number->rest);
    if (!err)
        err = print_aligned(out, spec, align, &head, &tail, width);
    buf_fini(&head);
    buf_fini(&tail);
    return err;
}

static enum ls_err print_character(struct buf *out, json_int_t value,
                                   const struct pyformat_spec *spec, const char **why)
{
    if (spec->sign || spec->alternate || value < 0 || value > 0x10ffff ||
        (value >= 0xd800 && value <= 0xdfff)) {
        *why = "the format 'c' takes a plain code point";
        return LS_BAD_VALUE;
    }
    char text[5] = "";
    (void)utf8proc_encode_char((utf8proc_int32_t)value, (utf8proc_uint8_t *)text);
    if (value == 0) /* it would end the string it stands in */
        return *why = "the format 'c' takes no NUL", LS_BAD_VALUE;
    struct pyformat_number number = {.prefix = "", .digits = "", .rest = text, .rest_width = 1};
    return pyformat_print_number(out, spec, &number);
}

/* Digits of `value` in `base`, written towards the front from `end`; the first one's place. */
static char *write_digits(char *end, uint64_t value, unsigned base, bool upper)
{
    const char *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    *--end = '\0';
    do
        *--end = alphabet[value % base];
    while (value /= base);
    return end;
}

enum ls_err pyformat_print_integer(struct buf *out, json_int_t value,
                                   const struct pyformat_spec *spec, const char **why)
{
    if (spec->precision >= 0 || spec->unsigned_zero || spec->type == 's') {
        *why = "an integer does not take this format";
        return LS_BAD_VALUE;
    }
    if (spec->type == 'c')
        return print_character(out, value, spec, why);
    unsigned base = 10;
    const char *prefix = "";
    if (spec->type == 'b')
        base = 2, prefix = "0b";
    else if (spec->type == 'o')
        base = 8, prefix = "0o";
    else if (spec->type == 'x' || spec->type == 'X')
        base = 16, prefix = spec->type == 'x' ? "0x" : "0X";
    char digits[72] = "";
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    struct pyformat_number number = {.is_negative = value < 0,
                                     .prefix = spec->alternate ? prefix : "",
                                     .rest = ""};
    number.digits = write_digits(digits + sizeof digits, size, base, spec->type == 'X');
    number.whole = (int)strlen(number.digits);
    return pyformat_print_number(out, spec, &number);
}

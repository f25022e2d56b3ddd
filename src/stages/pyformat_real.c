#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "stages/pyformat_internal.h"

/* Takes trailing zeros of the fraction away, all but `keep` of its digits, and then a bare
 * point; what begins at an exponent sign stays. */
static void strip_zeros(char *text, size_t keep)
{
    char *point = strchr(text, '.');
    if (!point)
        return;
    char *tail = point + strcspn(point, "e");
    char *end = tail;
    while (end > point + 1 + keep && end[-1] == '0')
        end--;
    if (end == point + 1)
        end = point;
    memmove(end, tail, strlen(tail) + 1);
}

/* Python's own format with a precision: as 'g', but never without a digit behind the point. */
static char *real_to_general(double value, int precision, bool alternate)
{
    precision = precision < 1 ? 1 : precision;
    char *text = mem_printf("%.*e", precision - 1, value);
    const char *exponent = strchr(text, 'e');
    if (!exponent)
        return text;
    int point = (int)strtol(exponent + 1, NULL, 10) + 1;
    bool is_scientific = point <= -4 || point > precision - 1;
    if (is_scientific && !alternate) {
        strip_zeros(text, 0);
    } else {
        free(text);
        text = is_scientific ? mem_printf("%#.*e", precision - 1, value)
                             : mem_printf("%.*f", precision - point, value);
        if (!alternate)
            strip_zeros(text, 1);
    }
    return text;
}

/* 'g' that keeps its zeros.  Not printf's own: glibc loses them where 999999.5 becomes 1e+06. */
static char *real_to_alternate(double value, int precision)
{
    precision = precision < 1 ? 1 : precision;
    char *text = mem_printf("%#.*e", precision - 1, value);
    const char *exponent = strchr(text, 'e');
    int point = exponent ? (int)strtol(exponent + 1, NULL, 10) : 0;
    if (!exponent || point < -4 || point >= precision)
        return text;
    free(text);
    return mem_printf("%#.*f", precision - 1 - point, value);
}

/* repr(value): the shortest digits that read back the same. */
static char *real_to_shortest(double value, bool alternate)
{
    json_auto_t *real = json_real(value);
    if (!real)
        return mem_printf("%f", value);
    struct buf text;
    buf_init(&text, 64);
    (void)json_print(&text, real, JSON_WIRE);
    char *digits = buf_take(&text);
    char *exponent = strchr(digits, 'e');
    if (!alternate || !exponent || strchr(digits, '.'))
        return digits;
    *exponent = '\0';
    char *pointed = mem_printf("%s.e%s", digits, exponent + 1);
    free(digits);
    return pointed;
}

static char *real_to_text(double value, const struct pyformat_spec *spec)
{
    int precision = spec->precision < 0 ? 6 : spec->precision;
    switch (tolower((unsigned char)spec->type)) {
    case 'e':
        return spec->alternate ? mem_printf("%#.*e", precision, value)
                               : mem_printf("%.*e", precision, value);
    case 'f':
        return spec->alternate ? mem_printf("%#.*f", precision, value)
                               : mem_printf("%.*f", precision, value);
    case '%':
        return spec->alternate ? mem_printf("%#.*f%%", precision, value * 100)
                               : mem_printf("%.*f%%", precision, value * 100);
    case 'g':
    case 'n':
        return spec->alternate ? real_to_alternate(value, precision)
                               : mem_printf("%.*g", precision, value);
    default:
        return spec->precision < 0 ? real_to_shortest(value, spec->alternate)
                                   : real_to_general(value, precision, spec->alternate);
    }
}

enum ls_err pyformat_print_real(struct buf *out, double value, const struct pyformat_spec *spec,
                                const char **why)
{
    if (spec->type && !strchr("eEfFgGn%", spec->type)) {
        *why = "a float does not take this format";
        return LS_BAD_VALUE;
    }
    char *text = real_to_text(value, spec);
    if (spec->type && isupper((unsigned char)spec->type))
        for (char *c = text; *c; c++)
            *c = (char)toupper((unsigned char)*c);
    struct pyformat_number number = {.prefix = "", .digits = text, .is_negative = text[0] == '-'};
    if (number.is_negative)
        number.digits++;
    if (spec->unsigned_zero && strspn(number.digits, "0.") == strcspn(number.digits, "eE%"))
        number.is_negative = false;
    number.whole = (int)strspn(number.digits, "0123456789");
    number.rest = number.digits + number.whole;
    number.rest_width = (int)strlen(number.rest);
    enum ls_err err = pyformat_print_number(out, spec, &number);
    free(text);
    return err;
}

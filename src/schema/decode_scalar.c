/* Scalars by pydantic's lax rules. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "schema/decode.h"

static json_t *refuse_int(struct decode *decode, json_t *value, const struct path *path,
                          enum ls_err err)
{
    if (err == LS_TOO_BIG)
        error_add(decode, path, "int_parsing_size", value, NULL,
                  "Unable to parse input string as an integer, exceeded maximum size");
    else if (json_is_string(value))
        error_add(decode, path, "int_parsing", value, NULL,
                  "Input should be a valid integer, unable to parse string as an integer");
    else if (json_is_real(value))
        error_add(decode, path, "int_from_float", value, NULL,
                  "Input should be a valid integer, got a number with a fractional part");
    else
        error_add(decode, path, "int_type", value, NULL, "Input should be a valid integer");
    return NULL;
}

static enum ls_err int_from_real(double real, json_int_t *out)
{
    if (real != trunc(real))
        return LS_BAD_SYNTAX;
    if (real >= 0x1p63 || real < -0x1p63)
        return LS_TOO_BIG;
    *out = (json_int_t)real;
    return LS_OK;
}

static json_t *to_int(struct decode *decode, json_t *value, const struct path *path)
{
    json_int_t number = 0;
    enum ls_err err = LS_BAD_INPUT;
    if (json_is_integer(value))
        return json_incref(value);
    decode_floor(decode, MATCH_LAX);
    if (json_is_boolean(value))
        return json_integer(json_is_true(value));
    if (json_is_real(value))
        err = int_from_real(json_real_value(value), &number);
    else if (json_is_string(value))
        err = number_read_int(decode_text(value), &number);
    return err ? refuse_int(decode, value, path, err) : json_integer(number);
}

/* Numbers beyond the real ones, which JSON cannot carry, are refused. */
static json_t *finite_real(struct decode *decode, double number, json_t *value,
                           const struct path *path)
{
    if (isfinite(number))
        return json_real(number);
    error_add(decode, path, "finite_number", value, NULL, "Input should be a finite number");
    return NULL;
}

static json_t *to_real(struct decode *decode, json_t *value, const struct path *path)
{
    double number = 0;
    if (json_is_real(value))
        return json_incref(value);
    decode_floor(decode, json_is_integer(value) ? MATCH_STRICT : MATCH_LAX);
    if (json_is_integer(value))
        return json_real((double)json_integer_value(value));
    if (json_is_boolean(value))
        return json_real(json_is_true(value));
    if (!json_is_string(value))
        error_add(decode, path, "float_type", value, NULL, "Input should be a valid number");
    else if (number_read_real(decode_text(value), &number) == LS_OK)
        return finite_real(decode, number, value, path);
    else
        error_add(decode, path, "float_parsing", value, NULL,
                  "Input should be a valid number, unable to parse string as a number");
    return NULL;
}

static int compare(const json_t *a, const json_t *b)
{
    if (json_is_integer(a) && json_is_integer(b)) {
        json_int_t x = json_integer_value(a), y = json_integer_value(b);
        return (x > y) - (x < y);
    }
    double x = json_number_value(a), y = json_number_value(b);
    return (x > y) - (x < y);
}

/* pydantic allows for what the division of reals loses. */
static bool is_multiple(const json_t *value, const json_t *of)
{
    if (json_is_integer(value) && json_is_integer(of))
        return json_integer_value(of) == -1 ||
               json_integer_value(value) % json_integer_value(of) == 0;
    double number = json_number_value(value), step = json_number_value(of);
    return fabs(round(number / step) * step - number) <= 1e-9;
}

static bool keeps(enum node_limit limit, const json_t *value, const json_t *bound)
{
    switch (limit) {
    case LIMIT_MULTIPLE: return is_multiple(value, bound);
    case LIMIT_MOST: return compare(value, bound) <= 0;
    case LIMIT_BELOW: return compare(value, bound) < 0;
    case LIMIT_LEAST: return compare(value, bound) >= 0;
    default: return compare(value, bound) > 0;
    }
}

/* The shortest digits that read back the same, without an exponent. */
static void print_plain(struct buf *out, double number)
{
    char text[800];
    int digits = 0;
    do
        snprintf(text, sizeof text, "%.*f", digits, number);
    while (strtod(text, NULL) != number && ++digits < 400);
    buf_add_str(out, text);
}

static void refuse_limit(struct decode *decode, const struct node *node, enum node_limit limit,
                         json_t *value, const struct path *path)
{
    static const struct {
        const char *type, *ctx, *what;
    } rows[LIMIT_COUNT] = {
        [LIMIT_MULTIPLE] = {"multiple_of", "multiple_of", "a multiple of"},
        [LIMIT_MOST] = {"less_than_equal", "le", "less than or equal to"},
        [LIMIT_BELOW] = {"less_than", "lt", "less than"},
        [LIMIT_LEAST] = {"greater_than_equal", "ge", "greater than or equal to"},
        [LIMIT_ABOVE] = {"greater_than", "gt", "greater than"},
    };
    if (!decode->errors)
        return;
    const json_t *bound = node->limits[limit];
    struct buf shown;
    buf_init(&shown, 1024);
    if (json_is_integer(bound))
        buf_printf(&shown, "%" JSON_INTEGER_FORMAT, json_integer_value(bound));
    else
        print_plain(&shown, json_real_value(bound));
    json_t *in_ctx =
        node->kind == NODE_NUMBER ? json_real(json_number_value(bound)) : json_deep_copy(bound);
    error_add(decode, path, rows[limit].type, value, json_pack("{s:o}", rows[limit].ctx, in_ctx),
              "Input should be %s %s", rows[limit].what, buf_str(&shown));
    buf_fini(&shown);
}

/* Checks what `value` became against the limits; takes `number` over. */
static json_t *within_limits(struct decode *decode, const struct node *node, json_t *value,
                             json_t *number, const struct path *path)
{
    for (enum node_limit limit = 0; number && limit < LIMIT_COUNT; limit++) {
        if (!node->limits[limit] || keeps(limit, number, node->limits[limit]))
            continue;
        refuse_limit(decode, node, limit, value, path);
        json_decref(number);
        return NULL;
    }
    return number;
}

/* 1 or 0 for a word that says yes or no, else -1. */
static int bool_word(const char *text)
{
    static const char *const words[2][6] = {{"0", "off", "f", "false", "n", "no"},
                                            {"1", "on", "t", "true", "y", "yes"}};
    for (int truth = 0; truth < 2; truth++)
        for (int i = 0; i < 6; i++)
            if (strcasecmp(text, words[truth][i]) == 0)
                return truth;
    return -1;
}

static json_t *decode_bool(struct decode *decode, json_t *value, const struct path *path)
{
    if (json_is_boolean(value))
        return json_incref(value);
    decode_floor(decode, MATCH_LAX);
    double number = json_number_value(value);
    int truth = json_is_string(value) ? bool_word(decode_text(value)) : -1;
    if (json_is_number(value) && (number == 0 || number == 1))
        truth = number == 1;
    if (truth >= 0)
        return json_boolean(truth);
    json_int_t whole;
    if (json_is_string(value) || json_is_integer(value) ||
        (json_is_real(value) && int_from_real(number, &whole) == LS_OK))
        error_add(decode, path, "bool_parsing", value, NULL,
                  "Input should be a valid boolean, unable to interpret input");
    else
        error_add(decode, path, "bool_type", value, NULL, "Input should be a valid boolean");
    return NULL;
}

static json_t *decode_null(struct decode *decode, json_t *value, const struct path *path)
{
    if (json_is_null(value))
        return json_incref(value);
    error_add(decode, path, "none_required", value, NULL, "Input should be None");
    return NULL;
}

static bool is_counted(const json_t *value)
{
    return json_is_number(value) || json_is_boolean(value);
}

/* To Python 1, 1.0 and True are equal. */
static bool equals_number(const json_t *a, const json_t *b)
{
    double x = json_is_boolean(a) ? json_is_true(a) : json_number_value(a);
    double y = json_is_boolean(b) ? json_is_true(b) : json_number_value(b);
    return is_counted(a) && is_counted(b) && x == y;
}

static json_t *decode_enum(struct decode *decode, const struct node *node, json_t *value,
                           const struct path *path)
{
    size_t i;
    json_t *known, *near = NULL;
    if (node->is_def)
        decode_floor(decode, MATCH_LAX);
    json_array_foreach(node->values, i, known) {
        if (json_equal(known, value))
            return json_incref(value);
        if (equals_number(known, value) && !json_is_boolean(near))
            near = known;
    }
    if (near)
        return json_incref(near);
    error_add(decode, path, node->is_def ? "enum" : "literal_error", value,
              json_pack("{s:s}", "expected", node->expected), "Input should be %s", node->expected);
    return NULL;
}

json_t *decode_scalar(struct decode *decode, const struct node *node, json_t *value,
                      const struct path *path)
{
    switch (node->kind) {
    case NODE_STRING: return decode_string(decode, node, value, path);
    case NODE_DATETIME:
    case NODE_DATE:
    case NODE_TIME: return decode_time(decode, node, value, path);
    case NODE_UUID: return decode_uuid(decode, value, path);
    case NODE_INTEGER: return within_limits(decode, node, value, to_int(decode, value, path), path);
    case NODE_NUMBER: return within_limits(decode, node, value, to_real(decode, value, path), path);
    case NODE_BOOLEAN: return decode_bool(decode, value, path);
    case NODE_NULL: return decode_null(decode, value, path);
    default: return decode_enum(decode, node, value, path);
    }
}

/* Types, constants, numbers and text. */
#include <string.h>

#include "base/text.h"
#include "schema/validator.h"

static bool is_of_type(const json_t *value, const char *type)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "object",  [JSON_ARRAY] = "array", [JSON_STRING] = "string",
        [JSON_INTEGER] = "number", [JSON_REAL] = "number", [JSON_TRUE] = "boolean",
        [JSON_FALSE] = "boolean",  [JSON_NULL] = "null",
    };
    if (strcmp(type, "integer") == 0)
        return number_is_whole(value);
    return strcmp(type, names[json_typeof(value)]) == 0;
}

bool check_type(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                struct marks *marks)
{
    (void)marks;
    size_t i;
    json_t *type;
    if (json_is_string(rule->value)) {
        const char *name = json_string_value(rule->value);
        return is_of_type(value, name) || check_fail(check, rule, at, "is not of type %s", name);
    }
    json_array_foreach(rule->value, i, type)
        if (is_of_type(value, json_string_value(type)))
            return true;
    return check_fail(check, rule, at, "is of none of the types");
}

bool check_enum(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                struct marks *marks)
{
    (void)marks;
    size_t i;
    json_t *known;
    json_array_foreach(rule->value, i, known)
        if (check_spend(check, 1) && value_equal(known, value))
            return true;
    return check_fail(check, rule, at, "is none of the values listed");
}

bool check_const(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                 struct marks *marks)
{
    (void)marks;
    return value_equal(rule->value, value) ||
           check_fail(check, rule, at, "is not the constant value");
}

bool check_maximum(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                   struct marks *marks)
{
    (void)marks;
    return number_compare(value, rule->value) <= 0 ||
           check_fail(check, rule, at, "is greater than %g", json_number_value(rule->value));
}

bool check_exclusive_maximum(struct check *check, const struct rule *rule, json_t *value,
                             const struct at *at, struct marks *marks)
{
    (void)marks;
    return number_compare(value, rule->value) < 0 ||
           check_fail(check, rule, at, "is not less than %g", json_number_value(rule->value));
}

bool check_minimum(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                   struct marks *marks)
{
    (void)marks;
    return number_compare(value, rule->value) >= 0 ||
           check_fail(check, rule, at, "is less than %g", json_number_value(rule->value));
}

bool check_exclusive_minimum(struct check *check, const struct rule *rule, json_t *value,
                             const struct at *at, struct marks *marks)
{
    (void)marks;
    return number_compare(value, rule->value) > 0 ||
           check_fail(check, rule, at, "is not greater than %g", json_number_value(rule->value));
}

bool check_multiple(struct check *check, const struct rule *rule, json_t *value,
                    const struct at *at, struct marks *marks)
{
    (void)marks;
    return number_is_multiple(value, rule->value) ||
           check_fail(check, rule, at, "is no multiple of %g", json_number_value(rule->value));
}

static size_t length_of(const json_t *value)
{
    return text_count(json_string_value(value), json_string_length(value));
}

bool check_max_length(struct check *check, const struct rule *rule, json_t *value,
                      const struct at *at, struct marks *marks)
{
    (void)marks;
    double most = json_number_value(rule->value);
    return (double)length_of(value) <= most ||
           check_fail(check, rule, at, "is longer than %.0f characters", most);
}

bool check_min_length(struct check *check, const struct rule *rule, json_t *value,
                      const struct at *at, struct marks *marks)
{
    (void)marks;
    double least = json_number_value(rule->value);
    return (double)length_of(value) >= least ||
           check_fail(check, rule, at, "is shorter than %.0f characters", least);
}

bool check_text_pattern(struct check *check, const struct rule *rule, json_t *value,
                        const struct at *at, struct marks *marks)
{
    (void)marks;
    return check_pattern(check, rule->patterns[0], json_string_value(value),
                         json_string_length(value)) ||
           check_fail(check, rule, at, "does not match the pattern %s",
                      json_string_value(rule->value));
}

bool check_format(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                  struct marks *marks)
{
    (void)marks;
    const char *name = json_string_value(rule->value);
    return format_fits(name, json_string_value(value), json_string_length(value)) ||
           check_fail(check, rule, at, "is no %s", name);
}

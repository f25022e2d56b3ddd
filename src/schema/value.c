/* How values compare: equality, hashes, numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/validator.h"

/* The integer that a number is; false: it is none, or none of 64 bits. */
static bool as_integer(const json_t *number, json_int_t *out)
{
    double real = json_number_value(number);
    *out = json_integer_value(number);
    if (!json_is_real(number))
        return json_is_integer(number);
    if (real != trunc(real) || real >= 0x1p63 || real < -0x1p63)
        return false;
    *out = (json_int_t)real;
    return true;
}

bool number_is_whole(const json_t *number)
{
    double real = json_number_value(number);
    return json_is_integer(number) || (json_is_real(number) && real == trunc(real));
}

static int compare_int_real(json_int_t whole, double real)
{
    if (real >= 0x1p63)
        return -1;
    if (real < -0x1p63)
        return 1;
    json_int_t floored = (json_int_t)floor(real);
    return whole > floored ? 1 : whole < floored ? -1 : -(real > floor(real));
}

int number_compare(const json_t *a, const json_t *b)
{
    json_int_t x = json_integer_value(a), y = json_integer_value(b);
    double p = json_number_value(a), q = json_number_value(b);
    if (json_is_integer(a) && json_is_integer(b))
        return (x > y) - (x < y);
    if (json_is_integer(a))
        return compare_int_real(x, q);
    if (json_is_integer(b))
        return -compare_int_real(y, p);
    return (p > q) - (p < q);
}

static bool objects_equal(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *member;
    if (json_object_size(a) != json_object_size(b))
        return false;
    json_object_foreach((json_t *)a, key, member) {
        const json_t *other = json_object_get(b, key);
        if (!other || !value_equal(member, other))
            return false;
    }
    return true;
}

static bool arrays_equal(const json_t *a, const json_t *b)
{
    if (json_array_size(a) != json_array_size(b))
        return false;
    for (size_t i = 0; i < json_array_size(a); i++)
        if (!value_equal(json_array_get(a, i), json_array_get(b, i)))
            return false;
    return true;
}

bool value_equal(const json_t *a, const json_t *b)
{
    if (json_is_number(a) && json_is_number(b))
        return number_compare(a, b) == 0;
    if (json_is_object(a) && json_is_object(b))
        return objects_equal(a, b);
    if (json_is_array(a) && json_is_array(b))
        return arrays_equal(a, b);
    return json_equal(a, b);
}

static uint64_t mix(uint64_t hash, uint64_t more)
{
    hash = (hash ^ more) * 0x9E3779B97F4A7C15u;
    return hash ^ (hash >> 29);
}

static uint64_t hash_text(uint64_t hash, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001B3u;
    return mix(hash, len);
}

static uint64_t hash_number(const json_t *number)
{
    json_int_t whole;
    if (as_integer(number, &whole))
        return mix(1, (uint64_t)whole);
    uint64_t bits;
    double real = json_real_value(number);
    memcpy(&bits, &real, sizeof bits);
    return mix(2, bits);
}

/* The order of members must not count. */
static uint64_t hash_object(json_t *object)
{
    uint64_t sum = 0;
    const char *key;
    json_t *member;
    json_object_foreach(object, key, member)
        sum += mix(hash_text(3, key, strlen(key)), value_hash(member));
    return mix(4, sum);
}

uint64_t value_hash(const json_t *value)
{
    uint64_t hash = 5;
    switch (json_typeof(value)) {
    case JSON_OBJECT: return hash_object((json_t *)value);
    case JSON_ARRAY:
        for (size_t i = 0; i < json_array_size(value); i++)
            hash = mix(hash, value_hash(json_array_get(value, i)));
        return hash;
    case JSON_STRING: return hash_text(6, json_string_value(value), json_string_length(value));
    case JSON_INTEGER:
    case JSON_REAL: return hash_number(value);
    default: return mix(7, json_typeof(value));
    }
}

/* A number as digits × 10^exponent. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* By the shortest digits that read back the same. */
static struct decimal decimal_of(const json_t *number)
{
    json_int_t whole = json_integer_value(number);
    if (json_is_integer(number))
        return (struct decimal){whole < 0 ? -(uint64_t)whole : (uint64_t)whole, 0};
    char text[40];
    double real = fabs(json_real_value(number));
    int precision = 0;
    do
        snprintf(text, sizeof text, "%.*e", precision, real);
    while (strtod(text, NULL) != real && ++precision < 17);
    struct decimal decimal = {0, -precision};
    for (const char *c = text; *c && *c != 'e'; c++)
        if (*c != '.')
            decimal.digits = decimal.digits * 10 + (uint64_t)(*c - '0');
    const char *e = strchr(text, 'e');
    decimal.exponent += e ? (int)strtol(e + 1, NULL, 10) : 0;
    return decimal;
}

__extension__ typedef unsigned __int128 wide;

bool number_is_multiple(const json_t *number, const json_t *step)
{
    struct decimal a = decimal_of(number), b = decimal_of(step);
    if (a.digits == 0)
        return true;
    for (; b.digits % 10 == 0; b.digits /= 10)
        b.exponent++;
    for (; a.digits % 10 == 0; a.digits /= 10)
        a.exponent++;
    if (a.exponent < b.exponent)
        return false; /* it has digits behind the last one of the step */
    wide rest = a.digits % b.digits;
    for (int i = b.exponent; i < a.exponent && rest; i++)
        rest = rest * 10 % b.digits;
    return rest == 0;
}

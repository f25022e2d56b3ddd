/* Dates and times: strings or numbers that are read and printed anew, in ISO's form. */
#include <string.h>

#include "schema/decode.h"
#include "schema/moment.h"

static json_t *refuse_type(struct decode *decode, const struct node *node, json_t *value,
                           const struct path *path)
{
    if (node->kind == NODE_DATETIME)
        error_add(decode, path, "datetime_type", value, NULL, "Input should be a valid datetime");
    else if (node->kind == NODE_DATE)
        error_add(decode, path, "date_type", value, NULL, "Input should be a valid date");
    else
        error_add(decode, path, "time_type", value, NULL, "Input should be a valid time");
    return NULL;
}

static json_t *refuse_text(struct decode *decode, const char *type, const char *what,
                           const char *why, json_t *value, const struct path *path)
{
    error_add(decode, path, type, value, json_pack("{s:s}", "error", why), "Input should be %s, %s",
              what, why);
    return NULL;
}

static void print_clock(struct buf *out, const struct moment *moment)
{
    buf_printf(out, "%02d:%02d:%02d", moment->hour, moment->minute, moment->second);
    if (moment->micro)
        buf_printf(out, ".%06d", moment->micro);
    int minutes = moment->offset < 0 ? -moment->offset : moment->offset;
    if (moment->has_offset && minutes == 0)
        buf_add_char(out, 'Z');
    else if (moment->has_offset)
        buf_printf(out, "%c%02d:%02d", moment->offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

/* The value itself when it is printed just so. */
static json_t *shown(const struct node *node, const struct moment *moment, json_t *value)
{
    struct buf text;
    buf_init(&text, 64);
    if (node->kind != NODE_TIME)
        buf_printf(&text, "%04d-%02d-%02d", moment->year, moment->month, moment->day);
    if (node->kind == NODE_DATETIME)
        buf_add_char(&text, 'T');
    if (node->kind != NODE_DATE)
        print_clock(&text, moment);
    bool same = json_is_string(value) && strcmp(json_string_value(value), buf_str(&text)) == 0;
    json_t *made = same ? json_incref(value) : json_string(buf_str(&text));
    buf_fini(&text);
    return made;
}

/* A moment from text or a number; NULL: it is one. */
static const char *read_moment(struct moment *out, json_t *value)
{
    if (!json_is_string(value))
        return moment_from_number(out, value);
    const char *text = decode_text(value), *why = moment_read(out, text), *of_number;
    struct moment counted = {0};
    if (!why || !moment_from_digits(&counted, text, &of_number))
        return why;
    *out = counted;
    return of_number;
}

static json_t *decode_datetime(struct decode *decode, const struct node *node, json_t *value,
                               const struct path *path)
{
    static const char what[] = "a valid datetime";
    struct moment moment = {0}, day = {0};
    const char *why = read_moment(&moment, value);
    if (why && !json_is_string(value))
        return refuse_text(decode, "datetime_parsing", what, why, value, path);
    if (why) {
        const char *text = decode_text(value), *of_number;
        why = moment_read_date(&day, text);
        if (why && !strchr(text, '.') && moment_from_digits(&moment, text, &of_number))
            why = of_number;
        if (why)
            return refuse_text(decode, "datetime_from_date_parsing", "a valid datetime or date",
                               why, value, path);
        moment = day;
    }
    if (moment.year == 0)
        return refuse_text(decode, "datetime_parsing", what, "year 0 is out of range", value, path);
    return shown(node, &moment, value);
}

static json_t *decode_date(struct decode *decode, const struct node *node, json_t *value,
                           const struct path *path)
{
    struct moment moment = {0};
    if (!json_is_string(value) || moment_read_date(&moment, decode_text(value))) {
        moment = (struct moment){0};
        const char *why = read_moment(&moment, value);
        if (why)
            return refuse_text(decode, "date_from_datetime_parsing", "a valid date or datetime",
                               why, value, path);
        if (moment.hour || moment.minute || moment.second || moment.micro) {
            error_add(decode, path, "date_from_datetime_inexact", value, NULL,
                      "Datetimes provided to dates should have zero time - e.g. be exact dates");
            return NULL;
        }
    }
    if (moment.year == 0)
        return refuse_text(decode, "date_parsing", "a valid date in the format YYYY-MM-DD",
                           "year 0 is out of range", value, path);
    return shown(node, &moment, value);
}

json_t *decode_time(struct decode *decode, const struct node *node, json_t *value,
                    const struct path *path)
{
    struct moment moment = {0};
    decode_floor(decode, MATCH_LAX);
    if (!json_is_string(value) && !json_is_number(value))
        return refuse_type(decode, node, value, path);
    if (node->kind == NODE_DATETIME)
        return decode_datetime(decode, node, value, path);
    if (node->kind == NODE_DATE)
        return decode_date(decode, node, value, path);
    const char *why = json_is_string(value) ? moment_read_time(&moment, decode_text(value))
                                            : moment_time_from_number(&moment, value);
    if (why)
        return refuse_text(decode, "time_parsing", "in a valid time format", why, value, path);
    return shown(node, &moment, value);
}

/* Prometheus' text format 0.0.4. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/metrics_internal.h"
#include "base/money.h"
#include "base/text.h"

static bool is_word(const char *name, bool colons)
{
    if (!*name || (*name >= '0' && *name <= '9'))
        return false;
    for (; *name; name++)
        if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
              (*name >= '0' && *name <= '9') || *name == '_' || (colons && *name == ':')))
            return false;
    return true;
}

bool metric_name_is_well(const char *name)
{
    return is_word(name, true);
}

bool metric_label_is_well(const char *name)
{
    return is_word(name, false) && strlen(name) <= METRIC_NAME_MAX && strncmp(name, "__", 2) != 0 &&
           strcmp(name, "le") != 0 && strcmp(name, "quantile") != 0;
}

/* As many bytes of a value as a label takes, whole code points. */
static size_t value_len(const char *value)
{
    size_t len = strlen(value), end = 0;
    if (!text_is_utf8(value, len))
        return 0;
    while (end < len && end + text_char_len(value + end, len - end) <= METRIC_VALUE_MAX)
        end += text_char_len(value + end, len - end);
    return end;
}

static size_t escape(char *out, const char *value, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i < len; i++) {
        if (value[i] == '\\' || value[i] == '"' || value[i] == '\n')
            out[at++] = '\\';
        out[at++] = value[i] == '\n' ? 'n' : value[i];
    }
    return at;
}

size_t metric_text(const struct metric *metric, const char *const *values, char text[METRIC_TEXT])
{
    size_t at = 0;
    for (size_t i = 0; i < metric->labels; i++) {
        size_t name = strlen(metric->def.labels[i]);
        if (i > 0)
            text[at++] = ',';
        memcpy(text + at, metric->def.labels[i], name);
        at += name;
        text[at++] = '=';
        text[at++] = '"';
        at += escape(text + at, values[i], value_len(values[i]));
        text[at++] = '"';
    }
    text[at] = '\0';
    return at;
}

/* The fewest digits that read back the same. */
void metrics_print_number(struct buf *out, double value)
{
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (fabs(value) < 1e15 && value == floor(value))
        snprintf(text, sizeof text, "%.0f", value);
    buf_add_str(out, text);
}

static void print_help(struct buf *out, const char *help)
{
    for (; *help; help++) {
        if (*help == '\\' || *help == '\n')
            buf_add_char(out, '\\');
        buf_add_char(out, *help == '\n' ? 'n' : *help);
    }
}

void metrics_print_head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP %s ", name);
    print_help(out, help);
    buf_printf(out, "\n# TYPE %s %s\n", name, type);
}

static void print_value(struct buf *out, const char *name, const char *suffix, const char *labels,
                        double value)
{
    buf_printf(out, *labels ? "%s%s{%s} " : "%s%s%s ", name, suffix, labels);
    metrics_print_number(out, value);
    buf_add_char(out, '\n');
}

/* Bounds with a point, as Python's client and newer servers write them. */
static void print_bucket(struct buf *out, const struct metric_def *def, const char *labels,
                         size_t i, double count)
{
    buf_printf(out, *labels ? "%s_bucket{%s,le=\"" : "%s_bucket{%sle=\"", def->name, labels);
    if (i == def->bucket_count) {
        buf_add_str(out, "+Inf");
    } else {
        metrics_print_number(out, def->buckets[i]);
        if (def->buckets[i] == floor(def->buckets[i]))
            buf_add_str(out, ".0");
    }
    buf_add_str(out, "\"} ");
    metrics_print_number(out, count);
    buf_add_char(out, '\n');
}

static void print_money(struct buf *out, const char *name, const char *labels, int64_t amount)
{
    char text[MONEY_SIZE];
    money_print(text, amount);
    buf_printf(out, *labels ? "%s{%s} %s\n" : "%s%s %s\n", name, labels, text);
}

static void print_series(struct buf *out, const struct metric *metric, struct cells *cells)
{
    const struct metric_def *def = &metric->def;
    const char *labels = cells_text(metric, cells);
    double sum = 0;
    size_t from = metric_has_sum(metric) ? 1 : 0;
    if (def->type == METRIC_MONEY) {
        print_money(out, def->name, labels, (int64_t)atomic_load(&cells->values[0]));
        return;
    }
    for (size_t i = from; i < metric->values; i++) {
        sum += cell_read(&cells->values[i]);
        if (def->type == METRIC_HISTOGRAM)
            print_bucket(out, def, labels, i - 1, sum);
    }
    print_value(out, def->name, from ? "_count" : "", labels, sum);
    if (from)
        print_value(out, def->name, "_sum", labels, cell_read(&cells->values[0]));
}

/* The older ones first; one that another has taken the place of is not shown. */
static void print_from(struct buf *out, const struct metric *metric)
{
    static const char *const types[] = {"counter", "gauge", "histogram", "summary", "counter"};
    if (!metric)
        return;
    print_from(out, metric->next);
    if (metric_any(metric->def.name) != metric)
        return;
    size_t i = 0;
    metrics_print_head(out, metric->def.name, types[metric->def.type], metric->def.help);
    for (struct cells *cells; (cells = metric_next(metric, &i));)
        if (atomic_load(&cells->named))
            print_series(out, metric, cells);
}

void metrics_print(struct buf *out)
{
    print_from(out, metrics_last());
}

#include "yaml/option_refuse.h"

#include <stdio.h>

#include "yaml/units.h"

static bool is_secret(const struct option_work *work, const struct node *node)
{
    return node->secret || work->row->secret;
}

/* How the value is called in messages. */
static const char *shown(const struct option_work *work, const struct node *node,
                         char out[PROBLEMS_QUOTE])
{
    if (is_secret(work, node))
        snprintf(out, PROBLEMS_QUOTE, "the value (not shown, it is secret)");
    else if (node->kind == NODE_STRING)
        problems_quote(out, node->as.string.text, node->as.string.len);
    else if (node->kind == NODE_INT)
        snprintf(out, PROBLEMS_QUOTE, "%lld", (long long)node->as.integer);
    else if (node->kind == NODE_REAL)
        snprintf(out, PROBLEMS_QUOTE, "%g", node->as.real);
    else if (node->kind == NODE_BOOL)
        snprintf(out, PROBLEMS_QUOTE, "%s", node->as.boolean ? "true" : "false");
    else
        snprintf(out, PROBLEMS_QUOTE, "%s", node_kind_name(node->kind));
    return out;
}

bool option_is_open_text(const struct option_work *work, const struct node *node)
{
    return node->kind == NODE_STRING && !is_secret(work, node);
}

bool option_refuse(struct option_work *work, const struct node *node, const char *wanted,
                   const char *advice)
{
    char value[PROBLEMS_QUOTE];
    problems_error(work->problems, node->place, "%s: %s is not %s; %s", work->row->name,
                   shown(work, node, value), wanted, advice);
    return false;
}

static bool has_range(const struct option *row)
{
    return row->min != 0 || row->max != 0;
}

static const char *bound_format(const struct option *row, double bound, char out[UNITS_TEXT])
{
    if (row->type == OPTION_DURATION)
        return duration_format(out, (int64_t)bound);
    if (row->type == OPTION_SIZE)
        return size_format(out, (int64_t)bound);
    snprintf(out, UNITS_TEXT, "%.15g", bound);
    return out;
}

const char *option_range_advice(const struct option *row, const char *fallback,
                                char out[PROBLEMS_QUOTE])
{
    char min[UNITS_TEXT], max[UNITS_TEXT];
    if (!has_range(row))
        return fallback;
    snprintf(out, PROBLEMS_QUOTE, "write one between %s and %s", bound_format(row, row->min, min),
             bound_format(row, row->max, max));
    return out;
}

bool option_in_range(struct option_work *work, const struct node *node, double value)
{
    const struct option *row = work->row;
    if (!has_range(row) || (value >= row->min && value <= row->max))
        return true;
    char text[PROBLEMS_QUOTE], min[UNITS_TEXT], max[UNITS_TEXT];
    problems_error(work->problems, node->place, "%s: %s is out of range; it must be %s to %s",
                   row->name, shown(work, node, text), bound_format(row, row->min, min),
                   bound_format(row, row->max, max));
    return false;
}

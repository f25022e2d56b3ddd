/* include/langserved/metrics.h */
#include <langserved/metrics.h>
#include <string.h>

#include "base/metrics.h"

/* The value of a label among pairs; NULL: it is missing. */
static const char *value_of(const char *const *pairs, const char *label)
{
    for (; pairs && pairs[0] && pairs[1]; pairs += 2)
        if (strcmp(pairs[0], label) == 0)
            return pairs[1];
    return NULL;
}

/* The series of a metric of one of two types; LS_NOT_FOUND: there is none. */
static enum ls_err find(struct series *series, const char *name, const char *const *pairs,
                        enum metric_type one, enum metric_type other)
{
    const char *values[METRIC_LABELS];
    const struct metric *metric = metric_find(name);
    const struct metric_def *def = metric ? metric_def_of(metric) : NULL;
    size_t count = 0, given = 0;
    if (!def || (def->type != one && def->type != other))
        return LS_NOT_FOUND;
    for (; def->labels[count]; count++)
        if (!(values[count] = value_of(pairs, def->labels[count])))
            return LS_NOT_FOUND;
    while (pairs && pairs[2 * given])
        given++;
    if (given != count)
        return LS_NOT_FOUND;
    *series = metric_series(metric, values);
    return LS_OK;
}

enum ls_err ls_metric_add(const char *name, const char *const *labels, double n)
{
    struct series series = {0};
    enum ls_err err = find(&series, name, labels, METRIC_COUNTER, METRIC_GAUGE);
    series_add(&series, n);
    return err;
}

enum ls_err ls_metric_set(const char *name, const char *const *labels, double value)
{
    struct series series = {0};
    enum ls_err err = find(&series, name, labels, METRIC_GAUGE, METRIC_GAUGE);
    series_set(&series, value);
    return err;
}

enum ls_err ls_metric_observe(const char *name, const char *const *labels, double value)
{
    struct series series = {0};
    enum ls_err err = find(&series, name, labels, METRIC_HISTOGRAM, METRIC_HISTOGRAM);
    series_observe(&series, value);
    return err;
}

/* Counters, gauges and histograms that a process and its children share, printed for Prometheus.
 *
 * All numbers lie in one shared map, which is made before the fork; adding is one atomic operation,
 * without locks, on any thread.  A metric has a fixed number of series (sets of values of its
 * labels); when they are used up, further ones are added up in a series whose labels are all
 * `other`.
 *
 * The built-in ones are rows of metrics.def.  One without labels:
 *     metric_add(metrics.upstream_retries, 1);
 * One with labels: find the series once, where it is used often, and keep it (in the process that
 * uses it):
 *     struct series hits = metric_series(metrics.cache_lookups, (const char *[]){"hit"});
 *     series_add(&hits, 1);
 * Without a map (nobody called metrics_open()) all of this does nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"

enum metric_type {
    METRIC_COUNTER,
    METRIC_GAUGE,
    METRIC_HISTOGRAM,
    METRIC_SUMMARY,
    METRIC_MONEY /* a counter of amounts (base/money.h), which adds them exactly */
};

enum {
    METRIC_LABELS = 8,     /* of one metric, at most */
    METRIC_BUCKETS = 48,   /* likewise */
    METRIC_WORKERS = 128,  /* processes that gauges tell apart; the first is the master */
    METRIC_NAME_MAX = 64,  /* bytes of a label's name */
    METRIC_VALUE_MAX = 128 /* bytes of a label's value; longer ones are cut */
};

struct metric;

/* What a metric is; texts and lists are copied. */
struct metric_def {
    const char *name, *help;
    enum metric_type type;
    size_t series;             /* the most; 0: 1 */
    const char *const *labels; /* ends with NULL; NULL: none */
    const double *buckets;     /* of a histogram: upper bounds, ascending */
    size_t bucket_count;
};

/* One set of label values of a metric; {0} counts nothing. */
struct series {
    const struct metric *metric;
    struct cells *cells;
};

/* The built-in ones; each NULL before metrics_open(). */
extern struct metrics {
#define METRIC(name, ...) struct metric *name;
#include "base/metrics.def"
#undef METRIC
} metrics;

/* Makes the map and the built-in metrics, once in a process; harmless when they are there.  When
 * the system refuses the memory it says so in the log, and nothing is counted. */
void metrics_open(void);

/* From now on this process, which was forked, counts for itself alone, from nothing. */
void metrics_go_private(void);

/* A metric of that definition: one that is there already and is the same, or a new one, which takes
 * the place of another of the same name.  Before the fork only.  NULL: there is no room, or no map. */
struct metric *metric_declare(const struct metric_def *def);

/* The metric of that name that is none of the built-in ones, or NULL. */
const struct metric *metric_find(const char *name);

/* What a metric is. */
const struct metric_def *metric_def_of(const struct metric *metric);

/* The series of these values, one for each label, in their order (NULL: of a metric without). */
struct series metric_series(const struct metric *metric, const char *const *values);

/* Adds to a counter (what is not positive is passed over) or to a gauge. */
void series_add(const struct series *series, double n);

/* Adds an amount to a counter of them. */
void series_add_money(const struct series *series, int64_t amount);

/* Sets this process's part of a gauge: what is shown is the sum over all processes. */
void series_set(const struct series *series, double value);

/* What a counter has come to; 0 of {0}. */
double series_total(const struct series *series);

/* Counts a value of a histogram or a summary. */
void series_observe(const struct series *series, double value);

/* The same for a metric without labels. */
void metric_add(const struct metric *metric, double n);
void metric_observe(const struct metric *metric, double value);

/* ---- processes ---- */

/* From now on this process is the worker of that number (1 to METRIC_WORKERS - 1; any other: its
 * gauges are not counted). */
void metrics_enter_worker(unsigned number);

/* The worker of that number has died: what its gauges held is gone. */
void metrics_forget_worker(unsigned number);

/* The process that is the worker of that number, or 0. */
pid_t metrics_worker(unsigned number);

/* ---- text ---- */

/* Whether a text is a metric's name, or a label's. */
bool metric_name_is_well(const char *name);
bool metric_label_is_well(const char *name);

/* Appends all metrics in Prometheus' text format 0.0.4. */
void metrics_print(struct buf *out);

/* Appends the two lines before a metric's series; a number as the format has it. */
void metrics_print_head(struct buf *out, const char *name, const char *type, const char *help);
void metrics_print_number(struct buf *out, double value);

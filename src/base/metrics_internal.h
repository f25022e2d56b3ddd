/* What the files of the metrics share: how numbers lie in the map.
 *
 * A series is claimed for good by setting its hash, in the order of the series; what it is called is
 * written after that, and `named` last.  Who finds a series of the right hash uses it at once, and
 * writes its name too if nobody has: the bytes are the same. */
#pragma once

#include <stdatomic.h>

#include "base/metrics.h"

struct cells {
    _Atomic uint64_t hash;     /* of the name; 0: free */
    _Atomic uint32_t named;    /* its text stands behind the numbers */
    _Atomic uint64_t values[]; /* doubles, by their bits.  Counters: one (of money: the amount,
                                  which is no double).  Gauges: one for each
                                  process.  Else the sum, then a count for each bucket and one for
                                  what is beyond */
};

struct metric {
    struct metric_def def;  /* its own copies */
    size_t labels;          /* how many */
    size_t values;          /* numbers of one series */
    size_t text;            /* bytes of the labels' text, NUL included */
    size_t stride;          /* bytes of one series */
    char *first;            /* def.series of them, and the one called `other` */
    _Atomic uint32_t *full; /* the log was told */
    struct series only;     /* of one without labels */
    bool known;             /* a row of metrics.def */
    struct metric *next;    /* declared before */
};

/* Room for the text of any series: `a="x",`, where each byte of a value may need two. */
enum { METRIC_TEXT = METRIC_LABELS * (METRIC_NAME_MAX + 4 + 2 * METRIC_VALUE_MAX) + 1 };

/* The metric that was declared last. */
const struct metric *metrics_last(void);

/* The newest metric of that name, be it ours or the app's; or NULL. */
const struct metric *metric_any(const char *name);

/* The next series that is in use, from place *i on, which it counts; NULL: no more. */
struct cells *metric_next(const struct metric *metric, size_t *i);

/* The labels of a series, `a="x",b="y"`, as metric_text() made them. */
char *cells_text(const struct metric *metric, struct cells *cells);

/* Whether its first number is the sum of what was observed. */
bool metric_has_sum(const struct metric *metric);

double cell_read(const _Atomic uint64_t *cell);

/* metrics_known.c: declares the rows of metrics.def. */
void metrics_declare_known(void);

/* metrics_print.c: the labels' text for these values, escaped; returns its length. */
size_t metric_text(const struct metric *metric, const char *const *values, char text[METRIC_TEXT]);

/* Counts the runs of a runnable, and how long they take, with metrics of the app. */
#pragma once

#include "base/metrics.h"
#include "run/runnable.h"
#include "stages/template.h"

/* A metric, and templates over the input for the values of its labels, in its order. */
struct measured {
    const struct metric *const *metric; /* borrowed; set by the time that anything runs, or NULL
                                           still: nothing is counted.  NULL: none */
    struct template *labels[METRIC_LABELS];
    size_t count; /* of labels */
};

/* A new instance around `bound`; the reference and the templates are taken over.  `counter` gets 1
 * for each run that has its input, `duration` the seconds from its first input to its end. */
struct runnable *measure_new(struct runnable *bound, const struct measured *counter,
                             const struct measured *duration);

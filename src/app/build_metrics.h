/* `metrics:`, the counters, gauges and histograms of an app, and `measure`, which counts and times
 * a step with them. */
#pragma once

#include "app/wraps.h"
#include "base/metrics.h"

/* A metric of the app. */
struct app_metric {
    struct metric_def def;
    const struct metric *metric; /* NULL until the app is well */
};

struct app_metrics {
    struct app_metric *items;
    size_t count;
};

extern const struct option metric_options[], measure_options[];

/* The metrics of the section (a NODE_MAP, or NULL), in `arena`; what is wrong is told. */
const struct app_metrics *build_metrics(const struct node *section, struct arena *arena,
                                        struct problems *problems);

/* Has the metrics of an app without mistakes counted from now on. */
void app_metrics_declare(const struct app_metrics *all);

/* Tells of a name that no metric of the app has; else the metric. */
const struct app_metric *app_metric_named(struct builder *builder, const char *name,
                                          struct place place);

wrap_fn wrap_measure;

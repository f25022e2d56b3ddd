/* The app's own metrics (ls_add_metric(), `metrics:`), which GET /metrics tells Prometheus, summed
 * over all workers.
 *
 *     const char *labels[] = {"source_lang", "zh", "target_lang", "en", NULL};
 *     ls_metric_add("translation_requests_total", labels, 1);
 *
 * `labels` are names and values in turn, ended by NULL; NULL: none.  Each label of the metric must be
 * there.  On any thread; cheap, but no part of a hot loop: the metric is looked up by its name.
 * LS_NOT_FOUND: there is no such metric, of this type, with these labels; nothing was counted. */
#pragma once

#include <langserved/error.h>
#include <langserved/runnable.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Adds to a counter (0 or more) or to a gauge. */
LS_API enum ls_err ls_metric_add(const char *name, const char *const *labels, double n);

/* Sets this worker's part of a gauge; the sum over all workers is shown. */
LS_API enum ls_err ls_metric_set(const char *name, const char *const *labels, double value);

/* Counts a value of a histogram. */
LS_API enum ls_err ls_metric_observe(const char *name, const char *const *labels, double value);

#ifdef __cplusplus
}
#endif

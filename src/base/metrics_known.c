#include "base/metrics_internal.h"

/* Those of prometheus-fastapi-instrumentator. */
static const double buckets_highr[] = {0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1,  1.5, 2,
                                       2.5,  3,     3.5,  4,     4.5, 5,    7.5, 10,   30, 60};
static const double buckets_lowr[] = {0.1, 0.5, 1};

static const double buckets_wait[] = {0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
static const double buckets_overhead[] = {0.00005, 0.0001, 0.00025, 0.0005, 0.001,
                                          0.0025,  0.005,  0.01,    0.025,  0.1};

#define BUCKETS(bounds) bounds, sizeof(bounds) / sizeof *(bounds)
#define NO_BUCKETS NULL, 0

static const struct {
    struct metric **metric;
    struct metric_def def;
} rows[] = {
#define METRIC(name, type, full, series, buckets, help, ...) \
    {&metrics.name,                                          \
     {full, help, METRIC_##type, series, (const char *const[]){__VA_ARGS__}, buckets}},
#include "base/metrics.def"
#undef METRIC
};

void metrics_declare_known(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        *rows[i].metric = metric_declare(&rows[i].def);
        (*rows[i].metric)->known = true;
    }
}

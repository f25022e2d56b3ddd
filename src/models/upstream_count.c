#include "models/upstream_count.h"

#include <stdio.h>

#include "base/metrics.h"

void upstream_count(const char *outcome, const char *error)
{
    struct series requests = metric_series(metrics.upstream_requests, (const char *[]){outcome});
    series_add(&requests, 1);
    if (!error)
        return;
    struct series errors = metric_series(metrics.upstream_errors, (const char *[]){error});
    series_add(&errors, 1);
}

void upstream_count_end(const struct upstream *upstream, enum ls_err err)
{
    char status[12];
    snprintf(status, sizeof status, "%d", upstream->status);
    if (err)
        upstream_count("error", err_code(err == LS_TOO_BIG ? LS_UPSTREAM : err));
    else if (upstream->status >= 200 && upstream->status < 300)
        upstream_count("well", NULL);
    else
        upstream_count("error", status);
}

/* GET and HEAD of /metrics: the numbers of all workers, for Prometheus. */
#include <stdio.h>
#include <unistd.h>

#include "base/metrics.h"
#include "routes/answers.h"
#include "routes/service.h"

/* Bytes of memory that a process has, or -1 when there is none. */
static double resident(pid_t pid)
{
    char path[40];
    long pages = -1;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return -1;
    if (fscanf(file, "%*s %ld", &pages) != 1)
        pages = -1;
    fclose(file);
    return pages < 0 ? -1 : (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* What is looked up when it is asked for. */
static void print_workers(struct buf *out)
{
    static const char name[] = "langserved_worker_resident_memory_bytes";
    unsigned workers = 0;
    metrics_print_head(out, name, "gauge", "Memory of each worker, what it shares included.");
    for (unsigned i = 1; i < METRIC_WORKERS; i++) {
        pid_t pid = metrics_worker(i);
        double bytes = pid ? resident(pid) : -1;
        if (bytes < 0)
            continue;
        workers++;
        buf_printf(out, "%s{worker=\"%u\"} ", name, i);
        metrics_print_number(out, bytes);
        buf_add_char(out, '\n');
    }
    metrics_print_head(out, "langserved_workers", "gauge", "Worker processes.");
    buf_printf(out, "langserved_workers %u\n", workers);
}

void answer_metrics(struct service *service, const struct route *route,
                    struct http_exchange *exchange)
{
    (void)service, (void)route;
    struct buf *body = http_body(exchange);
    metrics_print(body);
    print_workers(body);
    (void)http_add_header(exchange, "cache-control", "no-store");
    http_respond_body(exchange, 200, "text/plain; version=0.0.4; charset=utf-8");
}

/* GET and HEAD of /metrics: the numbers of all workers, for Prometheus. */
#include "base/metrics.h"
#include "base/process.h"
#include "routes/answers.h"
#include "routes/service.h"

/* What is looked up when it is asked for. */
static void print_workers(struct buf *out)
{
    static const char name[] = "langserved_worker_resident_memory_bytes";
    unsigned workers = 0;
    metrics_print_head(out, name, "gauge", "Memory of each worker, what it shares included.");
    for (unsigned i = 1; i < METRIC_WORKERS; i++) {
        pid_t pid = metrics_worker(i);
        struct process_memory memory;
        if (!pid || !process_memory(pid, &memory))
            continue;
        workers++;
        buf_printf(out, "%s{worker=\"%u\"} ", name, i);
        metrics_print_number(out, (double)memory.resident);
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

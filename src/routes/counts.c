#include "routes/counts.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "routes/request_log.h"

/* Those that label series; any other is the last. */
static const char *const methods[] = {"GET",    "HEAD",  "POST",    "PUT",
                                      "DELETE", "PATCH", "OPTIONS", "other"};
static const char *const classes[] = {"1xx", "2xx", "3xx", "4xx", "5xx"};
enum { METHODS = sizeof methods / sizeof *methods, CLASSES = sizeof classes / sizeof *classes };

/* The series of a handler and a method, found when they are first needed. */
struct by_method {
    struct by_handler *of; /* NULL: not found yet */
    const char *method;
    struct series requests[CLASSES], duration, in_progress;
};

struct by_handler {
    const char *name;
    struct series request_size, response_size;
    struct by_method methods[METHODS];
};

struct by_route {
    struct series well, input_tokens, output_tokens, cost, first_chunk, overhead;
};

struct counts {
    const struct site *site;
    struct by_handler **handlers; /* by the entry's number; the last: of no entry; NULL: not yet */
    struct by_route **routes;     /* by the route's number; likewise */
};

struct counts *counts_new(const struct site *site)
{
    struct counts *counts = mem_zalloc(1, sizeof *counts);
    counts->site = site;
    counts->handlers = mem_zalloc(site->templates + 1, sizeof(struct by_handler *));
    counts->routes = mem_zalloc(site->count + 1, sizeof(struct by_route *));
    return counts;
}

void counts_free(struct counts **counts)
{
    struct counts *old = *counts;
    *counts = NULL;
    if (!old)
        return;
    for (size_t i = 0; i <= old->site->templates; i++)
        free(old->handlers[i]);
    for (size_t i = 0; i < old->site->count; i++)
        free(old->routes[i]);
    free(old->handlers);
    free(old->routes);
    free(old);
}

/* ---- requests ---- */

static struct by_handler *handler_at(struct counts *counts, const struct path_entry *entry)
{
    struct by_handler **at = &counts->handlers[entry ? entry->number : counts->site->templates];
    if (*at)
        return *at;
    const char *name = entry ? entry->template : "none";
    *at = mem_zalloc(1, sizeof **at);
    (*at)->name = name;
    (*at)->request_size = metric_series(metrics.http_request_size, (const char *[]){name});
    (*at)->response_size = metric_series(metrics.http_response_size, (const char *[]){name});
    return *at;
}

static struct by_method *method_at(struct counts *counts, const struct path_entry *entry,
                                   const char *method)
{
    struct by_handler *handler = handler_at(counts, entry);
    size_t i = 0;
    while (i + 1 < METHODS && strcmp(methods[i], method) != 0)
        i++;
    struct by_method *at = &handler->methods[i];
    if (at->of)
        return at;
    const char *const labels[] = {handler->name, methods[i]};
    at->of = handler;
    at->method = methods[i];
    at->duration = metric_series(metrics.http_duration, labels);
    at->in_progress = metric_series(metrics.http_in_progress, labels);
    return at;
}

void counts_begin(struct counts *counts, struct request_note *note, const char *method)
{
    note->counted = method_at(counts, note->entry, method);
    series_add(&note->counted->in_progress, 1);
}

static void count_status(struct by_method *at, int status)
{
    enum { LEFT = 499 }; /* the client left before an answer began: its doing */
    int class = (status ? status : LEFT) / 100 - 1;
    if (class < 0 || class >= CLASSES)
        return;
    struct series *requests = &at->requests[class];
    if (!requests->cells)
        *requests = metric_series(metrics.http_requests,
                                  (const char *[]){at->of->name, at->method, classes[class]});
    series_add(requests, 1);
}

void counts_end(struct counts *counts, const struct http_record *record)
{
    const struct request_note *note = record->mark;
    struct by_method *at = note ? note->counted : NULL;
    double seconds = (double)record->took_us / 1e6;
    if (at)
        series_add(&at->in_progress, -1);
    else /* the server refused it before it came here */
        at = method_at(counts, NULL, record->request->method);
    count_status(at, record->status);
    series_observe(&at->duration, seconds);
    metric_observe(metrics.http_duration_highr, seconds);
    series_observe(&at->of->request_size, (double)record->request->body_len);
    series_observe(&at->of->response_size, (double)record->sent);
}

/* ---- runs ---- */

static const char *name_of(const struct route *route)
{
    return *route->path ? route->path : "/";
}

static struct by_route *route_at(struct counts *counts, const struct route *route)
{
    struct by_route **at = &counts->routes[route->number];
    const char *name = name_of(route);
    if (*at)
        return *at;
    *at = mem_zalloc(1, sizeof **at);
    (*at)->well = metric_series(metrics.runs, (const char *[]){name, "well"});
    (*at)->input_tokens = metric_series(metrics.tokens, (const char *[]){name, "input"});
    (*at)->output_tokens = metric_series(metrics.tokens, (const char *[]){name, "output"});
    (*at)->cost = metric_series(metrics.cost, (const char *[]){name});
    (*at)->first_chunk = metric_series(metrics.first_chunk, (const char *[]){name});
    (*at)->overhead = metric_series(metrics.overhead, (const char *[]){name});
    return *at;
}

static int64_t age_us(const struct run *run)
{
    return clock_steady_us() - run->tally.began_us;
}

void counts_first_chunk(struct counts *counts, const struct route *route, struct run *run)
{
    if (counts)
        series_observe(&route_at(counts, route)->first_chunk, (double)age_us(run) / 1e6);
}

void counts_run(struct counts *counts, const struct route *route, const struct run *run,
                const struct outcome *outcome, bool streamed)
{
    const struct tally *tally = &run->tally;
    if (!counts)
        return;
    const struct by_route *at = route_at(counts, route);
    struct series failed = {0};
    if (outcome->kind != OUTCOME_WELL)
        failed =
            metric_series(metrics.runs, (const char *[]){name_of(route), err_code(outcome->err)});
    series_add(outcome->kind == OUTCOME_WELL ? &at->well : &failed, 1);
    if (tally->input_tokens > 0)
        series_add(&at->input_tokens, (double)tally->input_tokens);
    if (tally->output_tokens > 0)
        series_add(&at->output_tokens, (double)tally->output_tokens);
    series_add_money(&at->cost, tally->cost);
    if (!streamed)
        series_observe(&at->overhead, (double)(age_us(run) - run_waited_us(run)) / 1e6);
}

#include "base/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics_internal.h"
#include "base/money.h"

enum { MAP_BYTES = 64 << 20 /* of addresses: memory is taken where it is used */ };

struct map {
    _Atomic pid_t workers[METRIC_WORKERS];
    _Alignas(16) char room[];
};

struct metrics metrics;
static struct map *map;
static size_t used;         /* bytes of map->room */
static struct metric *last; /* of a list, the newest first */
static unsigned self;       /* this process's number; METRIC_WORKERS: it has none */

const struct metric *metrics_last(void)
{
    return last;
}

static struct cells *at(const struct metric *metric, size_t i)
{
    return (struct cells *)(void *)(metric->first + i * metric->stride);
}

struct cells *metric_next(const struct metric *metric, size_t *i)
{
    const size_t end = metric->first ? metric->def.series : 0;
    if (*i < end && atomic_load(&at(metric, *i)->hash) != 0)
        return at(metric, (*i)++);
    if (*i > end || !metric->first)
        return NULL;
    *i = end + 1; /* what follows is free: memory that nobody has touched is left so */
    return atomic_load(&at(metric, end)->hash) != 0 ? at(metric, end) : NULL;
}

char *cells_text(const struct metric *metric, struct cells *cells)
{
    return (char *)&cells->values[metric->values];
}

/* ---- numbers ---- */

bool metric_has_sum(const struct metric *metric)
{
    return metric->def.type == METRIC_HISTOGRAM || metric->def.type == METRIC_SUMMARY;
}

double cell_read(const _Atomic uint64_t *cell)
{
    uint64_t bits = atomic_load_explicit(cell, memory_order_relaxed);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void cell_set(_Atomic uint64_t *cell, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    atomic_store_explicit(cell, bits, memory_order_relaxed);
}

static void cell_add(_Atomic uint64_t *cell, double n)
{
    uint64_t before = atomic_load_explicit(cell, memory_order_relaxed), after;
    do {
        double value;
        memcpy(&value, &before, sizeof value);
        value += n;
        memcpy(&after, &value, sizeof after);
    } while (!atomic_compare_exchange_weak_explicit(cell, &before, after, memory_order_relaxed,
                                                    memory_order_relaxed));
}

void series_add(const struct series *series, double n)
{
    if (!series->cells || !isfinite(n))
        return;
    if (series->metric->def.type == METRIC_GAUGE && self < METRIC_WORKERS)
        cell_add(&series->cells->values[self], n);
    else if (series->metric->def.type == METRIC_COUNTER && n > 0)
        cell_add(&series->cells->values[0], n);
}

void series_add_money(const struct series *series, int64_t amount)
{
    if (!series->cells || series->metric->def.type != METRIC_MONEY || amount <= 0)
        return;
    _Atomic uint64_t *cell = &series->cells->values[0];
    uint64_t before = atomic_load_explicit(cell, memory_order_relaxed), after;
    do
        after = (uint64_t)money_add((int64_t)before, amount);
    while (!atomic_compare_exchange_weak_explicit(cell, &before, after, memory_order_relaxed,
                                                  memory_order_relaxed));
}

void series_set(const struct series *series, double value)
{
    if (series->cells && series->metric->def.type == METRIC_GAUGE && self < METRIC_WORKERS &&
        isfinite(value))
        cell_set(&series->cells->values[self], value);
}

double series_total(const struct series *series)
{
    return series->cells ? cell_read(&series->cells->values[0]) : 0;
}

void series_observe(const struct series *series, double value)
{
    if (!series->cells || !metric_has_sum(series->metric) || !isfinite(value))
        return;
    const struct metric_def *def = &series->metric->def;
    size_t low = 0, high = def->bucket_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (value <= def->buckets[middle])
            high = middle;
        else
            low = middle + 1;
    }
    cell_add(&series->cells->values[0], value);
    cell_add(&series->cells->values[1 + low], 1);
}

void metric_add(const struct metric *metric, double n)
{
    if (metric)
        series_add(&metric->only, n);
}

void metric_observe(const struct metric *metric, double value)
{
    if (metric)
        series_observe(&metric->only, value);
}

/* ---- series ---- */

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash | 1;
}

/* Whether the series at a place is the one called `text`, which it becomes when it is free. */
static bool is_or_becomes(const struct metric *metric, struct cells *cells, uint64_t hash,
                          const char *text)
{
    uint64_t found = atomic_load(&cells->hash); /* most places that are passed over are taken */
    if (found == 0)
        (void)atomic_compare_exchange_strong(&cells->hash, &found, hash);
    if (found != 0 && found != hash)
        return false;
    if (atomic_load(&cells->named))
        return strcmp(cells_text(metric, cells), text) == 0;
    memcpy(cells_text(metric, cells), text, strlen(text) + 1);
    atomic_store(&cells->named, 1);
    return true;
}

/* The series of what does not fit any more: one that a value `other` made, or the last. */
static struct cells *other(const struct metric *metric)
{
    const char *values[METRIC_LABELS];
    char text[METRIC_TEXT];
    for (size_t i = 0; i < metric->labels; i++)
        values[i] = "other";
    metric_text(metric, values, text);
    uint64_t hash = hash_of(text);
    size_t place = 0;
    while (place <= metric->def.series && !is_or_becomes(metric, at(metric, place), hash, text))
        place++;
    struct cells *cells = at(metric, place);
    if (atomic_exchange(metric->full, 1) == 0)
        log_event(LOG_WARNING, "metric_full",
                  "%s has %zu series: what has other labels is counted under `other`",
                  metric->def.name, metric->def.series);
    metric_add(metrics.series_refused, 1);
    return cells;
}

struct series metric_series(const struct metric *metric, const char *const *values)
{
    if (!metric || !metric->first)
        return (struct series){0};
    char text[METRIC_TEXT];
    metric_text(metric, values, text);
    uint64_t hash = hash_of(text);
    for (size_t i = 0; i < metric->def.series; i++) {
        struct cells *cells = at(metric, i);
        if (is_or_becomes(metric, cells, hash, text))
            return (struct series){metric, cells};
    }
    return (struct series){metric, other(metric)};
}

/* ---- metrics ---- */

static bool same_labels(const struct metric *metric, const struct metric_def *def)
{
    size_t i = 0;
    for (; def->labels && def->labels[i]; i++)
        if (i >= metric->labels || strcmp(def->labels[i], metric->def.labels[i]) != 0)
            return false;
    return i == metric->labels;
}

static bool is_same(const struct metric *metric, const struct metric_def *def)
{
    return metric->def.type == def->type && strcmp(metric->def.help, def->help) == 0 &&
           same_labels(metric, def) && metric->def.bucket_count == def->bucket_count &&
           (def->bucket_count == 0 || memcmp(metric->def.buckets, def->buckets,
                                             def->bucket_count * sizeof *def->buckets) == 0);
}

static void copy_def(struct metric *metric, const struct metric_def *def)
{
    const char **labels = mem_zalloc(METRIC_LABELS + 1, sizeof *labels);
    double *buckets = mem_zalloc(def->bucket_count + 1, sizeof *buckets);
    for (; metric->labels < METRIC_LABELS && def->labels && def->labels[metric->labels];
         metric->labels++)
        labels[metric->labels] = mem_strdup(def->labels[metric->labels]);
    for (size_t i = 0; i < def->bucket_count; i++)
        buckets[i] = def->buckets[i];
    metric->def = *def;
    metric->def.name = mem_strdup(def->name);
    metric->def.help = mem_strdup(def->help);
    metric->def.series = def->series > 0 ? def->series : 1;
    metric->def.labels = labels;
    metric->def.buckets = buckets;
}

/* How large a series is, and where the metric's are; false: there is no room. */
static bool place(struct metric *metric)
{
    static const size_t counts[] = {[METRIC_COUNTER] = 1,
                                    [METRIC_GAUGE] = METRIC_WORKERS,
                                    [METRIC_HISTOGRAM] = 2,
                                    [METRIC_SUMMARY] = 2,
                                    [METRIC_MONEY] = 1};
    metric->values = counts[metric->def.type] + metric->def.bucket_count;
    metric->text = 1;
    for (size_t i = 0; i < metric->labels; i++)
        metric->text += strlen(metric->def.labels[i]) + sizeof "=\"\"," + 2 * METRIC_VALUE_MAX;
    size_t stride = sizeof(struct cells) + metric->values * sizeof(uint64_t) + metric->text;
    metric->stride = (stride + 15) & ~(size_t)15;
    size_t bytes = 16 + metric->stride * (metric->def.series + 1);
    if (bytes > MAP_BYTES - sizeof *map - used)
        return false;
    metric->full = (_Atomic uint32_t *)(void *)(map->room + used);
    metric->first = map->room + used + 16;
    used += bytes;
    return true;
}

struct metric *metric_declare(const struct metric_def *def)
{
    struct metric *known = (struct metric *)metric_any(def->name);
    if (!map || (known && is_same(known, def)))
        return known;
    struct metric *metric = mem_zalloc(1, sizeof *metric);
    copy_def(metric, def);
    if (!place(metric))
        log_event(LOG_ERROR, "metric_refused", "there is no room for the metric %s", def->name);
    metric->next = last;
    last = metric;
    if (metric->labels == 0)
        metric->only = metric_series(metric, NULL);
    return metric;
}

const struct metric *metric_any(const char *name)
{
    const struct metric *metric = last;
    while (metric && strcmp(metric->def.name, name) != 0)
        metric = metric->next;
    return metric;
}

const struct metric *metric_find(const char *name)
{
    const struct metric *metric = metric_any(name);
    return metric && !metric->known ? metric : NULL;
}

const struct metric_def *metric_def_of(const struct metric *metric)
{
    return &metric->def;
}

void metrics_open(void)
{
    if (map)
        return;
    void *memory = mem_shared(MAP_BYTES);
    if (!memory) {
        log_event(LOG_ERROR, "metrics_failed", "no memory for metrics: nothing is counted");
        return;
    }
    map = memory;
    metrics_declare_known();
    struct series version = metric_series(metrics.build_info, (const char *[]){LS_VERSION});
    series_set(&version, 1);
    series_set(&metrics.start_time->only, (double)clock_wall_us() / 1e6);
}

void metrics_go_private(void)
{
    if (map && mmap(map, MAP_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == MAP_FAILED)
        abort(); /* it must not write into what others count */
}

/* ---- processes ---- */

void metrics_enter_worker(unsigned number)
{
    self = number > 0 && number < METRIC_WORKERS ? number : METRIC_WORKERS;
    if (map && self < METRIC_WORKERS)
        atomic_store(&map->workers[self], getpid());
}

void metrics_forget_worker(unsigned number)
{
    if (!map || number >= METRIC_WORKERS)
        return;
    atomic_store(&map->workers[number], 0);
    for (const struct metric *metric = last; metric; metric = metric->next) {
        size_t i = 0;
        struct cells *cells;
        while (metric->def.type == METRIC_GAUGE && (cells = metric_next(metric, &i)))
            cell_set(&cells->values[number], 0);
    }
}

pid_t metrics_worker(unsigned number)
{
    return map && number < METRIC_WORKERS ? atomic_load(&map->workers[number]) : 0;
}

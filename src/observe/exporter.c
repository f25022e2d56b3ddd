/* Design: one batch at a time.  Its text is made when it is sent first and kept until the server
 * has taken it, or it is given up.  The one timer is the delay before a batch, or the wait before
 * the next attempt. */
#include "observe/exporter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "models/retry.h"

enum { MAX_ATTEMPTS = 5, CONNECT_MS = 5000 };

struct item {
    struct link link;
    size_t len;
    char text[];
};

struct exporter {
    struct loop *loop;
    struct fetch_pool *pool;
    const struct exporter_options *options;
    struct link queue;
    size_t count, bytes; /* in the queue */
    struct buf batch;    /* empty: none is under way */
    size_t batch_count;
    struct timer timer;
    struct fetch *fetch; /* under way, or NULL */
    int status;
    int64_t asked; /* ms that the server asked to wait, or -1 */
    unsigned attempts;
    bool troubled; /* something was lost since the server last took a batch */
    bool stopped;
    uint64_t lost;                   /* since then */
    void (*on_flushed)(void *owner); /* NULL: nobody waits */
    void *flush_owner;
    bool flushing;
};

static void lose(struct exporter *exporter, size_t count, const char *why)
{
    exporter->lost += count;
    if (exporter->troubled)
        return;
    exporter->troubled = true;
    log_event(LOG_WARNING, "tracing_lost", "%s: %s: what is not sent is lost",
              exporter->options->name, why);
}

static void on_timer(struct timer *timer);
static const struct fetch_events events;

struct exporter *exporter_new(struct loop *loop, struct fetch_pool *pool,
                              const struct exporter_options *options)
{
    struct exporter *exporter = mem_zalloc(1, sizeof *exporter);
    exporter->loop = loop;
    exporter->pool = pool;
    exporter->options = options;
    list_init(&exporter->queue);
    buf_init(&exporter->batch, options->batch_bytes + options->batch_items +
                                   strlen(options->before) + strlen(options->after) + 1);
    timer_init(&exporter->timer, loop, on_timer);
    return exporter;
}

static bool is_full(const struct exporter *exporter)
{
    return exporter->count >= exporter->options->batch_items ||
           exporter->bytes >= exporter->options->batch_bytes;
}

/* Has the next batch sent when it is time; while one is under way its end sees to that. */
static void schedule(struct exporter *exporter)
{
    if (exporter->batch.len > 0 || exporter->stopped)
        return;
    if (exporter->flushing || is_full(exporter))
        timer_start(&exporter->timer, 0);
    else if (exporter->count > 0 && !timer_is_running(&exporter->timer))
        timer_start(&exporter->timer, exporter->options->delay);
}

void exporter_add(struct exporter *exporter, const char *text, size_t len)
{
    const struct exporter_options *options = exporter->options;
    if (exporter->stopped) {
        lose(exporter, 1, "the server ends");
    } else if (len > options->batch_bytes) {
        lose(exporter, 1, "one is too large");
    } else if (exporter->bytes + len > options->queue_bytes) {
        lose(exporter, 1, "the queue is full");
    } else {
        struct item *item = mem_alloc(sizeof *item + len);
        list_init(&item->link);
        item->len = len;
        memcpy(item->text, text, len);
        list_append(&exporter->queue, &item->link);
        exporter->count++;
        exporter->bytes += len;
        schedule(exporter);
    }
}

static void take_first(struct exporter *exporter)
{
    struct item *item = container_of(list_take_first(&exporter->queue), struct item, link);
    buf_add(&exporter->batch, ",", exporter->batch_count > 0);
    buf_add(&exporter->batch, item->text, item->len);
    exporter->batch_count++;
    exporter->count--;
    exporter->bytes -= item->len;
    free(item);
}

/* Moves as many items into a batch as it may have. */
static void fill_batch(struct exporter *exporter)
{
    const struct exporter_options *options = exporter->options;
    size_t bytes = 0;
    buf_add_str(&exporter->batch, options->before);
    while (exporter->count > 0 && exporter->batch_count < options->batch_items) {
        bytes += container_of(exporter->queue.next, struct item, link)->len;
        if (bytes > options->batch_bytes)
            break;
        take_first(exporter);
    }
    buf_add_str(&exporter->batch, options->after);
}

static void send_batch(struct exporter *exporter)
{
    const struct exporter_options *options = exporter->options;
    const struct fetch_request request = {
        .method = "POST",
        .url = options->url,
        .headers = options->headers,
        .body = buf_str(&exporter->batch),
        .body_len = exporter->batch.len,
        .timeouts = {.connect = options->timeout < CONNECT_MS ? options->timeout : CONNECT_MS,
                     .total = options->timeout},
    };
    exporter->attempts++;
    exporter->status = 0;
    exporter->asked = -1;
    exporter->fetch = fetch_start(exporter->pool, &request, &events, exporter);
}

static void tell_flushed(struct exporter *exporter)
{
    void (*done)(void *owner) = exporter->on_flushed;
    exporter->on_flushed = NULL;
    if (done)
        done(exporter->flush_owner);
}

static void on_timer(struct timer *timer)
{
    struct exporter *exporter = container_of(timer, struct exporter, timer);
    if (exporter->batch.len == 0 && exporter->count == 0) {
        tell_flushed(exporter);
        return;
    }
    if (exporter->batch.len == 0)
        fill_batch(exporter);
    send_batch(exporter);
}

static void on_head(void *owner, struct fetch *fetch, int status)
{
    struct exporter *exporter = owner;
    exporter->status = status;
    exporter->asked = retry_asked(NULL, fetch_header(fetch, "retry-after"), clock_wall_us());
}

/* What the server says is of no use. */
static bool on_data(void *owner, struct fetch *fetch, const char *data, size_t len)
{
    (void)owner, (void)fetch, (void)data, (void)len;
    return true;
}

static void end_batch(struct exporter *exporter)
{
    buf_reset(&exporter->batch);
    exporter->batch_count = 0;
    exporter->attempts = 0;
    schedule(exporter);
}

static void on_taken(struct exporter *exporter)
{
    if (exporter->troubled)
        log_event(LOG_INFO, "tracing_goes_on", "%s takes traces again; %llu were lost",
                  exporter->options->name, (unsigned long long)exporter->lost);
    exporter->troubled = false;
    exporter->lost = 0;
    end_batch(exporter);
}

static void on_done(void *owner, const struct fetch_result *result)
{
    struct exporter *exporter = owner;
    int status = exporter->status;
    bool again = result->err || status == 408 || retry_status(status);
    char said[64];
    exporter->fetch = NULL;
    if (!result->err && status >= 200 && status < 300) {
        on_taken(exporter);
    } else if (again && exporter->attempts < MAX_ATTEMPTS) {
        timer_start(&exporter->timer, retry_wait(exporter->attempts, exporter->asked));
    } else {
        (void)snprintf(said, sizeof said, "it answers %d", status);
        lose(exporter, exporter->batch_count, result->err ? result->message : said);
        end_batch(exporter);
    }
}

static const struct fetch_events events = {on_head, on_data, on_done};

void exporter_flush(struct exporter *exporter, void (*done)(void *owner), void *owner)
{
    exporter->flushing = true;
    exporter->on_flushed = done;
    exporter->flush_owner = owner;
    schedule(exporter);
}

void exporter_stop(struct exporter *exporter)
{
    size_t left = exporter->count + exporter->batch_count;
    exporter->stopped = true;
    timer_stop(&exporter->timer);
    if (exporter->fetch)
        fetch_stop(exporter->fetch);
    exporter->fetch = NULL;
    if (left > 0)
        lose(exporter, left, "the server ends");
    if (exporter->lost > 0)
        log_event(LOG_WARNING, "tracing_ends", "%s: %llu were lost", exporter->options->name,
                  (unsigned long long)exporter->lost);
}

void exporter_free(struct exporter **exporter)
{
    for (struct link *l; (l = list_take_first(&(*exporter)->queue));)
        free(container_of(l, struct item, link));
    buf_fini(&(*exporter)->batch);
    free(*exporter);
    *exporter = NULL;
}

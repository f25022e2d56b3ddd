/* Design: items are put into batches as they come, so that a batch's text is ready when it is its
 * turn.  One is under way at a time, the first of the queue; it stays there until the server has
 * taken it, or it is given up.  The one timer is the delay before a batch, or the wait before the
 * next attempt. */
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

enum { MAX_ATTEMPTS = 5, CONNECT_MS = 5000, MAX_KEPT = 256 << 10 };

struct batch {
    struct link link;
    struct buf text; /* without its end while items are added */
    size_t items, bytes;
};

struct exporter {
    struct loop *loop;
    struct fetch_pool *pool;
    const struct exporter_options *options;
    struct link queue;   /* of batches; items go into the last */
    size_t bytes;        /* of the items that wait */
    struct batch *sent;  /* the first, while it is under way */
    struct batch *spare; /* one that is over, for its memory; or NULL */
    struct buf text;     /* what exporter_text() lends */
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
    buf_init(&exporter->text, options->batch_bytes);
    timer_init(&exporter->timer, loop, on_timer);
    return exporter;
}

/* Of a queue that is not empty. */
static struct batch *last_batch(const struct exporter *exporter)
{
    return container_of(exporter->queue.prev, struct batch, link);
}

static struct batch *first_batch(const struct exporter *exporter)
{
    return container_of(exporter->queue.next, struct batch, link);
}

/* Has the next batch sent when it is time; while one is under way its end sees to that. */
static void schedule(struct exporter *exporter)
{
    if (exporter->sent || exporter->stopped)
        return;
    bool waits = !list_is_empty(&exporter->queue);
    bool is_full = waits && (first_batch(exporter) != last_batch(exporter) ||
                             first_batch(exporter)->items >= exporter->options->batch_items ||
                             first_batch(exporter)->bytes >= exporter->options->batch_bytes);
    if (exporter->flushing || is_full)
        timer_start(&exporter->timer, 0);
    else if (waits && !timer_is_running(&exporter->timer))
        timer_start(&exporter->timer, exporter->options->delay);
}

static struct batch *new_batch(const struct exporter_options *options)
{
    struct batch *batch = mem_zalloc(1, sizeof *batch);
    buf_init(&batch->text, options->before_len + options->batch_bytes +
                               options->batch_items * strlen(options->between) + EXPORTER_END);
    return batch;
}

static struct batch *add_batch(struct exporter *exporter)
{
    const struct exporter_options *options = exporter->options;
    struct batch *batch = exporter->spare ? exporter->spare : new_batch(options);
    exporter->spare = NULL;
    buf_add(&batch->text, options->before, options->before_len);
    list_init(&batch->link);
    list_append(&exporter->queue, &batch->link);
    return batch;
}

static void free_batch(struct batch *batch)
{
    buf_fini(&batch->text);
    free(batch);
}

/* Whether the last batch has room for one more item of `len` bytes. */
static bool has_room(const struct exporter *exporter, size_t len)
{
    const struct exporter_options *options = exporter->options;
    if (list_is_empty(&exporter->queue))
        return false;
    const struct batch *last = last_batch(exporter);
    return last != exporter->sent && last->items < options->batch_items &&
           last->bytes + len <= options->batch_bytes;
}

struct buf *exporter_text(struct exporter *exporter)
{
    if (exporter->text.cap > MAX_KEPT)
        buf_fini(&exporter->text);
    buf_reset(&exporter->text);
    return &exporter->text;
}

void exporter_add(struct exporter *exporter)
{
    const struct exporter_options *options = exporter->options;
    const struct buf *item = &exporter->text;
    if (exporter->stopped) {
        lose(exporter, 1, "the server ends");
    } else if (item->full) {
        lose(exporter, 1, "one is too large");
    } else if (exporter->bytes + item->len > options->queue_bytes) {
        lose(exporter, 1, "the queue is full");
    } else {
        struct batch *batch =
            has_room(exporter, item->len) ? last_batch(exporter) : add_batch(exporter);
        if (batch->items > 0)
            buf_add_str(&batch->text, options->between);
        buf_add(&batch->text, item->data, item->len);
        batch->items++;
        batch->bytes += item->len;
        exporter->bytes += item->len;
        schedule(exporter);
    }
}

/* Ends the first batch, so that nothing is added any more. */
static void take_batch(struct exporter *exporter)
{
    const struct exporter_options *options = exporter->options;
    exporter->sent = first_batch(exporter);
    exporter->bytes -= exporter->sent->bytes;
    options->end_batch(&exporter->sent->text, options->before_len);
}

static void send_batch(struct exporter *exporter)
{
    const struct exporter_options *options = exporter->options;
    const struct buf *text = &exporter->sent->text;
    const struct fetch_request request = {
        .method = "POST",
        .url = options->url,
        .headers = options->headers,
        .body = buf_str(text),
        .body_len = text->len,
        .body_stays = true,
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
    if (list_is_empty(&exporter->queue)) {
        tell_flushed(exporter);
        return;
    }
    if (!exporter->sent)
        take_batch(exporter);
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

/* One is kept: a server that is busy fills it again at once. */
static void recycle(struct exporter *exporter, struct batch *batch)
{
    if (exporter->spare || batch->text.cap > MAX_KEPT) {
        free_batch(batch);
        return;
    }
    batch->items = batch->bytes = 0;
    buf_reset(&batch->text);
    exporter->spare = batch;
}

static void end_batch(struct exporter *exporter)
{
    list_remove(&exporter->sent->link);
    recycle(exporter, exporter->sent);
    exporter->sent = NULL;
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
        lose(exporter, exporter->sent->items, result->err ? result->message : said);
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
    size_t left = 0;
    for (struct link *l = exporter->queue.next; l != &exporter->queue; l = l->next)
        left += container_of(l, struct batch, link)->items;
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
        free_batch(container_of(l, struct batch, link));
    if ((*exporter)->spare)
        free_batch((*exporter)->spare);
    buf_fini(&(*exporter)->text);
    free(*exporter);
    *exporter = NULL;
}

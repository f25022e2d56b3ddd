/* POST /batch: one run per input, a limited number of them under way at once; the first that
 * fails fails the whole and ends the others. */
#include "base/json.h"
#include "routes/answers.h"
#include "routes/execution.h"
#include "routes/feedback_token.h"
#include "routes/output.h"
#include "routes/reply.h"
#include "routes/usage.h"
#include "run/gather.h"

struct batch;

/* One run of a batch. */
struct item {
    struct execution execution;
    struct batch *batch;
    size_t index;
};

struct batch {
    struct service *service;
    const struct route *route;
    struct http_exchange *exchange; /* NULL once answered, or once the client is gone */
    struct ask *asks;               /* the exchange's: not to be read once that is gone */
    size_t count, at_once, started, running;
    struct item **items; /* those under way; NULL: not begun, or ended */
    json_t **outputs;    /* of those that ended well */
    json_t **events;     /* what is told of their steps; all NULL where nothing is */
    struct uuid *run_ids;
    struct tally *took;
    bool filling;
    struct arena *arena;
};

static void batch_free(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        json_decref(batch->outputs[i]);
        json_decref(batch->events[i]);
    }
    struct arena *arena = batch->arena;
    arena_free(&arena);
}

static void print_events(struct buf *body, const struct batch *batch)
{
    buf_add_str(body, ",\"callback_events\":[");
    for (size_t i = 0; i < batch->count; i++) {
        buf_add(body, ",", i > 0);
        (void)json_print(body, batch->events[i], JSON_WIRE);
    }
    buf_add_char(body, ']');
}

static void reply_outputs(struct batch *batch)
{
    struct buf *body = http_body(batch->exchange);
    char id[UUID_LEN + 1];
    buf_add_str(body, "{\"output\":[");
    for (size_t i = 0; i < batch->count; i++) {
        buf_add(body, ",", i > 0);
        (void)json_print(body, batch->outputs[i], JSON_WIRE);
    }
    buf_add_str(body, "],\"metadata\":{\"responses\":[");
    for (size_t i = 0; i < batch->count; i++) {
        uuid_format(id, &batch->run_ids[i]);
        buf_add_str(body, i > 0 ? ",{\"run_id\":\"" : "{\"run_id\":\"");
        buf_add(body, id, UUID_LEN);
        buf_add_str(body, "\",\"feedback_tokens\":");
        feedback_tokens_print(body, batch->route, batch->exchange, &batch->run_ids[i], false);
        usage_print(body, &batch->took[i]);
        buf_add_char(body, '}');
    }
    buf_add_str(body, "],\"run_ids\":[");
    for (size_t i = 0; i < batch->count; i++) {
        uuid_format(id, &batch->run_ids[i]);
        buf_add_str(body, i > 0 ? ",\"" : "\"");
        buf_add(body, id, UUID_LEN);
        buf_add_char(body, '"');
    }
    buf_add_str(body, "]}");
    if (batch->route->callback_events)
        print_events(body, batch);
    buf_add_char(body, '}');
    if (body->full)
        reply_sentence(batch->exchange, batch->route->errors, LS_TOO_BIG, 500,
                       "The answer is too large");
    else
        http_respond_body(batch->exchange, 200, "application/json");
}

static void cancel_all(struct batch *batch)
{
    batch->exchange = NULL;
    for (size_t i = 0; i < batch->started; i++)
        if (batch->items[i])
            run_cancel(batch->items[i]->execution.run, LS_CANCELLED);
}

static void on_gone(void *owner)
{
    cancel_all(owner);
}

static void fill(struct batch *batch);

static void on_item_end(void *owner, json_t *value, const struct outcome *outcome)
{
    struct item *item = owner;
    struct batch *batch = item->batch;
    size_t i = item->index;
    struct outcome ended = output_check(batch->route, value, outcome, &batch->outputs[i]);
    execution_ended(&item->execution, batch->exchange, &ended, false);
    batch->took[i] = item->execution.run->tally;
    if (item->execution.events)
        batch->events[i] = json_incref(item->execution.events->list);
    batch->items[i] = NULL;
    batch->running--;
    if (ended.kind != OUTCOME_WELL && batch->exchange) {
        struct http_exchange *exchange = batch->exchange;
        cancel_all(batch);
        reply_failed(exchange, batch->route, &batch->run_ids[i], &ended);
    }
    if (!batch->filling)
        fill(batch);
}

static void start_item(struct batch *batch, size_t i)
{
    struct item *item =
        execution_new(sizeof *item, batch->service, batch->route, batch->exchange, &batch->asks[i]);
    item->batch = batch;
    item->index = i;
    batch->items[i] = item;
    batch->run_ids[i] = item->execution.run->id;
    batch->running++;
    execution_list_events(&item->execution);
    execution_start(&item->execution, batch->asks[i].input,
                    gather_sink(&item->execution.run->root, on_item_end, item));
}

/* Starts what may be started; ends the batch when all is over.  A run that ends within its start
 * comes back to on_item_end(), which leaves the filling to this loop. */
static void fill(struct batch *batch)
{
    batch->filling = true;
    while (batch->exchange && batch->started < batch->count && batch->running < batch->at_once) {
        size_t next = batch->started++;
        start_item(batch, next);
    }
    batch->filling = false;
    if (batch->running > 0)
        return;
    if (batch->exchange)
        reply_outputs(batch);
    batch_free(batch);
}

static struct batch *batch_new(struct service *service, const struct route *route, size_t count)
{
    struct arena *arena = arena_new(sizeof(struct batch) + count * 64);
    struct batch *batch = arena_zalloc(arena, sizeof *batch);
    batch->arena = arena;
    batch->service = service;
    batch->route = route;
    batch->count = count;
    batch->items = arena_zalloc(arena, (count + 1) * sizeof *batch->items);
    batch->outputs = arena_zalloc(arena, (count + 1) * sizeof *batch->outputs);
    batch->events = arena_zalloc(arena, (count + 1) * sizeof *batch->events);
    batch->took = arena_zalloc(arena, (count + 1) * sizeof *batch->took);
    batch->run_ids = arena_zalloc(arena, (count + 1) * sizeof *batch->run_ids);
    return batch;
}

void answer_batch(struct service *service, const struct route *route,
                  struct http_exchange *exchange)
{
    struct ask *asks;
    size_t count, at_once;
    if (!body_read_asks(route, exchange, &asks, &count, &at_once))
        return;
    struct batch *batch = batch_new(service, route, count);
    batch->asks = asks;
    batch->at_once = at_once;
    batch->exchange = exchange;
    http_set_gone(exchange, on_gone, batch);
    fill(batch);
}

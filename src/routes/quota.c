#include "routes/quota.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/metrics.h"
#include "gates/api_key.h"
#include "gates/shared_limits.h"
#include "routes/reply.h"

/* A request's turn to be answered, on the heap: it may outlive the exchange. */
struct turn {
    struct slot_claim claim;
    unsigned refs; /* the exchange, and runs begun for it */
    struct service *service;
    const struct path_entry *entry;
    struct http_exchange *exchange; /* not to be touched once it has gone */
};

void quota_count_refused(const char *reason)
{
    const struct series refused = metric_series(metrics.requests_refused, &reason);
    series_add(&refused, 1);
}

/* A request that is being counted; in the arena of its exchange. */
struct counting {
    struct limit_check *check;
    struct shared_ask *ask; /* NULL: it is not in Redis' hands */
    const struct path_entry *entry;
    struct http_exchange *exchange;
    quota_pass_fn *pass;
    void *owner;
};

static void on_counted(void *owner)
{
    const struct counting *counting = owner;
    struct http_exchange *exchange = counting->exchange;
    http_set_gone(exchange, NULL, NULL);
    if (limits_tell(counting->check, exchange)) {
        counting->pass(counting->owner);
        return;
    }
    quota_count_refused("rate");
    http_note(exchange, err_code(LS_RATE_LIMITED));
    reply_sentence(exchange, counting->entry->route->errors, LS_RATE_LIMITED, 429,
                   ls_strerror(LS_RATE_LIMITED));
}

static void on_uncounted(void *owner)
{
    shared_limits_cancel(((struct counting *)owner)->ask);
}

/* The limits that the request meets, or NULL. */
static struct limit_check *find_limits(struct service *service, const struct path_entry *entry,
                                       struct http_exchange *exchange)
{
    const struct route *route = entry->route;
    const struct site *site = service->site;
    const struct http_request *request = http_request(exchange);
    bool own = request->caller && request->caller->limit;
    char client[CLIENT_SIZE];
    if (!route || service->relayed || (!route->limits && !site->limits && !own))
        return NULL;
    return limits_find(route->limits, site->limits, site->key_limits,
                       site_auth(site, entry) != NULL, exchange,
                       client_of(site->proxies, request, client));
}

void quota_count(struct service *service, const struct path_entry *entry,
                 struct http_exchange *exchange, quota_pass_fn *pass, void *owner)
{
    struct limit_check *check = find_limits(service, entry, exchange);
    if (!check) {
        pass(owner);
        return;
    }
    struct counting *counting = arena_alloc(http_arena(exchange), sizeof *counting);
    *counting = (struct counting){
        .check = check, .entry = entry, .exchange = exchange, .pass = pass, .owner = owner};
    if (service->limits) {
        http_set_gone(exchange, on_uncounted, counting);
        counting->ask = shared_limits_take(service->limits, check, on_counted, counting);
        return;
    }
    limits_take(check);
    on_counted(counting);
}

static void refuse(const struct path_entry *entry, struct http_exchange *exchange,
                   const char *reason)
{
    quota_count_refused(reason);
    (void)http_add_header(exchange, "retry-after", "1");
    http_note(exchange, err_code(LS_OVERLOADED));
    reply_sentence(exchange, entry->route->errors, LS_OVERLOADED, 503, ls_strerror(LS_OVERLOADED));
}

static void rele(void *ptr)
{
    struct turn *turn = ptr;
    if (--turn->refs > 0)
        return;
    slot_leave(&turn->claim);
    free(turn);
}

static void begin(struct turn *turn)
{
    struct service *service = turn->service;
    http_set_gone(turn->exchange, NULL, NULL);
    service->turn = turn;
    turn->entry->answer(service, turn->entry->route, turn->exchange);
    service->turn = NULL;
}

static void on_turn(struct slot_claim *claim, bool in_time)
{
    struct turn *turn = container_of(claim, struct turn, claim);
    if (in_time)
        begin(turn);
    else
        refuse(turn->entry, turn->exchange, "busy");
}

static void on_gone(void *owner)
{
    slot_leave(&((struct turn *)owner)->claim);
}

static void take_turn(struct service *service, const struct path_entry *entry,
                      struct http_exchange *exchange)
{
    struct turn *turn = mem_zalloc(1, sizeof *turn);
    enum slot_answer answer =
        slot_ask(&turn->claim, service->resources->slots, &entry->route->concurrency, 0, on_turn);
    turn->service = service;
    turn->entry = entry;
    turn->exchange = exchange;
    turn->refs = 1;
    arena_defer(http_arena(exchange), rele, turn);
    if (answer == SLOT_NOW)
        begin(turn);
    else if (answer == SLOT_LATER)
        http_set_gone(exchange, on_gone, turn);
    else
        refuse(entry, exchange, "busy");
}

void quota_answer(struct service *service, const struct path_entry *entry,
                  struct http_exchange *exchange)
{
    bool gated = entry->runs && !service->relayed;
    if (gated && memory_is_short(&service->memory, loop_now(service->loop)))
        refuse(entry, exchange, "memory");
    else if (gated && entry->route->concurrency.max > 0 && service->resources)
        take_turn(service, entry, exchange);
    else
        entry->answer(service, entry->route, exchange);
}

void quota_keep(const struct service *service, struct arena *arena)
{
    if (!service->turn)
        return;
    service->turn->refs++;
    arena_defer(arena, rele, service->turn);
}

#include "routes/quota.h"

#include <stdlib.h>

#include "base/mem.h"
#include "gates/api_key.h"
#include "gates/limits.h"
#include "routes/reply.h"

/* A request's turn to be answered, on the heap: it may outlive the exchange. */
struct turn {
    struct slot_claim claim;
    unsigned refs; /* the exchange, and runs begun for it */
    struct service *service;
    const struct path_entry *entry;
    struct http_exchange *exchange; /* not to be touched once it has gone */
};

bool quota_count(struct service *service, const struct path_entry *entry,
                 struct http_exchange *exchange)
{
    const struct route *route = entry->route;
    const struct site *site = service->site;
    const struct http_request *request = http_request(exchange);
    bool own = request->caller && request->caller->limit;
    char client[CLIENT_SIZE];
    if (!route || service->relayed || (!route->limits && !site->limits && !own))
        return true;
    const char *who = client_of(site->proxies, request, client);
    if (limits_take(route->limits, site->limits, site->key_limits, exchange, who))
        return true;
    http_note(exchange, err_code(LS_RATE_LIMITED));
    reply_sentence(exchange, route->errors, LS_RATE_LIMITED, 429, ls_strerror(LS_RATE_LIMITED));
    return false;
}

static void refuse(const struct path_entry *entry, struct http_exchange *exchange)
{
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
        refuse(turn->entry, turn->exchange);
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
        refuse(entry, exchange);
}

void quota_answer(struct service *service, const struct path_entry *entry,
                  struct http_exchange *exchange)
{
    bool gated = entry->runs && !service->relayed;
    if (gated && memory_is_short(&service->memory, loop_now(service->loop)))
        refuse(entry, exchange);
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

#include "routes/stats.h"

#include <stdlib.h>
#include <string.h>

#include "routes/reply.h"
#include "routes/service.h"
#include "stages/cache.h"
#include "store/store.h"

static const char path[] = "/stats";

/* Lives in the exchange's arena. */
struct counting {
    struct http_exchange *exchange;
    struct store_op *op; /* under way */
};

static void on_gone(void *owner)
{
    store_cancel(((struct counting *)owner)->op);
}

/* A store that is away does not make the rest untrue. */
static void on_counted(void *owner, const struct store_answer *answer)
{
    struct counting *counting = owner;
    bool known = !answer->err && answer->count == 1;
    uint64_t hits, misses;
    cache_counted(&hits, &misses);
    json_auto_t *body =
        json_pack("{s:o,s:I,s:I}", "cache_size",
                  known ? json_integer(strtoll(answer->items[0].data, NULL, 10)) : json_null(),
                  "cache_hits", (json_int_t)hits, "cache_misses", (json_int_t)misses);
    reply_json(counting->exchange, body);
}

static void answer_stats(struct service *service, const struct route *route,
                         struct http_exchange *exchange)
{
    (void)route;
    const struct run_services *resources = service->resources;
    const struct store_request request = {.verb = STORE_COUNT};
    struct counting *counting = arena_zalloc(http_arena(exchange), sizeof *counting);
    counting->exchange = exchange;
    counting->op = store_ask(resources->store, &request, on_counted, counting);
    http_set_gone(exchange, on_gone, counting);
}

bool stats_are_told(const struct site *site)
{
    const struct path_entry *entry = site_find(site, path, strlen(path));
    return entry && entry->answer == answer_stats;
}

void stats_add(struct site *site)
{
    const struct path_entry entry = {.method = "GET", .also = "HEAD", .answer = answer_stats};
    if (!site_find(site, path, strlen(path)))
        site_add_path(site, path, entry);
}

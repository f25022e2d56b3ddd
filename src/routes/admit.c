#include "routes/admit.h"

#include "gates/auth.h"
#include "routes/quota.h"
#include "routes/reply.h"
#include "routes/require.h"
#include "routes/runs.h"

/* A request on its way through the gates; lives in the arena of its exchange. */
struct passage {
    struct key_waiter waiter;
    struct service *service;
    const struct path_entry *entry;
    struct http_exchange *exchange;
    struct verdict verdict; /* what to answer, for reply() */
};

/* Answers what a gate has said. */
static void reply(void *owner)
{
    const struct passage *passage = owner;
    const struct verdict *verdict = &passage->verdict;
    const struct route *route = passage->entry->route;
    enum error_shape shape = route ? route->errors : passage->service->site->errors;
    quota_count_refused(verdict->err == LS_STORE ? "store" : "key");
    for (unsigned i = 0; i < verdict->header_count; i++)
        (void)http_add_header(passage->exchange, verdict->headers[i].name,
                              verdict->headers[i].value);
    if (!verdict->missing) {
        reply_sentence(passage->exchange, shape, verdict->err, verdict->status, verdict->sentence);
        return;
    }
    const struct sent sent = {.name = verdict->missing};
    json_t *errors = json_array();
    sent_add_missing(errors, &sent);
    reply_invalid(passage->exchange, shape, errors);
}

/* Behind the gates. */
static void enter(void *owner)
{
    const struct passage *passage = owner;
    struct service *service = passage->service;
    const struct path_entry *entry = passage->entry;
    struct http_exchange *exchange = passage->exchange;
    if (entry->route && !requirements_meet(entry->route, exchange))
        return;
    if (!entry->resumes || !runs_resume(service, entry->route, entry->answer, exchange))
        quota_answer(service, entry, exchange);
}

static void ask_key(struct passage *passage);

static void on_news(struct key_waiter *waiter)
{
    struct passage *passage = container_of(waiter, struct passage, waiter);
    http_set_gone(passage->exchange, NULL, NULL);
    ask_key(passage);
}

static void on_gone(void *owner)
{
    list_remove(&((struct passage *)owner)->waiter.link);
}

/* The name of the route as scopes have it. */
static const char *scope_of(const struct path_entry *entry)
{
    if (!entry->route)
        return NULL;
    return *entry->route->path ? entry->route->path : "/";
}

static void ask_key(struct passage *passage)
{
    struct service *service = passage->service;
    struct http_exchange *exchange = passage->exchange;
    const struct api_key *caller = NULL;
    enum auth_answer answer =
        auth_ask(site_auth(service->site, passage->entry), service->keys, http_request(exchange),
                 scope_of(passage->entry), http_arena(exchange), &caller, &passage->verdict);
    http_set_caller(exchange, caller);
    if (answer == AUTH_PASSES) {
        quota_count(service, passage->entry, exchange, enter, passage);
    } else if (answer == AUTH_REFUSES) {
        quota_count(service, passage->entry, exchange, reply, passage); /* guesses count too */
    } else {
        http_set_gone(exchange, on_gone, passage);
        key_ring_wait(service->keys, &passage->waiter);
    }
}

void admit(struct service *service, const struct path_entry *entry, struct http_exchange *exchange)
{
    struct passage *passage = arena_alloc(http_arena(exchange), sizeof *passage);
    passage->service = service;
    passage->entry = entry;
    passage->exchange = exchange;
    passage->waiter.fn = on_news;
    list_init(&passage->waiter.link);
    if (site_auth(service->site, entry))
        ask_key(passage);
    else
        quota_count(service, entry, exchange, enter, passage);
}

/* Every request enters here: the path is looked up, and its endpoint answers. */
#include "routes/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gates/client.h"
#include "gates/cors.h"
#include "gates/key_ring.h"
#include "observe/tracing.h"
#include "routes/admit.h"
#include "routes/counts.h"
#include "routes/error_body.h"
#include "routes/health.h"
#include "routes/kept_run.h"
#include "routes/prefix.h"
#include "routes/relay.h"
#include "routes/reply.h"
#include "routes/request_log.h"

/* The path that `path` would be with or without slashes at its end, if there is such a one. */
static const char *other_path(struct service *service, struct arena *arena, const char *path,
                              size_t len)
{
    size_t bare = len;
    while (bare > 1 && path[bare - 1] == '/')
        bare--;
    const char *other = bare == len ? arena_printf(arena, "%.*s/", (int)len, path)
                                    : arena_strndup(arena, path, bare);
    return site_find(service->site, other, strlen(other)) ? other : NULL;
}

/* Starlette's habit: a path that exists but for slashes at its end is redirected to. */
static bool redirect(struct service *service, struct http_exchange *exchange)
{
    const struct http_request *request = http_request(exchange);
    const char *host = http_request_header(request, "host");
    size_t skip = prefix_len_of(service->site, request);
    const char *path =
        other_path(service, http_arena(exchange), request->path + skip, request->path_len - skip);
    if (!host || !path)
        return false;
    char *location =
        arena_printf(http_arena(exchange), "%s://%s%s%s%s", prefix_scheme(service->site, request),
                     host, prefix_path(service->site, request, path, http_arena(exchange)),
                     *request->query ? "?" : "", request->query);
    if (http_add_header(exchange, "location", location) != LS_OK)
        return false;
    http_respond(exchange, 307, NULL, "", 0);
    return true;
}

/* The shape of errors below a route's path, be the path known or not; else the site's. */
static enum error_shape errors_of(const struct site *site, const struct http_request *request)
{
    size_t skip = prefix_len_of(site, request);
    const struct route *route = site_route_of(site, request->path + skip, request->path_len - skip);
    return route ? route->errors : site->errors;
}

static bool takes_method(const struct path_entry *entry, const char *method)
{
    return strcmp(entry->method, method) == 0 || (entry->also && strcmp(entry->also, method) == 0);
}

static void on_request(void *owner, struct http_exchange *exchange)
{
    struct service *service = owner;
    const struct http_request *request = http_request(exchange);
    size_t skip = prefix_len_of(service->site, request);
    const struct path_entry *entry =
        site_find(service->site, request->path + skip, request->path_len - skip);
    const struct path_entry *taken = entry && takes_method(entry, request->method) ? entry : NULL;
    struct request_note *note = request_note_new(exchange, taken);
    if (service->counts)
        counts_begin(service->counts, note, request->method);
    if (service->site->cors && cors_answer(service->site->cors, exchange))
        return;
    if (!entry) {
        if (!redirect(service, exchange))
            reply_sentence(exchange, errors_of(service->site, request), LS_NOT_FOUND, 404,
                           "Not Found");
    } else if (!takes_method(entry, request->method)) {
        /* LangServe's endpoints name one method, the application's own all. */
        (void)http_add_header(exchange, "allow",
                              entry->also && !entry->route ? "GET, HEAD" : entry->method);
        reply_sentence(exchange, errors_of(service->site, request), LS_BAD_SYNTAX, 405,
                       "Method Not Allowed");
    } else {
        admit(service, entry, exchange);
    }
}

static const char *on_refused(void *owner, struct http_exchange *exchange, int status,
                              struct buf *out)
{
    struct service *service = owner;
    const struct http_request *request = http_request(exchange);
    const struct error_said said = {
        .shape = error_shape_for(request, errors_of(service->site, request)),
        .err = status == 413 ? LS_TOO_BIG : LS_INTERNAL,
        .status = status,
        .sentence = http_reason(status),
        .request_id = request->id,
    };
    if (service->site->cors)
        cors_tell(service->site->cors, exchange);
    return error_body_print(out, &said);
}

/* Tells tracing of a request to a route; one that another worker passed on was told of there. */
static void trace(struct service *service, const struct http_record *record, const char *client)
{
    const struct request_note *note = record->mark;
    const struct path_entry *entry = note ? note->entry : NULL;
    if (service->tracing && !service->relayed && entry && entry->route &&
        tracing_wants_request(service->tracing, record->request))
        tracing_request(service->tracing, record, entry->template, client);
}

static void on_record(void *owner, const struct http_record *record)
{
    struct service *service = owner;
    const struct http_request *request = record->request;
    service->served++;
    char space[CLIENT_SIZE];
    const char *client = client_of(service->site->proxies, request, space);
    if (service->counts)
        counts_end(service->counts, record);
    request_log(record, record->mark, client, service->relayed);
    trace(service, record, client);
}

static const struct http_handler handler = {on_request, on_refused, on_record};

void service_init(struct service *service, struct loop *loop, struct site *site,
                  const struct http_limits *limits, const struct run_services *resources)
{
    *service = (struct service){
        .loop = loop, .site = site, .resources = resources, .memory = {.most = site->max_memory}};
    service->counts = counts_new(site);
    service_open(service, limits);
    if (site_stores_keys(site))
        service->keys = key_ring_new(loop, resources->store);
    if (site_keeps_runs(site))
        service->kept = kept_runs_new(loop);
}

void service_open(struct service *service, const struct http_limits *limits)
{
    service->http = http_server_new(service->loop, limits, &handler, service);
}

bool service_share(struct service *service, const struct http_limits *limits,
                   struct shared_ids *ids, const char *folder)
{
    kept_runs_share(service->kept, ids);
    service->relays = relays_new(service, limits, ids, folder);
    return service->relays != NULL;
}

void service_fini(struct service *service)
{
    health_free(&service->health);
    http_server_free(&service->http);
    relays_free(&service->relays);
    kept_runs_free(&service->kept);
    key_ring_free(&service->keys);
    counts_free(&service->counts);
}

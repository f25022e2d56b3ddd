/* Every request enters here: the path is looked up, and its endpoint answers. */
#include "routes/service.h"

#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "routes/kept_run.h"
#include "routes/prefix.h"
#include "routes/relay.h"
#include "routes/reply.h"
#include "routes/require.h"

/* Starlette's habit: a path that exists but for slashes at its end is redirected to. */
static bool redirect(struct service *service, struct http_exchange *exchange)
{
    const struct http_request *request = http_request(exchange);
    const char *host = http_request_header(request, "host");
    size_t skip = prefix_len_of(service->site, request);
    size_t len = request->path_len - skip;
    const char *path = request->path + skip;
    while (len > 1 && path[len - 1] == '/')
        len--;
    if (!host || len + skip == request->path_len || !site_find(service->site, path, len))
        return false;
    char *location = arena_printf(http_arena(exchange), "%s://%s%s%.*s%s%s",
                                  prefix_scheme(service->site, request), host,
                                  prefix_for_urls(service->site, request), (int)len, path,
                                  *request->query ? "?" : "", request->query);
    if (http_add_header(exchange, "location", location) != LS_OK)
        return false;
    http_respond(exchange, 307, NULL, "", 0);
    return true;
}

static void on_request(void *owner, struct http_exchange *exchange)
{
    struct service *service = owner;
    const struct http_request *request = http_request(exchange);
    size_t skip = prefix_len_of(service->site, request);
    const struct path_entry *entry =
        site_find(service->site, request->path + skip, request->path_len - skip);
    if (!entry) {
        if (!redirect(service, exchange))
            reply_sentence(exchange, service->site->errors, LS_NOT_FOUND, 404, "Not Found");
    } else if (strcmp(entry->method, request->method) != 0) {
        (void)http_add_header(exchange, "allow", entry->method);
        reply_sentence(exchange, service->site->errors, LS_BAD_SYNTAX, 405, "Method Not Allowed");
    } else if (!entry->route || requirements_meet(entry->route, exchange)) {
        entry->answer(service, entry->route, exchange);
    }
}

static const char *on_refused(void *owner, int status, const char *sentence, struct buf *out)
{
    (void)owner, (void)status;
    buf_add_str(out, "{\"detail\":");
    (void)json_print_string(out, sentence, strlen(sentence), JSON_WIRE);
    buf_add_str(out, "}");
    return "application/json";
}

static void on_record(void *owner, const struct http_record *record)
{
    (void)owner;
    const struct http_request *request = record->request;
    const struct log_field fields[] = {
        log_str("method", request->method),
        log_str("path", request->target),
        log_int("status", record->status),
        log_int("bytes", (int64_t)record->sent),
        log_real("ms", (double)record->took_us / 1000.0),
        log_str("client", request->peer),
        log_str("request_id", request->id),
        log_str("trace_id", *request->trace.trace_id ? request->trace.trace_id : NULL),
        log_str("aborted", record->aborted ? "yes" : NULL),
        log_str("note", record->note),
    };
    log_fields(LOG_INFO, "request", fields, sizeof fields / sizeof fields[0]);
}

static const struct http_handler handler = {on_request, on_refused, on_record};

void service_init(struct service *service, struct loop *loop, struct site *site,
                  const struct http_limits *limits, const struct run_services *resources)
{
    *service = (struct service){.loop = loop, .site = site, .resources = resources};
    service_open(service, limits);
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
    http_server_free(&service->http);
    relays_free(&service->relays);
    kept_runs_free(&service->kept);
}

/* PUT and HEAD /public_trace_link: makes LangSmith's trace of a run public. */
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "routes/answers.h"
#include "routes/langsmith.h"
#include "routes/reply.h"
#include "routes/typed_body.h"

static const char link_schema[] =
    "{\"title\":\"PublicTraceLinkCreateRequest\",\"type\":\"object\",\"required\":[\"run_id\"],"
    "\"properties\":{\"run_id\":{\"type\":\"string\",\"format\":\"uuid\"}}}";

/* A request on its way; lives in the exchange's arena. */
struct sharing {
    struct http_exchange *exchange;
    const struct route *route;
    struct langsmith_call *call;
};

static void on_gone(void *owner)
{
    struct sharing *sharing = owner;
    langsmith_stop(sharing->call);
}

static void on_shared(void *owner, int status, json_t *answer, const char *why)
{
    struct sharing *sharing = owner;
    const char *token = json_get_string(answer, "share_token");
    if (status >= 200 && status < 300 && token) {
        json_auto_t *link = json_object();
        json_object_set_new(link, "public_url",
                            json_sprintf("%s/public/%s/r", sharing->route->site->langsmith->web,
                                         token));
        reply_json(sharing->exchange, link);
        return;
    }
    const struct log_field fields[] = {
        log_str("route", sharing->route->path),
        log_said("message", why),
    };
    log_fields(LOG_ERROR, "trace_link_failed", fields, sizeof fields / sizeof fields[0]);
    reply_sentence(sharing->exchange, sharing->route->errors, LS_UPSTREAM, err_status(LS_UPSTREAM),
                   "The trace could not be shared");
}

static void share(struct service *service, const struct route *route,
                  struct http_exchange *exchange, const char *run_id)
{
    char token[UUID_LEN + 1];
    struct uuid fresh = uuid_new();
    struct arena *arena = http_arena(exchange);
    struct sharing *sharing = arena_zalloc(arena, sizeof *sharing);
    *sharing = (struct sharing){.exchange = exchange, .route = route};
    uuid_format(token, &fresh);
    json_auto_t *body = json_pack("{s:s,s:s}", "run_id", run_id, "share_token", token);
    sharing->call =
        langsmith_ask(service, arena, "PUT", arena_printf(arena, "/runs/%s/share", run_id), body,
                      on_shared, sharing);
    http_set_gone(exchange, on_gone, sharing);
}

void answer_public_trace_link(struct service *service, const struct route *route,
                              struct http_exchange *exchange)
{
    json_t *body;
    if (strcmp(http_request(exchange)->method, "HEAD") == 0) {
        http_respond(exchange, 200, "application/json", "null", 4);
        return;
    }
    if (!typed_body_read(route, exchange, link_schema, NULL, &body))
        return;
    if (route->site->langsmith) {
        share(service, route, exchange, json_get_string(body, "run_id"));
        return;
    }
    reply_sentence(exchange, route->errors, LS_BAD_INPUT, 400,
                   "The public trace link endpoint is only accessible when LangSmith is enabled on "
                   "your LangServe server.\nPlease set `enable_public_trace_link_endpoint=True` on "
                   "your route and set the proper environment variables");
}

/* The GET endpoints that show what a route takes and gives. */
#include <string.h>

#include "routes/answers.h"

static void reply_text(struct http_exchange *exchange, const char *json)
{
    http_respond(exchange, 200, "application/json", json, strlen(json));
}

void answer_input_schema(struct service *service, const struct route *route,
                         struct http_exchange *exchange)
{
    (void)service;
    reply_text(exchange, route->input_text);
}

void answer_output_schema(struct service *service, const struct route *route,
                          struct http_exchange *exchange)
{
    (void)service;
    reply_text(exchange, route->output_text);
}

void answer_config_schema(struct service *service, const struct route *route,
                          struct http_exchange *exchange)
{
    (void)service;
    reply_text(exchange, route->config_text);
}

void answer_health(struct service *service, const struct route *route,
                   struct http_exchange *exchange)
{
    (void)service, (void)route;
    reply_text(exchange, "{\"status\":\"ok\"}");
}

const char *const endpoint_names[] = {
    "invoke",       "batch",         "stream",        "stream_log", "stream_events",
    "input_schema", "output_schema", "config_schema", NULL,
};

const struct endpoint langserve_endpoints[] = {
    {"POST", answer_invoke},       {"POST", answer_batch},         {"POST", answer_stream},
    {"POST", answer_stream_log},   {"POST", answer_stream_events}, {"GET", answer_input_schema},
    {"GET", answer_output_schema}, {"GET", answer_config_schema},
};

_Static_assert(sizeof endpoint_names / sizeof *endpoint_names ==
                   sizeof langserve_endpoints / sizeof *langserve_endpoints + 1,
               "an endpoint without a name, or a name without an endpoint");

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

const struct endpoint langserve_endpoints[] = {
    {"invoke", "POST", answer_invoke},
    {"batch", "POST", answer_batch},
    {"stream", "POST", answer_stream},
    {"input_schema", "GET", answer_input_schema},
    {"output_schema", "GET", answer_output_schema},
    {"config_schema", "GET", answer_config_schema},
    {NULL, NULL, NULL},
};

/* The GET endpoints that show what a route takes and gives. */
#include "routes/answers.h"
#include "routes/config_frame.h"
#include "routes/reply.h"
#include "run/configurable.h"

/* Answers with a schema of the route: the one that `chosen` finds where the hash in the path
 * chooses alternatives, else `schema`. */
static void reply_schema(const struct route *route, struct http_exchange *exchange,
                         const struct schema *schema,
                         json_t *(*chosen)(struct runnable *runnable, json_t *configurable))
{
    struct config_frame frame;
    if (!config_frame_begin(&frame, route, exchange))
        return;
    json_t *configurable = json_object_get(frame.hashed, "configurable");
    config_frame_end(&frame);
    if (json_object_size(configurable) == 0 || !chosen) {
        reply_json(exchange, schema_json(schema));
        return;
    }
    json_auto_t *other = chosen(route->runnable, configurable);
    reply_json(exchange, other);
}

void answer_input_schema(struct service *service, const struct route *route,
                         struct http_exchange *exchange)
{
    (void)service;
    reply_schema(route, exchange, route->input, configurable_input_schema);
}

void answer_output_schema(struct service *service, const struct route *route,
                          struct http_exchange *exchange)
{
    (void)service;
    reply_schema(route, exchange, route->output, configurable_output_schema);
}

void answer_config_schema(struct service *service, const struct route *route,
                          struct http_exchange *exchange)
{
    (void)service;
    reply_schema(route, exchange, route->config, NULL);
}

const char *const endpoint_names[] = {
    "invoke",
    "batch",
    "stream",
    "stream_log",
    "stream_events",
    "input_schema",
    "output_schema",
    "config_schema",
    "playground",
    "token_feedback",
    "feedback",
    "public_trace_link",
    "runs/{run_id}/events",
    "runs/{run_id}/cancel",
    NULL,
};

const struct endpoint langserve_endpoints[] = {
    {.method = "POST", .answer = answer_invoke, .runs = true},
    {.method = "POST", .answer = answer_batch, .runs = true},
    {.method = "POST", .answer = answer_stream, .runs = true, .resumes = true},
    {.method = "POST", .answer = answer_stream_log, .runs = true, .resumes = true},
    {.method = "POST", .answer = answer_stream_events, .runs = true, .resumes = true},
    {.method = "GET", .answer = answer_input_schema},
    {.method = "GET", .answer = answer_output_schema},
    {.method = "GET", .answer = answer_config_schema},
    {.method = "GET", .answer = answer_playground, .below = true},
    {.method = "POST", .answer = answer_token_feedback, .unhashed = true},
    {.method = "POST", .also = "HEAD", .answer = answer_feedback, .unhashed = true},
    {.method = "PUT", .also = "HEAD", .answer = answer_public_trace_link, .unhashed = true},
    {.method = "GET", .answer = answer_run_events, .unhashed = true, .of_runs = true},
    {.method = "POST", .answer = answer_run_cancel, .unhashed = true, .of_runs = true},
};

const char *const endpoint_switches[] = {
    "invoke",        "batch",         "stream",         "stream_log",
    "stream_events", "playground",    "input_schema",   "output_schema",
    "config_schema", "config_hashes", "token_feedback", NULL,
};

_Static_assert(sizeof endpoint_names / sizeof *endpoint_names ==
                   sizeof langserve_endpoints / sizeof *langserve_endpoints + 1,
               "an endpoint without a name, or a name without an endpoint");

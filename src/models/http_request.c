#include "models/http_request.h"

#include "base/json.h"

enum { MAX_REQUEST = 64 << 20, MAX_NAME = 1 << 16 };

static const char *const *headers_of(struct upstream *upstream)
{
    size_t count = 0;
    const struct model_dialect *dialect = model_dialect_of(upstream);
    const char **headers = arena_zalloc(upstream->scope->arena, 6 * sizeof *headers);
    headers[count++] = "Content-Type: application/json";
    headers[count++] = upstream->streaming ? dialect->accept_stream : "Accept: application/json";
    headers[count++] = "User-Agent: langserved/" LS_VERSION;
    if (dialect->version_header)
        headers[count++] = dialect->version_header;
    headers[count] = model_endpoint_of(upstream)->authorization;
    return headers;
}

/* Prints what is asked for the attempts to come; false: it is too long. */
static bool print_body(struct model_stage *stage, const char *model)
{
    struct upstream_request *request = &stage->upstream.request;
    if (stage->printed && model == stage->printed_model)
        return true;
    json_auto_t *own = model ? json_copy(stage->asked) : json_incref(stage->asked);
    if (model)
        json_object_set_new(own, "model", json_string(model));
    buf_reset(&stage->body);
    bool well = json_print(&stage->body, own, JSON_WIRE) == LS_OK;
    request->body = buf_str(&stage->body);
    request->body_len = stage->body.len;
    stage->printed = true;
    stage->printed_model = model;
    return well;
}

/* What an endpoint calls the model, where that is its own name and the call says none; or NULL. */
static const char *model_at(const struct model_stage *stage, const struct http_endpoint *endpoint)
{
    return json_object_get(stage->kwargs, "model") ? NULL : endpoint->model;
}

void http_request_aim(struct upstream *upstream, size_t index)
{
    struct model_stage *stage = model_stage_of(upstream);
    const struct http_endpoint *endpoint = &stage->model->endpoints[index];
    struct model_reading *reading = &stage->reading;
    json_decref(reading->opening);
    stage->tally = (struct model_tally){0};
    *reading = (struct model_reading){.id = reading->id, .request = reading->request};
    upstream->request.url = endpoint->url;
    upstream->request.endpoint = endpoint->shown;
    upstream->request.secret = endpoint->api_key;
    upstream->request.headers = headers_of(upstream);
    (void)print_body(stage, model_at(stage, endpoint)); /* room was left for a name */
}

void http_request_start(void *owner, json_t *asked)
{
    struct model_stage *stage = owner;
    struct upstream *upstream = &stage->upstream;
    const char *why = NULL;
    json_t *request = stage->model->dialect->request(&stage->model->options, stage->kwargs, asked,
                                                     upstream->streaming, &why);
    if (!request) {
        sink_fail(upstream->source.out, LS_BAD_VALUE, why);
        return;
    }
    stage->asked = arena_give_json(upstream->scope->arena, request);
    stage->reading.request = stage->asked;
    buf_init(&stage->body, MAX_REQUEST);
    bool well = print_body(stage, NULL);
    stage->body.limit += MAX_NAME;
    if (!well) {
        sink_fail(upstream->source.out, LS_TOO_BIG, "the input is too long for a request");
        return;
    }
    const struct model_options *options = &stage->model->options;
    struct upstream_request asks = upstream->request;
    asks.lines = stage->model->dialect->lines;
    asks.timeouts = options->timeouts;
    asks.max_retries = options->max_retries;
    asks.public_only = options->public_only;
    asks.rule = options->rule.key ? &options->rule : NULL;
    asks.model = options->model;
    asks.tape = options->tape;
    asks.path = stage->model->dialect->path;
    upstream_start(upstream, &asks);
}

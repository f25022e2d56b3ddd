#include "models/http_request.h"

#include "base/json.h"

enum { MAX_REQUEST = 64 << 20 };

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

/* Prints a body (the arena's) for the attempts to come; false: it is too long. */
static bool print_body(struct model_stage *stage, const json_t *body)
{
    struct upstream *upstream = &stage->upstream;
    struct buf text;
    bool well = stage->printed == body;
    if (well)
        return true;
    buf_init(&text, MAX_REQUEST);
    well = json_print(&text, body, JSON_WIRE) == LS_OK;
    if (well) {
        upstream->request.body = arena_strndup(upstream->scope->arena, buf_str(&text), text.len);
        upstream->request.body_len = text.len;
        stage->printed = stage->reading.request = body;
    }
    buf_fini(&text);
    return well;
}

/* The body as the endpoint is to have it: what it calls the model, unless the call says it. */
static const json_t *body_for(struct model_stage *stage, const struct http_endpoint *endpoint)
{
    if (!endpoint->model || json_object_get(stage->kwargs, "model"))
        return stage->asked;
    json_t *body = arena_give_json(stage->upstream.scope->arena, json_copy(stage->asked));
    json_object_set_new(body, "model", json_string(endpoint->model));
    return body;
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
    (void)print_body(stage, body_for(stage, endpoint)); /* a name more or less is no matter */
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
    if (!print_body(stage, stage->asked)) {
        sink_fail(upstream->source.out, LS_TOO_BIG, "the input is too long for a request");
        return;
    }
    const struct model_options *options = &stage->model->options;
    struct upstream_request asks = upstream->request;
    asks.lines = stage->model->dialect->lines;
    asks.timeouts = options->timeouts;
    asks.max_retries = options->max_retries;
    asks.rule = options->rule.key ? &options->rule : NULL;
    asks.model = options->model;
    asks.tape = options->tape;
    asks.path = stage->model->dialect->path;
    upstream_start(upstream, &asks);
}

#include "models/ollama.h"

#include "base/json.h"
#include "models/chat_model.h"
#include "models/ollama_wire.h"

/* A parameter, which the model's own have among Ollama's `options`. */
static json_t *parameter(const struct runnable *runnable, const json_t *kwargs, const char *key)
{
    json_t *own = json_object_get(kwargs, key);
    return own ? own : json_object_get(http_model_parameter(runnable, NULL, "options"), key);
}

/* What LangSmith calls the model's parameters. */
static json_t *trace_metadata(const struct runnable *runnable, const char *name,
                              const json_t *kwargs)
{
    (void)name;
    return http_model_metadata("ollama", http_model_options(runnable)->model, "chat",
                               parameter(runnable, kwargs, "temperature"), NULL,
                               parameter(runnable, kwargs, "stop"));
}

static const struct runnable_ops ops = {
    .type = "ChatOllama",
    .step = STEP_CHAT_MODEL,
    .streams = true,
    .open = http_model_open,
    .input_schema = chat_model_input_schema,
    .output_schema = chat_model_output_schema,
    .trace_metadata = trace_metadata,
    .probe = http_model_probe,
    .fini = http_model_fini,
};

/* The list of models loads none of them. */
static const struct model_dialect dialect = {
    .ops = &ops,
    .path = "/api/chat",
    .probe_path = "/api/tags",
    .key_header = "Authorization: Bearer ",
    .accept_stream = "Accept: application/x-ndjson",
    .lines = true,
    .input = chat_model_input,
    .request = ollama_request,
    .whole = ollama_message,
    .chunk = ollama_chunk,
    .last = chat_model_last_chunk,
};

struct runnable *ollama_new(const struct model_options *options)
{
    return http_model_new(&dialect, options);
}

#include "models/anthropic.h"

#include "models/anthropic_wire.h"
#include "models/chat_model.h"

/* What LangSmith calls the model's parameters. */
static json_t *trace_metadata(const struct runnable *runnable, const char *name,
                              const json_t *kwargs)
{
    json_t *stop = json_object_get(kwargs, "stop");
    (void)name;
    return http_model_metadata("anthropic", http_model_options(runnable)->model, "chat",
                               http_model_parameter(runnable, kwargs, "temperature"),
                               http_model_parameter(runnable, kwargs, "max_tokens"), stop);
}

static const struct runnable_ops ops = {
    .type = "ChatAnthropic",
    .step = STEP_CHAT_MODEL,
    .streams = true,
    .open = http_model_open,
    .input_schema = chat_model_input_schema,
    .output_schema = chat_model_output_schema,
    .trace_metadata = trace_metadata,
    .probe = http_model_probe,
    .fini = http_model_fini,
};

/* The list of models is free of charge.  The last event is marked by its own chunk. */
static const struct model_dialect dialect = {
    .ops = &ops,
    .path = "/v1/messages",
    .probe_path = "/v1/models",
    .key_header = "X-Api-Key: ",
    .version_header = "Anthropic-Version: 2023-06-01",
    .accept_stream = "Accept: text/event-stream",
    .input = chat_model_input,
    .request = anthropic_request,
    .whole = anthropic_message,
    .chunk = anthropic_chunk,
};

struct runnable *anthropic_new(const struct model_options *options)
{
    return http_model_new(&dialect, options);
}

#include "models/openai.h"

#include "models/chat_model.h"
#include "models/openai_text.h"
#include "models/openai_wire.h"
#include "models/text_model.h"

/* What LangSmith calls the model's parameters. */
static json_t *trace_metadata(const struct runnable *runnable, const json_t *kwargs,
                              const char *provider, const char *type)
{
    json_t *most = http_model_parameter(runnable, kwargs, "max_completion_tokens");
    return http_model_metadata(provider, http_model_options(runnable)->model, type,
                               http_model_parameter(runnable, kwargs, "temperature"),
                               most ? most : http_model_parameter(runnable, kwargs, "max_tokens"),
                               http_model_parameter(runnable, kwargs, "stop"));
}

static json_t *chat_trace_metadata(const struct runnable *runnable, const char *name,
                                   const json_t *kwargs)
{
    (void)name;
    return trace_metadata(runnable, kwargs, "openai", "chat");
}

static json_t *azure_trace_metadata(const struct runnable *runnable, const char *name,
                                    const json_t *kwargs)
{
    (void)name;
    return trace_metadata(runnable, kwargs, "azure", "chat");
}

static json_t *text_trace_metadata(const struct runnable *runnable, const char *name,
                                   const json_t *kwargs)
{
    (void)name;
    return trace_metadata(runnable, kwargs, "openai", "llm");
}

static const struct runnable_ops chat_ops = {
    .type = "ChatOpenAI",
    .step = STEP_CHAT_MODEL,
    .streams = true,
    .open = http_model_open,
    .input_schema = chat_model_input_schema,
    .output_schema = chat_model_output_schema,
    .trace_metadata = chat_trace_metadata,
    .probe = http_model_probe,
    .fini = http_model_fini,
};

static const struct runnable_ops azure_ops = {
    .type = "AzureChatOpenAI",
    .step = STEP_CHAT_MODEL,
    .streams = true,
    .open = http_model_open,
    .input_schema = chat_model_input_schema,
    .output_schema = chat_model_output_schema,
    .trace_metadata = azure_trace_metadata,
    .fini = http_model_fini,
};

static const struct runnable_ops text_ops = {
    .type = "OpenAI",
    .step = STEP_LLM,
    .streams = true,
    .open = http_model_open,
    .input_schema = chat_model_input_schema,
    .output_schema = text_model_output_schema,
    .trace_metadata = text_trace_metadata,
    .fini = http_model_fini,
};

/* The list of models is free of charge, and all servers of this protocol have it. */
static const struct model_dialect chat = {
    .ops = &chat_ops,
    .path = "/chat/completions",
    .probe_path = "/models",
    .key_header = OPENAI_KEY_HEADER,
    .accept_stream = "Accept: text/event-stream",
    .end_mark = "[DONE]",
    .input = chat_model_input,
    .request = openai_request,
    .whole = openai_message,
    .chunk = openai_chunk,
    .plain = openai_delta,
    .last = chat_model_last_chunk,
};

/* What its filters found goes into the message's metadata. */
static json_t *azure_message(const struct model_reading *reading, const json_t *answer,
                             const char **why)
{
    json_t *message = openai_message(reading, answer, why);
    json_t *metadata = json_object_get(message, "response_metadata");
    json_t *choice = json_array_get(json_object_get(answer, "choices"), 0);
    json_t *asked = json_object_get(answer, "prompt_filter_results");
    json_t *said = json_object_get(choice, "content_filter_results");
    if (asked)
        json_object_set(metadata, "prompt_filter_results", asked);
    if (said)
        json_object_set(metadata, "content_filter_results", said);
    return message;
}

/* A key is no token there, and which models there are is asked elsewhere. */
static const struct model_dialect azure = {
    .ops = &azure_ops,
    .path = "/chat/completions",
    .key_header = "api-key: ",
    .accept_stream = "Accept: text/event-stream",
    .end_mark = "[DONE]",
    .input = chat_model_input,
    .request = openai_request,
    .whole = azure_message,
    .chunk = openai_chunk,
    .plain = openai_delta,
    .last = chat_model_last_chunk,
};

static const struct model_dialect text = {
    .ops = &text_ops,
    .path = "/completions",
    .key_header = OPENAI_KEY_HEADER,
    .accept_stream = "Accept: text/event-stream",
    .end_mark = "[DONE]",
    .input = text_model_input,
    .request = openai_text_request,
    .whole = openai_text_whole,
    .chunk = openai_text_chunk,
    .usage = openai_usage,
    .llm_output = openai_text_llm_output,
};

struct runnable *openai_new(const struct model_options *options)
{
    return http_model_new(&chat, options);
}

struct runnable *openai_azure_new(const struct model_options *options)
{
    return http_model_new(&azure, options);
}

struct runnable *openai_text_new(const struct model_options *options)
{
    return http_model_new(&text, options);
}

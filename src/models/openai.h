/* Chat completions and completions of texts as OpenAI speaks them: OpenAI itself, vLLM, llama.cpp,
 * Ollama's /v1, … (https://platform.openai.com/docs/api-reference/chat). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "loop/fetch.h"
#include "run/runnable.h"

#define OPENAI_BASE_URL "https://api.openai.com/v1"
#define OPENAI_DEFAULT_MODEL "gpt-3.5-turbo"               /* as LangChain's ChatOpenAI */
#define OPENAI_DEFAULT_TEXT_MODEL "gpt-3.5-turbo-instruct" /* as its OpenAI */

struct openai_options {
    const char *base_url; /* without a slash at its end */
    const char *api_key;  /* sent as a Bearer token to base_url's origin only; NULL: none */
    const char *model;
    json_t *parameters;  /* members of the request's body (OpenAI's names); object */
    bool stream_usage;   /* ask for the usage when streaming */
    int64_t max_retries; /* further attempts after the first */
    struct fetch_timeouts timeouts;
};

/* A new chat model (ChatOpenAI), and a new model of texts (OpenAI); everything is copied or
 * referenced. */
struct runnable *openai_new(const struct openai_options *options);
struct runnable *openai_text_new(const struct openai_options *options);

/* Chat completions and completions of texts as OpenAI speaks them: OpenAI itself, Azure, vLLM,
 * llama.cpp, Ollama's /v1, … (https://platform.openai.com/docs/api-reference/chat). */
#pragma once

#include "models/http_model.h"

#define OPENAI_BASE_URL "https://api.openai.com/v1"
#define OPENAI_KEY_HEADER "Authorization: Bearer "
#define OPENAI_DEFAULT_MODEL "gpt-3.5-turbo"               /* as LangChain's ChatOpenAI */
#define OPENAI_DEFAULT_TEXT_MODEL "gpt-3.5-turbo-instruct" /* as its OpenAI */

/* A new chat model (ChatOpenAI), one of Azure's (AzureChatOpenAI), and a new model of texts
 * (OpenAI); everything is copied or referenced. */
struct runnable *openai_new(const struct model_options *options);
struct runnable *openai_azure_new(const struct model_options *options);
struct runnable *openai_text_new(const struct model_options *options);

/* Ollama's own /api/chat (https://docs.ollama.com/api/chat). */
#pragma once

#include "models/http_model.h"

#define OLLAMA_BASE_URL "http://localhost:11434"

/* A new model (ChatOllama); everything is copied or referenced. */
struct runnable *ollama_new(const struct model_options *options);

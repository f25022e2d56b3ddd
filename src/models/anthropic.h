/* Anthropic's Messages API (https://docs.anthropic.com/en/api/messages), and servers that speak it. */
#pragma once

#include "models/http_model.h"

#define ANTHROPIC_BASE_URL "https://api.anthropic.com"

enum { ANTHROPIC_MAX_TOKENS = 4096 }; /* of an answer, where nothing is said: the API wants one */

/* A new model (ChatAnthropic); everything is copied or referenced. */
struct runnable *anthropic_new(const struct model_options *options);

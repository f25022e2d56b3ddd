/* The options of models of provider `ollama`. */
#pragma once

#include "app/builder.h"
#include "yaml/option.h"

extern const struct option ollama_model_options[];

/* provider.build */
struct runnable *provider_ollama(struct builder *builder, const struct node *map);

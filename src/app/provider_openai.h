/* The options of models of the providers `openai`, `openai-completion` and `azure`. */
#pragma once

#include "app/builder.h"
#include "yaml/option.h"

extern const struct option openai_model_options[];

/* provider.build */
struct runnable *provider_openai(struct builder *builder, const struct node *map);
struct runnable *provider_azure(struct builder *builder, const struct node *map);
struct runnable *provider_openai_completion(struct builder *builder, const struct node *map);

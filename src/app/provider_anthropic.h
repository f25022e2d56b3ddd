/* The options of models of provider `anthropic`. */
#pragma once

#include "app/builder.h"
#include "yaml/option.h"

extern const struct option anthropic_model_options[];

/* provider.build */
struct runnable *provider_anthropic(struct builder *builder, const struct node *map);

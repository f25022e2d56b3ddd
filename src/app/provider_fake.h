/* The options of models of provider `fake`. */
#pragma once

#include "app/builder.h"
#include "yaml/option.h"

extern const struct option fake_model_options[];

/* provider.build */
struct runnable *provider_fake(struct builder *builder, const struct node *map);
struct runnable *provider_fake_completion(struct builder *builder, const struct node *map);

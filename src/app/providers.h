/* The table of model providers. */
#pragma once

#include "app/builder.h"
#include "app/model_common.h"
#include "yaml/option.h"

struct provider {
    const char *name;  /* "openai" */
    const char *shown; /* LangChain's class */
    const struct option *options;
    const char
        *url_variable; /* of the environment: where to ask when a model does not say; or NULL */
    const char *rule;
    /* JSON text: what a JSON Schema says of the options together; NULL: nothing */ /* beside `provider` */
    const char *doc;
    /* Builds a model from its mapping; NULL when it has a mistake, which is told. */
    struct runnable *(*build)(struct builder *builder, const struct node *map);
};

/* All providers; ends with a NULL name. */
extern const struct provider providers[];

/* The model that a mapping describes; `name` is the one it has under `models:`, or NULL. */
struct runnable *provider_build(struct builder *builder, const struct node *map, const char *name);

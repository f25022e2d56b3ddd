/* For stage_trees.h: models, and what models use. */
#pragma once

#include <math.h>

#include "models/anthropic.h"
#include "models/fake.h"
#include "models/ollama.h"
#include "models/openai.h"
#include "run/run_stand.h"
#include "stages/retriever.h"
#include "stages/tool.h"

static inline struct runnable *tree_of(json_t *words);

static inline struct runnable *tree_made_fake(json_t *words,
                                              struct runnable *(*make)(const struct fake_options *))
{
    json_auto_t *none = json_pack("[s]", "hello");
    json_t *responses = json_object_get(words, "responses");
    json_t *after = json_object_get(words, "error_after");
    struct fake_options options = {
        .temperature = NAN,
        .responses = responses ? responses : none,
        .unit = json_is_true(json_object_get(words, "words")) ? FAKE_WORDS : FAKE_CHARS,
        .delay = json_integer_value(json_object_get(words, "delay")),
        .error = json_string_value(json_object_get(words, "error")),
        .error_after = after ? json_integer_value(after) : -1,
        .echo = json_is_true(json_object_get(words, "echo")),
    };
    return make(&options);
}

static inline struct runnable *tree_fake(json_t *words)
{
    return tree_made_fake(words, fake_new);
}

static inline struct runnable *tree_fake_text(json_t *words)
{
    return tree_made_fake(words, fake_text_new);
}

/* `where` is an address, a list of them, or {"hedge": ms, "at": one of the two}. */
static inline struct runnable *tree_http_model(
    json_t *where, struct runnable *(*make)(const struct model_options *))
{
    static struct model_endpoint endpoints[4];
    json_int_t hedge = json_integer_value(json_object_get(where, "hedge"));
    where = json_is_object(where) ? json_object_get(where, "at") : where;
    struct model_options options = {
        .base_url = json_string_value(where), .model = "m", .max_retries = 1, .hedge = hedge};
    size_t i;
    json_t *url;
    json_array_foreach(where, i, url)
        endpoints[i] = (struct model_endpoint){json_string_value(url), "key", "n", 1};
    if (json_is_array(where)) {
        options.endpoints = endpoints;
        options.endpoint_count = json_array_size(where);
        options.rule = (struct balance_rule){
            .key = endpoints, .failures = 3, .cooldown = 5, .most_cooldown = 10};
    }
    return make(&options);
}

static inline struct runnable *tree_openai(json_t *where)
{
    return tree_http_model(where, openai_new);
}

static inline struct runnable *tree_make_azure(const struct model_options *options)
{
    struct model_options own = *options;
    own.query = "?api-version=1";
    return openai_azure_new(&own);
}

static inline struct runnable *tree_azure(json_t *where)
{
    return tree_http_model(where, tree_make_azure);
}

static inline struct runnable *tree_openai_text(json_t *where)
{
    return tree_http_model(where, openai_text_new);
}

static inline struct runnable *tree_anthropic(json_t *where)
{
    return tree_http_model(where, anthropic_new);
}

static inline struct runnable *tree_ollama(json_t *where)
{
    return tree_http_model(where, ollama_new);
}

static inline struct runnable *tree_made_tool(json_t *words, const struct tool_options *options)
{
    struct runnable *tool = NULL;
    char why[256];
    if (tool_new(&tool, options, tree_of(words), why) != LS_OK)
        fail_msg("%s", why);
    return tool;
}

static inline struct runnable *tree_tool(json_t *words)
{
    json_auto_t *args = json_pack("{s:{s:{s:s}}}", "properties", "a", "type", "string");
    return tree_made_tool(words, &(struct tool_options){.args = args});
}

static inline struct runnable *tree_bare_tool(json_t *words)
{
    return tree_made_tool(words, &(struct tool_options){.bare = true});
}

static inline struct runnable *tree_retriever(json_t *words)
{
    return retriever_new(tree_of(words), false);
}

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

static inline struct model_options tree_http_options(json_t *url)
{
    return (
        struct model_options){.base_url = json_string_value(url), .model = "m", .max_retries = 1};
}

static inline struct runnable *tree_openai(json_t *url)
{
    const struct model_options options = tree_http_options(url);
    return openai_new(&options);
}

static inline struct runnable *tree_azure(json_t *url)
{
    struct model_options options = tree_http_options(url);
    options.query = "?api-version=1";
    return openai_azure_new(&options);
}

static inline struct runnable *tree_openai_text(json_t *url)
{
    const struct model_options options = tree_http_options(url);
    return openai_text_new(&options);
}

static inline struct runnable *tree_anthropic(json_t *url)
{
    const struct model_options options = tree_http_options(url);
    return anthropic_new(&options);
}

static inline struct runnable *tree_ollama(json_t *url)
{
    const struct model_options options = tree_http_options(url);
    return ollama_new(&options);
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

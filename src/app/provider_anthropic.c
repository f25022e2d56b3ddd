#include "app/provider_anthropic.h"

#include "app/provider_http.h"
#include "app/providers.h"
#include "models/anthropic.h"

struct fields {
    struct http_fields http;
    double temperature, top_p;
    int64_t max_tokens, top_k;
    json_t *thinking, *extra_body;
    struct option_strings stop;
    const char *service_tier;
};

#define FIELD(member) offsetof(struct fields, member)

const struct option anthropic_model_options[] = {
    {.name = "model",
     .type = OPTION_STRING,
     .offset = FIELD(http.model),
     .required = true,
     .doc = "The model's name, such as `claude-sonnet-4-5`."},
    {.name = "api_key",
     .type = OPTION_STRING,
     .offset = FIELD(http.api_key),
     .secret = true,
     .doc = "The key, best as `${NAME}`; `ANTHROPIC_API_KEY` of the environment when absent."},
    {.name = "base_url",
     .type = OPTION_STRING,
     .offset = FIELD(http.base_url),
     .doc = "The API's address, without `/v1`; `ANTHROPIC_BASE_URL` of the environment, or "
            "Anthropic's, when absent."},
    {.name = "max_tokens",
     .type = OPTION_INT,
     .offset = FIELD(max_tokens),
     .min = 1,
     .max = 1e9,
     .doc = "Most tokens of an answer; 4096, when absent."},
    {.name = "temperature",
     .type = OPTION_REAL,
     .offset = FIELD(temperature),
     .min = 0,
     .max = 1,
     .doc = "Sampling temperature."},
    {.name = "top_p",
     .type = OPTION_REAL,
     .offset = FIELD(top_p),
     .min = 0,
     .max = 1,
     .doc = "Nucleus sampling."},
    {.name = "top_k",
     .type = OPTION_INT,
     .offset = FIELD(top_k),
     .min = 0,
     .max = 1e9,
     .doc = "From how many of the likeliest tokens one is taken."},
    {.name = "stop",
     .type = OPTION_STRING_LIST,
     .offset = FIELD(stop),
     .doc = "Texts before which the answer ends (sent as `stop_sequences`)."},
    {.name = "thinking",
     .type = OPTION_JSON,
     .offset = FIELD(thinking),
     .schema = "{\"type\":\"object\"}",
     .doc = "Whether the model thinks first, and how much: `{type: enabled, budget_tokens: 2000}`. "
            "Its thoughts are `thinking` blocks of the content."},
    {.name = "service_tier",
     .type = OPTION_STRING,
     .offset = FIELD(service_tier),
     .doc = "Anthropic's service tier: `auto`, `standard_only`."},
    {.name = "extra_body",
     .type = OPTION_JSON,
     .offset = FIELD(extra_body),
     .schema = "{\"type\":\"object\"}",
     .doc = "Further members of the request's body."},
    HTTP_ROWS,
    {.name = NULL},
};

static const struct http_parameter parameters[] = {
    {"max_tokens", "max_tokens"},
    {"temperature", "temperature"},
    {"top_p", "top_p"},
    {"top_k", "top_k"},
    {"stop", "stop_sequences"},
    {"thinking", "thinking"},
    {"service_tier", "service_tier"},
    {.name = NULL},
};

static const struct http_defaults defaults = {
    .url_variable = "ANTHROPIC_BASE_URL",
    .url = ANTHROPIC_BASE_URL,
    .key_variable = "ANTHROPIC_API_KEY",
    .example = "https://host",
    .needs_key = true,
};

struct runnable *provider_anthropic(struct builder *builder, const struct node *map)
{
    struct fields fields = {0};
    options_read(anthropic_model_options, map, &fields, model_common_keys, "model", builder->arena,
                 builder->problems);
    http_check_values(builder, anthropic_model_options, map);
    struct model_options options = http_model_options_of(builder, map, &fields.http, &defaults);
    /* LangSmith is told of the limit, also where it is the usual one. */
    json_auto_t *body = json_pack("{s:i}", "max_tokens", ANTHROPIC_MAX_TOKENS);
    http_add_parameters(body, anthropic_model_options, parameters, map, &fields);
    if (json_is_object(fields.extra_body))
        json_object_update(body, fields.extra_body);
    options.parameters = body;
    return options.model ? anthropic_new(&options) : NULL;
}

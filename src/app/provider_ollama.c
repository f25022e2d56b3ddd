#include "app/provider_ollama.h"

#include <stdlib.h>
#include <string.h>

#include "app/provider_http.h"
#include "app/providers.h"
#include "models/ollama.h"

struct fields {
    struct http_fields http;
    double temperature, top_p, repeat_penalty;
    int64_t top_k, seed, num_predict, num_ctx;
    json_t *keep_alive, *format, *reasoning, *options, *extra_body;
    struct option_strings stop;
};

#define FIELD(member) offsetof(struct fields, member)

const struct option ollama_model_options[] = {
    {.name = "model",
     .type = OPTION_STRING,
     .offset = FIELD(http.model),
     .required = true,
     .doc = "The model's name, such as `llama3.2`."},
    {.name = "api_key",
     .type = OPTION_STRING,
     .offset = FIELD(http.api_key),
     .secret = true,
     .doc = "A key, where the server wants one; `OLLAMA_API_KEY` of the environment when absent."},
    {.name = "base_url",
     .type = OPTION_STRING,
     .offset = FIELD(http.base_url),
     .doc = "The server's address, without a path; `OLLAMA_HOST` of the environment, or "
            "`" OLLAMA_BASE_URL "`, when absent."},
    {.name = "temperature",
     .type = OPTION_REAL,
     .offset = FIELD(temperature),
     .min = 0,
     .max = 2,
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
    {.name = "seed",
     .type = OPTION_INT,
     .offset = FIELD(seed),
     .min = -9e15,
     .max = 9e15,
     .doc = "Seed for repeatable sampling."},
    {.name = "stop",
     .type = OPTION_STRING_LIST,
     .offset = FIELD(stop),
     .doc = "Texts before which the answer ends."},
    {.name = "num_predict",
     .type = OPTION_INT,
     .offset = FIELD(num_predict),
     .min = -2,
     .max = 1e9,
     .doc = "Most tokens of an answer; -1: no limit, -2: as the context has room for."},
    {.name = "num_ctx",
     .type = OPTION_INT,
     .offset = FIELD(num_ctx),
     .min = 1,
     .max = 1e9,
     .doc = "The size of the context, in tokens."},
    {.name = "repeat_penalty",
     .type = OPTION_REAL,
     .offset = FIELD(repeat_penalty),
     .min = 0,
     .max = 100,
     .doc = "Penalty on repeated tokens."},
    {.name = "keep_alive",
     .type = OPTION_JSON,
     .offset = FIELD(keep_alive),
     .schema = "{\"type\":[\"string\",\"number\"]}",
     .doc = "How long the model stays loaded: `5m`, seconds, `-1`: for ever. Sent as it is."},
    {.name = "format",
     .type = OPTION_JSON,
     .offset = FIELD(format),
     .schema = "{\"type\":[\"string\",\"object\"]}",
     .doc = "`json`, or a JSON Schema that the answer keeps to."},
    {.name = "reasoning",
     .type = OPTION_JSON,
     .offset = FIELD(reasoning),
     .schema = "{\"type\":[\"boolean\",\"string\"]}",
     .doc = "Whether the model thinks first, or how much (`low`, `medium`, `high`); its thoughts "
            "are `reasoning_content` in `additional_kwargs`. When absent the model decides, and "
            "they are not shown."},
    {.name = "options",
     .type = OPTION_JSON,
     .offset = FIELD(options),
     .schema = "{\"type\":\"object\"}",
     .doc = "Further `options` of the request, such as `mirostat`."},
    {.name = "extra_body",
     .type = OPTION_JSON,
     .offset = FIELD(extra_body),
     .schema = "{\"type\":\"object\"}",
     .doc = "Further members of the request's body."},
    HTTP_ROWS,
    {.name = NULL},
};

static const struct http_parameter parameters[] = {
    {"keep_alive", "keep_alive"}, {"format", "format"}, {"reasoning", "think"}, {.name = NULL}};

static const struct http_parameter in_options[] = {
    {"temperature", "temperature"},
    {"top_p", "top_p"},
    {"top_k", "top_k"},
    {"seed", "seed"},
    {"stop", "stop"},
    {"num_predict", "num_predict"},
    {"num_ctx", "num_ctx"},
    {"repeat_penalty", "repeat_penalty"},
    {.name = NULL},
};

static const struct http_defaults defaults = {
    .url = OLLAMA_BASE_URL,
    .key_variable = "OLLAMA_API_KEY",
    .example = "http://host:11434",
};

/* OLLAMA_HOST, which may be a host alone, or NULL. */
static const char *url_of_environment(struct arena *arena)
{
    const char *host = getenv("OLLAMA_HOST");
    if (!host || !*host)
        return NULL;
    if (strstr(host, "://"))
        return host;
    size_t len = strcspn(host, "/");
    const char *bracket = memchr(host, ']', len); /* of an IPv6 address, whose colons are its own */
    const char *from = bracket ? bracket : host;
    bool port = memchr(from, ':', len - (size_t)(from - host)) != NULL;
    return arena_printf(arena, "http://%s%.*s%s%s", *host == ':' ? "127.0.0.1" : "", (int)len, host,
                        port ? "" : ":11434", host + len);
}

static json_t *body_of(const struct node *map, const struct fields *fields)
{
    json_t *body = json_object(), *options = json_object();
    http_add_parameters(body, ollama_model_options, parameters, map, fields);
    http_add_parameters(options, ollama_model_options, in_options, map, fields);
    if (json_is_object(fields->options))
        json_object_update(options, fields->options);
    if (json_object_size(options) > 0)
        json_object_set(body, "options", options);
    json_decref(options);
    if (json_is_object(fields->extra_body))
        json_object_update(body, fields->extra_body);
    return body;
}

struct runnable *provider_ollama(struct builder *builder, const struct node *map)
{
    struct fields fields = {0};
    options_read(ollama_model_options, map, &fields, model_common_keys, "model", builder->arena,
                 builder->problems);
    http_check_values(builder, ollama_model_options, map);
    if (!fields.http.base_url)
        fields.http.base_url = url_of_environment(builder->arena);
    struct model_options options = http_model_options_of(builder, map, &fields.http, &defaults);
    json_auto_t *body = body_of(map, &fields);
    options.parameters = body;
    return options.model ? ollama_new(&options) : NULL;
}

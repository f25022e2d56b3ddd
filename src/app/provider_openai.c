#include "app/provider_openai.h"

#include <stdlib.h>
#include <string.h>

#include "app/provider_http.h"
#include "app/providers.h"
#include "models/openai.h"

struct fields {
    struct http_fields http;
    double temperature, top_p, presence_penalty, frequency_penalty;
    int64_t max_tokens, seed, n, top_logprobs;
    bool logprobs, stream_usage;
    json_t *logit_bias, *extra_body;
    struct option_strings stop;
    const char *reasoning_effort, *service_tier, *deployment, *api_version;
};

#define FIELD(member) offsetof(struct fields, member)

const struct option openai_model_options[] = {
    {.name = "model",
     .also = "model_name",
     .type = OPTION_STRING,
     .offset = FIELD(http.model),
     .fallback = OPENAI_DEFAULT_MODEL,
     .doc = "The model's name; of a model of texts `gpt-3.5-turbo-instruct`, when absent."},
    {.name = "api_key",
     .also = "openai_api_key",
     .type = OPTION_STRING,
     .offset = FIELD(http.api_key),
     .secret = true,
     .doc = "The key, best as `${NAME}`; `OPENAI_API_KEY` of the environment when absent."},
    {.name = "base_url",
     .also = "openai_api_base",
     .type = OPTION_STRING,
     .offset = FIELD(http.base_url),
     .doc = "The API's address, with `/v1`; `OPENAI_BASE_URL` of the environment, or OpenAI's, "
            "when absent."},
    {.name = "temperature",
     .type = OPTION_REAL,
     .offset = FIELD(temperature),
     .min = 0,
     .max = 2,
     .doc = "Sampling temperature; of a model of texts 0.7, when absent."},
    {.name = "top_p",
     .type = OPTION_REAL,
     .offset = FIELD(top_p),
     .min = 0,
     .max = 1,
     .doc = "Nucleus sampling."},
    {.name = "max_tokens",
     .type = OPTION_INT,
     .offset = FIELD(max_tokens),
     .min = 1,
     .max = 1e9,
     .doc = "Most tokens of an answer (sent as `max_completion_tokens`); of a model of texts 256, "
            "when absent."},
    {.name = "stop",
     .type = OPTION_STRING_LIST,
     .offset = FIELD(stop),
     .doc = "Texts before which the answer ends."},
    {.name = "seed",
     .type = OPTION_INT,
     .offset = FIELD(seed),
     .min = -9e15,
     .max = 9e15,
     .doc = "Seed for repeatable sampling, where the model has it."},
    {.name = "presence_penalty",
     .type = OPTION_REAL,
     .offset = FIELD(presence_penalty),
     .min = -2,
     .max = 2,
     .doc = "Penalty on tokens that occurred."},
    {.name = "frequency_penalty",
     .type = OPTION_REAL,
     .offset = FIELD(frequency_penalty),
     .min = -2,
     .max = 2,
     .doc = "Penalty on tokens by how often they occurred."},
    {.name = "logit_bias",
     .type = OPTION_JSON,
     .offset = FIELD(logit_bias),
     .schema = "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\"}}",
     .doc = "Bias by token id."},
    {.name = "n",
     .type = OPTION_INT,
     .offset = FIELD(n),
     .min = 1,
     .max = 128,
     .doc = "How many answers are made; the first one counts."},
    {.name = "logprobs",
     .type = OPTION_BOOL,
     .offset = FIELD(logprobs),
     .doc =
         "Whether log probabilities come with the answer, in `response_metadata`; not of a model "
         "of texts."},
    {.name = "top_logprobs",
     .type = OPTION_INT,
     .offset = FIELD(top_logprobs),
     .min = 0,
     .max = 20,
     .doc = "How many alternatives are listed for each token."},
    {.name = "reasoning_effort",
     .type = OPTION_STRING,
     .offset = FIELD(reasoning_effort),
     .doc = "How much a reasoning model thinks: `minimal`, `low`, `medium`, `high`, …"},
    {.name = "service_tier",
     .type = OPTION_STRING,
     .offset = FIELD(service_tier),
     .doc = "OpenAI's service tier: `auto`, `default`, `flex`, `priority`."},
    {.name = "extra_body",
     .type = OPTION_JSON,
     .offset = FIELD(extra_body),
     .schema = "{\"type\":\"object\"}",
     .doc = "Further members of the request's body."},
    {.name = "stream_usage",
     .type = OPTION_BOOL,
     .offset = FIELD(stream_usage),
     .doc = "Whether streams are asked for their token usage; when absent: only OpenAI's own."},
    {.name = "deployment",
     .type = OPTION_STRING,
     .offset = FIELD(deployment),
     .doc = "Of `provider: azure`, and required there: the deployment's name."},
    {.name = "api_version",
     .type = OPTION_STRING,
     .offset = FIELD(api_version),
     .doc = "Of `provider: azure`: the API's version, such as `2024-10-21`; `OPENAI_API_VERSION` "
            "of the environment when absent."},
    HTTP_ROWS,
    {.name = NULL},
};

/* The APIs. */
enum api { API_CHAT, API_TEXT, API_AZURE };

/* The options that are members of the request's body, and their names there for both APIs; NULL:
 * it has none. */
static const struct parameter {
    const char *name, *in_body[2];
} parameters[] = {
    {"temperature", {"temperature", "temperature"}},
    {"top_p", {"top_p", "top_p"}},
    {"max_tokens", {"max_completion_tokens", "max_tokens"}},
    {"stop", {"stop", "stop"}},
    {"seed", {"seed", "seed"}},
    {"presence_penalty", {"presence_penalty", "presence_penalty"}},
    {"frequency_penalty", {"frequency_penalty", "frequency_penalty"}},
    {"logit_bias", {"logit_bias", "logit_bias"}},
    {"n", {"n", "n"}},
    {"logprobs", {"logprobs", NULL}},
    {"top_logprobs", {"top_logprobs", "logprobs"}},
    {"reasoning_effort", {"reasoning_effort", NULL}},
    {"service_tier", {"service_tier", NULL}},
};

static json_t *body_parameters(struct builder *builder, const struct node *map,
                               const struct fields *fields, enum api api)
{
    /* OpenAI's own default is 16 tokens: these are LangChain's. */
    json_t *body = api == API_TEXT ? json_pack("{s:f,s:i}", "temperature", 0.7, "max_tokens", 256)
                                   : json_object();
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        const char *name = parameters[i].name, *in_body = parameters[i].in_body[api == API_TEXT];
        if (node_says(map, name) && !in_body)
            problems_error(builder->problems, node_get(map, name)->place,
                           "%s: completions of texts have no such parameter", name);
        else if (node_says(map, name))
            json_object_set_new(body, in_body,
                                http_field_value(openai_model_options, name, fields));
    }
    if (json_is_object(fields->extra_body))
        json_object_update(body, fields->extra_body);
    return body;
}

static const struct http_defaults defaults = {
    .url_variable = "OPENAI_BASE_URL",
    .url = OPENAI_BASE_URL,
    .key_variable = "OPENAI_API_KEY",
    .example = "https://host/v1",
    .needs_key = true,
};

static const struct http_defaults azure_defaults = {
    .url_variable = "AZURE_OPENAI_ENDPOINT",
    .key_variable = "AZURE_OPENAI_API_KEY",
    .example = "https://name.openai.azure.com",
    .needs_key = true,
};

/* Whether the text is one that stands in an address as it is. */
static bool is_plain(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._-";
    return *text && text[strspn(text, letters)] == '\0';
}

/* Tells of options that only Azure has. */
static void refuse_azure(struct builder *builder, const struct node *map)
{
    static const char *const names[] = {"deployment", "api_version"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (node_says(map, names[i]))
            problems_error(builder->problems, node_get(map, names[i])->place,
                           "%s: only `provider: azure` has it", names[i]);
}

/* Gives each endpoint the address of its deployment: the one of that name, or of what the endpoint
 * calls the model. */
static void place_deployments(struct builder *builder, const struct node *map, const char *name,
                              struct model_options *options)
{
    size_t count = options->endpoint_count;
    struct model_endpoint *placed = arena_zalloc(builder->arena, count * sizeof *placed);
    for (size_t i = 0; i < count; i++) {
        placed[i] = options->endpoints[i];
        const char *own = placed[i].model ? placed[i].model : name;
        if (!own || !is_plain(own))
            problems_error(builder->problems, map->place,
                           "deployment: expected the name of an Azure deployment");
        placed[i].base_url = arena_printf(builder->arena, "%s/openai/deployments/%s",
                                          placed[i].base_url, own ? own : "");
    }
    options->endpoints = placed;
}

/* The address of a deployment, and what each of its requests ends in. */
static void deploy(struct builder *builder, const struct node *map, struct fields *fields,
                   struct model_options *options)
{
    const char *version = fields->api_version ? fields->api_version : getenv("OPENAI_API_VERSION");
    const char *name = fields->deployment;
    bool asked = !builder->unrouted && !tape_plays(options->tape.tape);
    if (version ? !is_plain(version) : asked)
        problems_error(builder->problems, map->place,
                       "api_version: expected a version such as 2024-10-21, here or in "
                       "OPENAI_API_VERSION");
    place_deployments(builder, map, name, options);
    options->query = arena_printf(builder->arena, "?api-version=%s", version ? version : "");
    if (!node_says(map, "model") && name)
        options->model = name;
}

static struct runnable *make(const struct model_options *options, enum api api)
{
    switch (api) {
    case API_TEXT: return openai_text_new(options);
    case API_AZURE: return openai_azure_new(options);
    default: return openai_new(options);
    }
}

static struct runnable *build(struct builder *builder, const struct node *map, enum api api)
{
    struct fields fields = {0};
    options_read(openai_model_options, map, &fields, model_common_keys, "model", builder->arena,
                 builder->problems);
    http_check_values(builder, openai_model_options, map);
    struct model_options options =
        http_model_options_of(builder, map, &fields.http,
                              api == API_AZURE ? &azure_defaults : &defaults);
    json_auto_t *body = body_parameters(builder, map, &fields, api);
    options.parameters = body;
    options.stream_usage = node_says(map, "stream_usage")
                               ? fields.stream_usage
                               : api == API_AZURE || http_all_at(&options, OPENAI_BASE_URL);
    if (api == API_TEXT && !node_says(map, "model"))
        options.model = OPENAI_DEFAULT_TEXT_MODEL;
    if (api == API_AZURE)
        deploy(builder, map, &fields, &options);
    else
        refuse_azure(builder, map);
    return make(&options, api);
}

struct runnable *provider_openai(struct builder *builder, const struct node *map)
{
    return build(builder, map, API_CHAT);
}

struct runnable *provider_azure(struct builder *builder, const struct node *map)
{
    return build(builder, map, API_AZURE);
}

struct runnable *provider_openai_completion(struct builder *builder, const struct node *map)
{
    return build(builder, map, API_TEXT);
}

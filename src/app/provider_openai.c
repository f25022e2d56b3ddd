#include "app/provider_openai.h"

#include <stdlib.h>
#include <string.h>

#include "app/providers.h"
#include "models/openai.h"

struct fields {
    const char *model, *api_key, *base_url;
    double temperature, top_p, presence_penalty, frequency_penalty;
    int64_t max_tokens, seed, n, top_logprobs;
    bool logprobs, stream_usage;
    json_t *logit_bias, *extra_body;
    struct option_strings stop;
    const char *reasoning_effort, *service_tier;
    int64_t max_retries, timeout, connect_timeout, first_byte_timeout, idle_timeout;
};

#define FIELD(member) offsetof(struct fields, member)

const struct option openai_model_options[] = {
    {.name = "model",
     .type = OPTION_STRING,
     .offset = FIELD(model),
     .fallback = OPENAI_DEFAULT_MODEL,
     .doc = "The model's name; of a model of texts `gpt-3.5-turbo-instruct`, when absent."},
    {.name = "api_key",
     .type = OPTION_STRING,
     .offset = FIELD(api_key),
     .secret = true,
     .doc = "The key, best as `${NAME}`; `OPENAI_API_KEY` of the environment when absent."},
    {.name = "base_url",
     .type = OPTION_STRING,
     .offset = FIELD(base_url),
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
    {.name = "max_retries",
     .type = OPTION_INT,
     .offset = FIELD(max_retries),
     .fallback = "2",
     .min = 0,
     .max = 100,
     .doc = "Further attempts after a 429, a 5xx or a failed connection, with growing waits; "
            "`Retry-After` is honoured. Nothing is repeated once a stream has begun."},
    {.name = "timeout",
     .type = OPTION_DURATION,
     .offset = FIELD(timeout),
     .fallback = "10m",
     .min = 1,
     .max = 864e5,
     .doc = "The longest an attempt may take in all."},
    {.name = "connect_timeout",
     .type = OPTION_DURATION,
     .offset = FIELD(connect_timeout),
     .fallback = "10s",
     .min = 1,
     .max = 864e5,
     .doc = "Time to connect, TLS included."},
    {.name = "first_byte_timeout",
     .type = OPTION_DURATION,
     .offset = FIELD(first_byte_timeout),
     .fallback = "5m",
     .min = 1,
     .max = 864e5,
     .doc = "Time until the answer begins."},
    {.name = "idle_timeout",
     .type = OPTION_DURATION,
     .offset = FIELD(idle_timeout),
     .fallback = "60s",
     .min = 1,
     .max = 864e5,
     .doc = "The longest pause between two pieces of an answer."},
    {.name = NULL},
};

/* The two APIs. */
enum api { API_CHAT, API_TEXT };

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

/* The value of a row's field (new reference); NULL when there is none. */
static json_t *field_value(const struct option *row, const struct fields *fields)
{
    const void *field = (const char *)fields + row->offset;
    switch (row->type) {
    case OPTION_REAL: return json_real(*(const double *)field);
    case OPTION_INT: return json_integer(*(const int64_t *)field);
    case OPTION_BOOL: return json_boolean(*(const bool *)field);
    case OPTION_STRING: return json_string(*(const char *const *)field);
    case OPTION_STRING_LIST: return option_strings_json(field);
    default: return json_incref(*(json_t *const *)field);
    }
}

static const struct option *row_of(const char *name)
{
    const struct option *row = openai_model_options;
    while (strcmp(row->name, name) != 0)
        row++;
    return row;
}

static bool is_said(const struct node *map, const char *name)
{
    const struct node *node = node_get(map, name);
    return node && node->kind != NODE_NULL;
}

static json_t *body_parameters(struct builder *builder, const struct node *map,
                               const struct fields *fields, enum api api)
{
    /* OpenAI's own default is 16 tokens: these are LangChain's. */
    json_t *body = api == API_TEXT ? json_pack("{s:f,s:i}", "temperature", 0.7, "max_tokens", 256)
                                   : json_object();
    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        const char *name = parameters[i].name, *in_body = parameters[i].in_body[api];
        if (is_said(map, name) && !in_body)
            problems_error(builder->problems, node_get(map, name)->place,
                           "%s: completions of texts have no such parameter", name);
        else if (is_said(map, name))
            json_object_set_new(body, in_body, field_value(row_of(name), fields));
    }
    if (json_is_object(fields->extra_body))
        json_object_update(body, fields->extra_body);
    return body;
}

/* A variable of the environment that holds something. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* The place of an option in messages: its own, or the model's where it is absent. */
static struct place place_of(const struct node *map, const char *name)
{
    const struct node *node = node_get(map, name);
    return node ? node->place : map->place;
}

static const char *choose_url(struct builder *builder, const struct node *map, const char *given)
{
    const char *url = given ? given : environment("OPENAI_BASE_URL");
    if (!url)
        return OPENAI_BASE_URL;
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
        strpbrk(url, " \t\r\n?#"))
        problems_error(builder->problems, place_of(map, "base_url"),
                       "base_url: expected an address such as https://host/v1");
    size_t len = strlen(url);
    return len > 0 && url[len - 1] == '/' ? arena_strndup(builder->arena, url, len - 1) : url;
}

static const char *choose_key(struct builder *builder, const struct node *map, const char *given,
                              const char *url)
{
    const char *key = given ? given : environment("OPENAI_API_KEY");
    if (!key && strcmp(url, OPENAI_BASE_URL) == 0 && !builder->unrouted)
        problems_error(builder->problems, map->place,
                       "no API key: set OPENAI_API_KEY, or `api_key: ${NAME}` here");
    for (const char *c = key; c && *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f) {
            problems_error(builder->problems, place_of(map, "api_key"),
                           "api_key: a key holds no blanks, line ends or other letters than "
                           "ASCII's");
            return NULL;
        }
    return key;
}

static struct runnable *build(struct builder *builder, const struct node *map, enum api api)
{
    struct fields fields = {0};
    options_read(openai_model_options, map, &fields, model_common_keys, "model", builder->arena,
                 builder->problems);
    const char *url = choose_url(builder, map, fields.base_url);
    json_auto_t *body = body_parameters(builder, map, &fields, api);
    const struct openai_options options = {
        .base_url = url,
        .api_key = choose_key(builder, map, fields.api_key, url),
        .model =
            api == API_TEXT && !is_said(map, "model") ? OPENAI_DEFAULT_TEXT_MODEL : fields.model,
        .parameters = body,
        .stream_usage =
            is_said(map, "stream_usage") ? fields.stream_usage : strcmp(url, OPENAI_BASE_URL) == 0,
        .max_retries = fields.max_retries,
        .timeouts = {.connect = fields.connect_timeout,
                     .first_byte = fields.first_byte_timeout,
                     .idle = fields.idle_timeout,
                     .total = fields.timeout},
    };
    return api == API_TEXT ? openai_text_new(&options) : openai_new(&options);
}

struct runnable *provider_openai(struct builder *builder, const struct node *map)
{
    return build(builder, map, API_CHAT);
}

struct runnable *provider_openai_completion(struct builder *builder, const struct node *map)
{
    return build(builder, map, API_TEXT);
}

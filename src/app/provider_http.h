/* What the options of all providers that are asked by HTTP have in common. */
#pragma once

#include "app/builder.h"
#include "models/http_model.h"
#include "yaml/option.h"

/* First in the struct that a provider's table of options fills. */
struct http_fields {
    const char *model, *api_key, *base_url;
    const char *record, *replay;
    bool replay_timing;
    int64_t max_retries, timeout, connect_timeout, first_byte_timeout, idle_timeout;
    const struct node *price;
    struct option_strings api_keys;
    const struct node *endpoints, *breaker, *hedge;
};

/* The rows of retries, time limits, endpoints, prices and tapes. */
#define HTTP_ROWS                                                                                \
    {.name = "max_retries",                                                                      \
     .type = OPTION_INT,                                                                         \
     .offset = offsetof(struct http_fields, max_retries),                                        \
     .fallback = "2",                                                                            \
     .min = 0,                                                                                   \
     .max = 100,                                                                                 \
     .doc = "Further attempts after a 429, a 5xx or a failed connection, with growing waits; "   \
            "`Retry-After` is honoured. Nothing is repeated once a stream has begun."},          \
        {.name = "timeout",                                                                      \
         .also = "request_timeout",                                                              \
         .type = OPTION_DURATION,                                                                \
         .offset = offsetof(struct http_fields, timeout),                                        \
         .fallback = "10m",                                                                      \
         .min = 1,                                                                               \
         .max = 864e5,                                                                           \
         .doc = "The longest an attempt may take in all."},                                      \
        {.name = "connect_timeout",                                                              \
         .type = OPTION_DURATION,                                                                \
         .offset = offsetof(struct http_fields, connect_timeout),                                \
         .fallback = "10s",                                                                      \
         .min = 1,                                                                               \
         .max = 864e5,                                                                           \
         .doc = "Time to connect, TLS included."},                                               \
        {.name = "first_byte_timeout",                                                           \
         .type = OPTION_DURATION,                                                                \
         .offset = offsetof(struct http_fields, first_byte_timeout),                             \
         .fallback = "5m",                                                                       \
         .min = 1,                                                                               \
         .max = 864e5,                                                                           \
         .doc = "Time until the answer begins."},                                                \
        {.name = "idle_timeout",                                                                 \
         .type = OPTION_DURATION,                                                                \
         .offset = offsetof(struct http_fields, idle_timeout),                                   \
         .fallback = "60s",                                                                      \
         .min = 1,                                                                               \
         .max = 864e5,                                                                           \
         .doc = "The longest pause between two pieces of an answer."},                           \
        {.name = "price",                                                                        \
         .type = OPTION_NODE,                                                                    \
         .offset = offsetof(struct http_fields, price),                                          \
         .schema = "{\"$ref\":\"#/$defs/price\"}",                                               \
         .doc = "What a million tokens cost: `{input: 0.15, output: 0.60}`. Without it: what "   \
                "[prices](#prices) says of the model's name."},                                  \
        {.name = "record",                                                                       \
         .type = OPTION_STRING,                                                                  \
         .offset = offsetof(struct http_fields, record),                                         \
         .fixed = true,                                                                          \
         .doc = "A file to which each exchange with the provider is added, keys left out. "      \
                "Empty: none. [testing.md](testing.md) says more."},                             \
        {.name = "replay",                                                                       \
         .type = OPTION_STRING,                                                                  \
         .offset = offsetof(struct http_fields, replay),                                         \
         .fixed = true,                                                                          \
         .doc = "A file that was recorded: answers come from it, and nobody is asked. "          \
                "Empty: none."},                                                                 \
        {.name = "replay_timing",                                                                \
         .type = OPTION_BOOL,                                                                    \
         .offset = offsetof(struct http_fields, replay_timing),                                  \
         .fixed = true,                                                                          \
         .doc = "With `replay`: whether answers take the time they took, or none."},             \
        {.name = "api_keys",                                                                     \
         .type = OPTION_STRING_LIST,                                                             \
         .offset = offsetof(struct http_fields, api_keys),                                       \
         .fixed = true,                                                                          \
         .secret = true,                                                                         \
         .doc = "Several keys instead of `api_key`, which are used in turn."},                   \
        {.name = "hedge",                                                                        \
         .type = OPTION_NODE,                                                                    \
         .offset = offsetof(struct http_fields, hedge),                                          \
         .fixed = true,                                                                          \
         .schema = "{\"$ref\":\"#/$defs/hedge\"}",                                               \
         .doc = "When a question is put a second time: see [hedge](#hedge)."},                   \
        {.name = "endpoints",                                                                    \
         .type = OPTION_NODE,                                                                    \
         .offset = offsetof(struct http_fields, endpoints),                                      \
         .fixed = true,                                                                          \
         .schema = "{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/"           \
                   "endpoint\"}}",                                                               \
         .doc = "Several places where the model is: see [endpoint](#endpoint)."},                \
    {                                                                                            \
        .name = "breaker", .type = OPTION_NODE, .offset = offsetof(struct http_fields, breaker), \
        .fixed = true, .schema = "{\"$ref\":\"#/$defs/breaker\"}",                               \
        .doc = "When an endpoint is left alone for a while: see [breaker](#breaker). Where "     \
               "there is one endpoint, only if this is there."                                   \
    }

/* Where a provider is, when a mapping does not say it. */
struct http_defaults {
    const char *url_variable; /* of the environment, or NULL */
    const char *url;          /* the provider's own address; NULL: it must be said */
    const char *key_variable;
    const char *example; /* an address as it is written */
    bool needs_key;      /* at its own address */
};

/* An option that is a member of the request's body, and its name there. */
struct http_parameter {
    const char *name, *in_body;
};

/* The value that the table's row `name` has in `fields` (new reference). */
json_t *http_field_value(const struct option *table, const char *name, const void *fields);

/* Puts the options that `map` has into `body`; `parameters` ends with a NULL name. */
void http_add_parameters(json_t *body, const struct option *table,
                         const struct http_parameter *parameters, const struct node *map,
                         const void *fields);

/* Whether answers come from a file, so that neither an address nor a key is needed. */
bool http_replays(const struct http_fields *fields);

/* The address of the option base_url (`given`; NULL: of the environment, or the provider's own).
 * That there is none is told, unless it is `not_needed`. */
const char *http_choose_url(struct builder *builder, const struct node *map, const char *given,
                            bool not_needed, const struct http_defaults *defaults);

/* The key of the option api_key (NULL: of the environment) for that address, or NULL. */
const char *http_choose_key(struct builder *builder, const struct node *map, const char *given,
                            const char *url, bool replays, const struct http_defaults *defaults);

/* A key of the option `name`, which may be NULL; NULL, and told, when it can be none. */
const char *http_check_key(struct builder *builder, const struct node *map, const char *name,
                           const char *key);

/* Tells of options of any value whose value is not what their schema says. */
void http_check_values(struct builder *builder, const struct option *table, const struct node *map);

/* Whether all endpoints are at that address. */
bool http_all_at(const struct model_options *options, const char *url);

/* Addresses, keys, model and limits; what is wrong with them is told.  The texts are the builder's or
 * the environment's. */
struct model_options http_model_options_of(struct builder *builder, const struct node *map,
                                           const struct http_fields *fields,
                                           const struct http_defaults *defaults);

#include "app/provider_http.h"

#include <stdlib.h>
#include <string.h>

#include "app/build_file.h"
#include "app/build_price.h"
#include "app/provider_endpoints.h"
#include "base/json.h"
#include "base/url.h"
#include "schema/validate.h"

json_t *http_field_value(const struct option *table, const char *name, const void *fields)
{
    const struct option *row = table;
    while (strcmp(row->name, name) != 0)
        row++;
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

void http_add_parameters(json_t *body, const struct option *table,
                         const struct http_parameter *parameters, const struct node *map,
                         const void *fields)
{
    for (; parameters->name; parameters++)
        if (node_says(map, parameters->name))
            json_object_set_new(body, parameters->in_body,
                                http_field_value(table, parameters->name, fields));
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

static bool is_set(const char *text)
{
    return text && *text;
}

/* Whether each of the endpoints says where it is. */
static bool all_have_url(const struct node *endpoints)
{
    bool all = endpoints && endpoints->kind == NODE_LIST && endpoints->as.list.count > 0;
    for (size_t i = 0; all && i < endpoints->as.list.count; i++) {
        const struct node *item = endpoints->as.list.items[i];
        all = item->kind == NODE_MAP && node_says(item, "base_url");
    }
    return all;
}

bool http_replays(const struct http_fields *fields)
{
    return is_set(fields->replay);
}

const char *http_choose_url(struct builder *builder, const struct node *map, const char *given,
                            bool not_needed, const struct http_defaults *defaults)
{
    const char *named = defaults->url_variable;
    const char *url = given || !named ? given : environment(named);
    if (!url && !defaults->url && !not_needed && !builder->unrouted)
        problems_error(builder->problems, map->place, "no address: set %s, or `base_url: %s` here",
                       named, defaults->example);
    if (!url)
        return defaults->url ? defaults->url : defaults->example;
    if (!url_is_http(url))
        problems_error(builder->problems, place_of(map, "base_url"),
                       "base_url: expected an address such as %s", defaults->example);
    size_t len = strlen(url);
    return len > 0 && url[len - 1] == '/' ? arena_strndup(builder->arena, url, len - 1) : url;
}

const char *http_check_key(struct builder *builder, const struct node *map, const char *name,
                           const char *key)
{
    for (const char *c = key; c && *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f) {
            problems_error(builder->problems, place_of(map, name),
                           "%s: a key holds no blanks, line ends or other letters than ASCII's",
                           name);
            return NULL;
        }
    return key;
}

const char *http_choose_key(struct builder *builder, const struct node *map, const char *given,
                            const char *url, bool replays, const struct http_defaults *defaults)
{
    const char *key = given || builder->foreign ? given : environment(defaults->key_variable);
    bool own = !defaults->url || strcmp(url, defaults->url) == 0;
    if (!key && defaults->needs_key && !replays && own && !builder->unrouted)
        problems_error(builder->problems, map->place,
                       "no API key: set %s, or `api_key: ${NAME}` here", defaults->key_variable);
    return http_check_key(builder, map, "api_key", key);
}

/* Whether `value` is what the option's schema says; else *errors say why not. */
static bool fits(const struct option *row, json_t *value, json_t **errors)
{
    char why[256];
    struct validator *validator = NULL;
    json_auto_t *schema = json_loads(row->schema, 0, NULL);
    enum ls_err err = validator_compile(&validator, schema, NULL, why);
    if (!err)
        err = validator_check(validator, value, errors);
    validator_free(&validator);
    return !err;
}

void http_check_values(struct builder *builder, const struct option *table, const struct node *map)
{
    for (const struct option *row = table; row->name; row++) {
        const struct node *node = row->schema ? node_get(map, row->name) : NULL;
        if (row->type != OPTION_JSON || !node || node->kind == NODE_NULL)
            continue;
        json_auto_t *value = node_to_json(node), *errors = NULL;
        if (!fits(row, value, &errors))
            problems_error(builder->problems, node->place, "%s: %s", row->name,
                           json_get_string(json_array_get(errors, 0), "error"));
    }
}

bool http_all_at(const struct model_options *options, const char *url)
{
    bool all = true;
    for (size_t i = 0; i < options->endpoint_count; i++)
        all &= strcmp(options->endpoints[i].base_url, url) == 0;
    return all;
}

/* The tape that a model records to or plays. */
static struct tape_use choose_tape(struct builder *builder, const struct node *map,
                                   const struct http_fields *fields)
{
    char why[256];
    const char *fault = NULL;
    struct tape_use use = {.timed = fields->replay_timing};
    bool records = is_set(fields->record), plays = is_set(fields->replay);
    struct place place = place_of(map, plays ? "replay" : "record");
    const char *name = plays ? fields->replay : fields->record;
    if (!records && !plays)
        return use;
    const char *path = build_path(builder, name, place);
    if (records && plays)
        problems_error(builder->problems, place, "replay: what is replayed is not recorded");
    else if (plays && !(use.tape = tape_play(path, why, sizeof why)))
        problems_error(builder->problems, place, "replay: %s: %s", path, why);
    else if (records && !(use.tape = tape_record(path, &fault)))
        problems_error(builder->problems, place, "record: %s cannot be written: %s", path, fault);
    return use;
}

struct model_options http_model_options_of(struct builder *builder, const struct node *map,
                                           const struct http_fields *fields,
                                           const struct http_defaults *defaults)
{
    struct price price = {0};
    bool has_price = build_price(builder->arena, builder->problems, fields->price, &price);
    struct model_options options = {
        .has_price = has_price,
        .price = price,
        .prices = builder->prices,
        .base_url =
            http_choose_url(builder, map, fields->base_url,
                            http_replays(fields) || all_have_url(fields->endpoints), defaults),
        .public_only = builder->foreign,
        .model = fields->model,
        .max_retries = fields->max_retries,
        .timeouts = {.connect = fields->connect_timeout,
                     .first_byte = fields->first_byte_timeout,
                     .idle = fields->idle_timeout,
                     .total = fields->timeout},
        .tape = choose_tape(builder, map, fields),
    };
    http_endpoints_read(builder, map, fields, defaults, &options);
    builder->asks |= !tape_plays(options.tape.tape);
    return options;
}

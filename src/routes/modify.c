#include "routes/modify.h"

#include "gates/api_key.h"
#include "routes/config.h"
#include "routes/reply.h"

/* Adds to *errors what is wrong with a value, at the place it has in a config. */
static void add_errors(json_t *errors, json_t *found, const struct config_source *source)
{
    size_t i;
    json_t *error;
    json_array_foreach(found, i, error) {
        json_t *loc = json_object_get(error, "loc");
        if (source->member)
            json_array_insert_new(loc, 0, json_string(source->member));
        json_array_insert_new(loc, 0, json_string(source->key));
    }
    json_array_extend(errors, found);
    json_decref(found);
}

static void set_value(json_t *set, const struct config_source *source, json_t *value)
{
    if (!source->member) {
        json_object_set_new(set, source->key, value);
        return;
    }
    if (!json_object_get(set, source->key))
        json_object_set_new(set, source->key, json_object());
    json_object_set_new(json_object_get(set, source->key), source->member, value);
}

/* The text that was sent, or what is known of the caller (new reference); NULL: nothing. */
static json_t *value_of(const struct http_request *request, const struct config_source *source)
{
    size_t len;
    if (source->caller != CALLER_NONE && !request->caller)
        return NULL;
    if (source->caller == CALLER_NAME)
        return json_string(request->caller->name);
    if (source->caller == CALLER_SCOPES)
        return api_key_scopes(request->caller);
    const char *value = sent_value(request, &source->sent, &len);
    return value ? sent_json(value, len) : NULL;
}

static void read_source(const struct http_request *request, const struct config_source *source,
                        json_t *set, json_t *errors)
{
    json_auto_t *value = value_of(request, source);
    if (!value && source->required)
        sent_add_missing(errors, &source->sent);
    if (!value)
        return;
    json_t *decoded = NULL, *found = NULL;
    if (schema_decode(source->schema, value, &decoded, &found) == LS_OK)
        set_value(set, source, decoded);
    else
        add_errors(errors, found, source);
}

/* Whether the request is free of what the route denies; a header without a value counts as not
 * sent.  False: answered. */
static bool is_allowed(const struct route *route, struct http_exchange *exchange)
{
    const struct config_modifier *modifier = route->modifier;
    for (size_t i = 0; i < modifier->deny_count; i++) {
        const struct sent_rule *rule = &modifier->deny[i];
        size_t len = 0;
        const char *value = sent_value(http_request(exchange), &rule->sent, &len);
        if (value && len > 0 && sent_matches(rule, value, len)) {
            reply_sentence(exchange, route->errors, LS_BAD_INPUT, rule->status, rule->detail);
            return false;
        }
    }
    return true;
}

/* `decoded` with the ids of `configurable` that no schema names: the app says them and not a client,
 * for lambdas and other servers. */
static json_t *with_unnamed(json_t *decoded, const json_t *set, struct arena *arena)
{
    json_t *said = json_object_get(set, "configurable");
    if (json_object_size(said) == 0)
        return decoded;
    json_t *whole = arena_give_json(arena, decoded ? json_copy(decoded) : json_object());
    json_t *named = json_object_get(whole, "configurable");
    json_t *both = named ? json_copy(named) : json_object();
    json_object_update_missing(both, said);
    json_object_set_new(whole, "configurable", both);
    return whole;
}

/* Puts what headers and cookies say over *config. */
static bool apply_sources(const struct route *route, struct http_exchange *exchange,
                          json_t **config)
{
    const struct config_modifier *modifier = route->modifier;
    json_auto_t *set = json_object();
    json_t *errors = json_array(), *decoded = NULL;
    for (size_t i = 0; i < modifier->source_count; i++)
        read_source(http_request(exchange), &modifier->sources[i], set, errors);
    bool well = json_array_size(errors) == 0;
    if (well) {
        json_decref(errors);
        errors = NULL;
        well =
            config_decode(route->modified, set, http_arena(exchange), &decoded, &errors) == LS_OK;
    }
    if (well)
        *config = config_merge(*config, with_unnamed(decoded, set, http_arena(exchange)),
                               http_arena(exchange));
    else
        reply_invalid(exchange, route->errors, errors);
    return well;
}

/* Lets the program's function change a copy of *config. */
static bool apply_function(const struct route *route, struct http_exchange *exchange,
                           json_t **config)
{
    const struct config_modifier *modifier = route->modifier;
    char why[512] = "";
    json_auto_t *copy = *config ? json_deep_copy(*config) : json_object();
    json_t *errors = NULL;
    int status = modifier->modify(modifier->owner, http_request(exchange), copy, why, sizeof why);
    if (status == 0 &&
        config_decode(route->modified, copy, http_arena(exchange), config, &errors) == LS_OK) {
        *config = with_unnamed(*config, copy, http_arena(exchange));
        return true;
    }
    if (errors)
        reply_invalid(exchange, route->errors, errors);
    else
        reply_sentence(exchange, route->errors, LS_BAD_INPUT,
                       status >= 400 && status <= 599 ? status : 500,
                       *why ? why : "The request was refused");
    return false;
}

bool config_modify(const struct route *route, struct http_exchange *exchange, json_t **config)
{
    if (!route->modifier)
        return true;
    return is_allowed(route, exchange) && apply_sources(route, exchange, config) &&
           (!route->modifier->modify || apply_function(route, exchange, config));
}

#include "routes/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "routes/invalid.h"
#include "run/configurable.h"

const char *const config_key_names[] = {
    "configurable",    "tags",   "metadata", "callbacks", "max_concurrency",
    "recursion_limit", "run_id", NULL,
};

/* The properties as LangServe's config models show them; that of `configurable` follows from the
 * chain. */
static const char *const key_schemas[] = {
    NULL,
    "{\"default\":null,\"items\":{\"type\":\"string\"},\"title\":\"Tags\",\"type\":\"array\"}",
    "{\"additionalProperties\":true,\"default\":null,\"title\":\"Metadata\",\"type\":\"object\"}",
    "{\"anyOf\":[{\"items\":{},\"type\":\"array\"},{},{\"type\":\"null\"}],\"default\":null,"
    "\"title\":\"Callbacks\"}",
    "{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"null\"}],\"default\":null,"
    "\"title\":\"Max Concurrency\"}",
    "{\"default\":null,\"title\":\"Recursion Limit\",\"type\":\"integer\"}",
    "{\"anyOf\":[{\"format\":\"uuid\",\"type\":\"string\"},{\"type\":\"null\"}],"
    "\"default\":null,\"title\":\"Run Id\"}",
};

/* By name, as pydantic sorts its definitions and fields. */
static json_t *sorted(json_t *object)
{
    char *text = json_dumps(object, JSON_SORT_KEYS);
    json_t *copy = json_loads(text, 0, NULL);
    free(text);
    json_decref(object);
    return copy;
}

/* Adds `configurable` to the properties; the definitions it refers to, NULL when the chain reads
 * nothing of it. */
static json_t *add_configurable(const struct route *route, json_t *properties)
{
    struct config_specs specs;
    json_t *defs = NULL, *fields = json_object(), *spec;
    const char *id;
    config_specs_init(&specs);
    config_specs_of(route->runnable, &specs);
    if (json_object_size(specs.by_id) > 0)
        defs = json_object();
    json_object_foreach(specs.by_id, id, spec) {
        json_object_set(fields, id, json_object_get(spec, "property"));
        json_object_update(defs, json_object_get(spec, "defs"));
    }
    config_specs_fini(&specs);
    if (!defs) {
        json_decref(fields);
        return NULL;
    }
    json_object_set_new(defs, "Configurable",
                        json_pack("{s:o,s:s,s:s}", "properties", sorted(fields), "title",
                                  "Configurable", "type", "object"));
    json_object_set_new(properties, "configurable",
                        json_pack("{s:s,s:n}", "$ref", "#/$defs/Configurable", "default"));
    return sorted(defs);
}

json_t *config_schema(const struct route *route)
{
    json_t *properties = json_object();
    json_t *defs = add_configurable(route, properties);
    for (unsigned i = 0; config_key_names[i]; i++)
        if ((route->config_keys & (1u << i)) && key_schemas[i])
            json_object_set_new(properties, config_key_names[i],
                                json_loads(key_schemas[i], 0, NULL));
    return json_pack("{s:o*,s:o,s:o,s:s}", "$defs", defs, "properties", properties, "title",
                     runnable_title(route->runnable, "Config"), "type", "object");
}

/* The members of `given` that the route allows and knows a schema of (new reference). */
static json_t *allowed_of(const struct route *route, json_t *given)
{
    json_t *known = json_object_get(schema_json(route->config), "properties");
    json_t *allowed = json_object();
    for (unsigned i = 0; config_key_names[i]; i++) {
        json_t *value = json_object_get(given, config_key_names[i]);
        if (value && json_object_get(known, config_key_names[i]))
            json_object_set(allowed, config_key_names[i], value);
    }
    return allowed;
}

bool config_denies(const struct route *route, const json_t *given)
{
    json_t *known = json_object_get(schema_json(route->config), "properties");
    return !(route->config_keys & CONFIG_CONFIGURABLE) && json_object_get(known, "configurable") &&
           json_is_object(json_object_get(given, "configurable"));
}

static enum ls_err read_run_id(json_t *decoded, struct run_config *config, json_t **errors)
{
    json_t *id = json_object_get(decoded, "run_id");
    if (!id || json_is_null(id))
        return LS_OK;
    config->has_run_id = uuid_parse(&config->run_id, json_string_value(id));
    if (config->has_run_id)
        return LS_OK;
    *errors = json_array();
    invalid_add(*errors, "uuid_parsing", json_pack("[s]", "run_id"), "Input should be a valid UUID",
                id);
    return LS_BAD_INPUT;
}

static json_t *member(json_t *decoded, const char *key)
{
    json_t *value = json_object_get(decoded, key);
    return json_is_null(value) ? NULL : value;
}

/* The values of `configurable` that a client gave, as they were decoded.  The defaults beside them
 * are left to the chain: it may have values of its own. */
static json_t *chosen_of(json_t *decoded, json_t *given)
{
    json_t *chosen = json_object(), *value;
    const char *id;
    json_object_foreach(member(decoded, "configurable"), id, value)
        if (json_object_get(json_object_get(given, "configurable"), id))
            json_object_set(chosen, id, value);
    return chosen;
}

/* What is left for the runnables themselves. */
static json_t *rest_of(json_t *decoded, json_t *given)
{
    json_t *rest = json_object();
    if (member(decoded, "configurable"))
        json_object_set_new(rest, "configurable", chosen_of(decoded, given));
    static const char *const kept[] = {"max_concurrency", "recursion_limit", NULL};
    for (unsigned i = 0; kept[i]; i++)
        if (member(decoded, kept[i]))
            json_object_set(rest, kept[i], member(decoded, kept[i]));
    return rest;
}

enum ls_err config_read(const struct route *route, json_t *given, struct arena *arena,
                        struct run_config *config, json_t **errors)
{
    *config = (struct run_config){0};
    json_auto_t *allowed = allowed_of(route, given);
    if (json_object_size(allowed) == 0)
        return LS_OK;
    json_t *decoded = NULL;
    enum ls_err err = schema_decode(route->config, allowed, &decoded, errors);
    if (err)
        return err;
    arena_give_json(arena, decoded);
    config->tags = member(decoded, "tags");
    config->metadata = member(decoded, "metadata");
    config->config = arena_give_json(arena, rest_of(decoded, given));
    return read_run_id(decoded, config, errors);
}

size_t config_max_concurrency(const json_t *config, size_t fallback)
{
    json_int_t wanted = json_integer_value(json_object_get(config, "max_concurrency"));
    return wanted > 0 && (size_t)wanted < fallback ? (size_t)wanted : fallback;
}

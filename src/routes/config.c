#include "routes/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "routes/invalid.h"
#include "run/configurable.h"
#include "run/runnable.h"

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

json_t *config_schema(const struct route *route, unsigned keys)
{
    json_t *properties = json_object();
    json_t *defs = add_configurable(route, properties);
    for (unsigned i = 0; config_key_names[i]; i++)
        if ((keys & (1u << i)) && key_schemas[i])
            json_object_set_new(properties, config_key_names[i],
                                json_loads(key_schemas[i], 0, NULL));
    return json_pack("{s:o*,s:o,s:o,s:s}", "$defs", defs, "properties", properties, "title",
                     runnable_config_title(route->runnable), "type", "object");
}

/* The members of `given` that a schema knows (new reference). */
static json_t *known_of(const struct schema *schema, json_t *given)
{
    json_t *known = json_object_get(schema_json(schema), "properties");
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

bool config_reads(const struct route *route, const char *id)
{
    json_t *defs = json_object_get(schema_json(route->config), "$defs");
    json_t *configurable = json_object_get(defs, "Configurable");
    return json_object_get(json_object_get(configurable, "properties"), id) != NULL;
}

static enum ls_err check_run_id(json_t *decoded, json_t **errors)
{
    struct uuid parsed;
    json_t *id = json_object_get(decoded, "run_id");
    if (!id || json_is_null(id) || uuid_parse(&parsed, json_string_value(id)))
        return LS_OK;
    *errors = json_array();
    invalid_add(*errors, "uuid_parsing", json_pack("[s]", "run_id"), "Input should be a valid UUID",
                id);
    return LS_BAD_INPUT;
}

/* The values of `configurable` that were given, as they were decoded (new reference).  The
 * defaults beside them are left to the chain: it may have values of its own. */
static json_t *chosen_of(json_t *decoded, json_t *given)
{
    json_t *chosen = json_object(), *value;
    const char *id;
    json_object_foreach(decoded, id, value)
        if (json_object_get(given, id))
            json_object_set(chosen, id, value);
    return chosen;
}

/* As LangServe has it, no runs at once are as many as may be. */
static bool says_nothing(const char *key, const json_t *value)
{
    bool none = json_is_integer(value) && json_integer_value(value) == 0;
    return json_is_null(value) || (none && strcmp(key, "max_concurrency") == 0);
}

enum ls_err config_decode(const struct schema *schema, json_t *given, struct arena *arena,
                          json_t **decoded, json_t **errors)
{
    json_auto_t *known = known_of(schema, given), *all = NULL;
    *decoded = NULL;
    if (json_object_size(known) == 0)
        return LS_OK;
    enum ls_err err = schema_decode(schema, known, &all, errors);
    if (!err)
        err = check_run_id(all, errors);
    if (err)
        return err;
    json_t *kept = json_object(), *value;
    const char *key;
    json_object_foreach(all, key, value) {
        if (says_nothing(key, value))
            continue;
        if (strcmp(key, "configurable") == 0)
            json_object_set_new(kept, key, chosen_of(value, json_object_get(given, key)));
        else if (strcmp(key, "tags") == 0)
            json_object_set_new(kept, key, call_join_tags(NULL, value));
        else
            json_object_set(kept, key, value);
    }
    *decoded = arena_give_json(arena, kept);
    return LS_OK;
}

json_t *config_merge(json_t *base, json_t *over, struct arena *arena)
{
    json_t *value;
    const char *key;
    if (!base || !over)
        return base ? base : over;
    json_t *merged = arena_give_json(arena, json_copy(base));
    json_object_foreach(over, key, value) {
        json_t *old = json_object_get(base, key);
        if (json_is_object(old) && json_is_object(value)) {
            json_t *both = json_copy(old);
            json_object_update(both, value);
            json_object_set_new(merged, key, both);
        } else if (old && strcmp(key, "tags") == 0) {
            json_object_set_new(merged, key, call_join_tags(old, value));
        } else {
            json_object_set(merged, key, value);
        }
    }
    return merged;
}

struct run_config config_for_run(json_t *decoded, struct arena *arena)
{
    struct run_config config = {.tags = json_object_get(decoded, "tags"),
                                .metadata = json_object_get(decoded, "metadata")};
    static const char *const kept[] = {"configurable", "max_concurrency", "recursion_limit", NULL};
    if (!decoded)
        return config;
    json_t *rest = json_object();
    for (unsigned i = 0; kept[i]; i++)
        if (json_object_get(decoded, kept[i]))
            json_object_set(rest, kept[i], json_object_get(decoded, kept[i]));
    config.config = arena_give_json(arena, rest);
    const char *id = json_get_string(decoded, "run_id");
    config.has_run_id = id && uuid_parse(&config.run_id, id);
    return config;
}

size_t config_max_concurrency(const json_t *config, size_t fallback)
{
    json_int_t wanted = json_integer_value(json_object_get(config, "max_concurrency"));
    return wanted > 0 && (size_t)wanted < fallback ? (size_t)wanted : fallback;
}

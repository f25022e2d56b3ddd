#include "routes/openapi_components.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

#define REF_PREFIX "#/components/schemas/"

/* A schema with its definitions on the way in.  Parts are known by what their references say
 * behind "#/$defs/"; "" is the schema itself. */
struct arrival {
    struct components *components;
    const char *ns, *kind;
    bool own;
    json_t *parts; /* the schemas as they came */
    json_t *names; /* the names they get */
};

void components_init(struct components *components, json_t *fixed)
{
    *components = (struct components){.schemas = json_object(), .fixed = fixed};
}

void components_fini(struct components *components)
{
    json_decref(components->schemas);
}

json_t *components_ref(const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf(REF_PREFIX "%s", name));
}

/* OpenAPI's names of components: letters, digits, dot, hyphen and underscore. */
static json_t *safe_name(const char *ns, const char *name)
{
    char *text = mem_printf("%s%s", ns, name);
    for (char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            *c = '_';
    json_t *safe = json_string(text);
    free(text);
    return safe;
}

/* What a reference inside an arriving schema says in the document (new reference). */
static json_t *rewrite_ref(const struct arrival *arrival, const char *ref)
{
    const char *local = strcmp(ref, "#") == 0                     ? ""
                        : strncmp(ref, "#/$defs/", 8) == 0        ? ref + 8
                        : strncmp(ref, "#/definitions/", 14) == 0 ? ref + 14
                                                                  : NULL;
    const char *name = local ? json_get_string(arrival->names, local) : NULL;
    return name ? json_sprintf(REF_PREFIX "%s", name) : json_string(ref);
}

static json_t *rewrite(const struct arrival *arrival, json_t *schema);

/* Each member of an object whose keys are names, not keywords; text there is a reference, in a
 * discriminator's mapping. */
static json_t *rewrite_named(const struct arrival *arrival, json_t *object)
{
    json_t *out = json_object(), *value;
    const char *name;
    json_object_foreach(object, name, value)
        json_object_set_new(out, name,
                            json_is_string(value) ? rewrite_ref(arrival, json_string_value(value))
                                                  : rewrite(arrival, value));
    return out;
}

static bool is_one_of(const char *key, const char *const *names)
{
    while (*names && strcmp(*names, key) != 0)
        names++;
    return *names != NULL;
}

static json_t *rewrite_keyword(const struct arrival *arrival, const char *key, json_t *value)
{
    static const char *const named[] = {"properties", "patternProperties", "dependentSchemas",
                                        "mapping", NULL};
    static const char *const data[] = {"const",   "enum",     "default", "examples",
                                       "example", "required", NULL};
    if (strcmp(key, "$ref") == 0 && json_is_string(value))
        return rewrite_ref(arrival, json_string_value(value));
    if (is_one_of(key, named) && json_is_object(value))
        return rewrite_named(arrival, value);
    return is_one_of(key, data) ? json_incref(value) : rewrite(arrival, value);
}

/* A schema with its references to components; definitions of its own stand beside it there.  Like
 * FastAPI's documents it does not tell of defaults that are null. */
static json_t *rewrite(const struct arrival *arrival, json_t *schema)
{
    static const char *const left_out[] = {"$defs", "definitions", "$schema", "$id", NULL};
    json_t *value, *out;
    const char *key;
    size_t i;
    if (json_is_array(schema)) {
        out = json_array();
        json_array_foreach(schema, i, value)
            json_array_append_new(out, rewrite(arrival, value));
        return out;
    }
    if (!json_is_object(schema))
        return json_incref(schema);
    out = json_object();
    json_object_foreach(schema, key, value)
        if (!is_one_of(key, left_out) && !(json_is_null(value) && strcmp(key, "default") == 0))
            json_object_set_new(out, key, rewrite_keyword(arrival, key, value));
    return out;
}

/* Whether a part is the route's own whatever else there is. */
static bool is_own(const struct arrival *arrival, const char *local)
{
    return arrival->own && (!*local || strcmp(local, "Configurable") == 0);
}

/* The name a part would like. */
static const char *wish(const struct arrival *arrival, const char *local)
{
    const char *title = json_get_string(json_object_get(arrival->parts, ""), "title");
    return *local ? local : title ? title : arrival->kind;
}

static bool is_free(const struct arrival *arrival, const char *name)
{
    json_t *other;
    const char *local;
    if (json_object_get(arrival->components->schemas, name) ||
        json_object_get(arrival->components->fixed, name))
        return false;
    json_object_foreach(arrival->names, local, other)
        if (strcmp(json_string_value(other), name) == 0)
            return false;
    return true;
}

/* Gives a part a name that nothing has. */
static void rename_part(struct arrival *arrival, const char *local)
{
    json_t *name = safe_name(arrival->ns, wish(arrival, local));
    for (unsigned n = 2; !is_free(arrival, json_string_value(name)); n++) {
        char *numbered = mem_printf("%s_%u", wish(arrival, local), n);
        json_decref(name);
        name = safe_name(arrival->ns, numbered);
        free(numbered);
    }
    json_object_set_new(arrival->names, local, name);
}

/* Whether a part goes by a name that was made of the route's namespace. */
static bool is_renamed(const struct arrival *arrival, const char *local)
{
    json_auto_t *plain = safe_name("", wish(arrival, local));
    return is_own(arrival, local) || !json_equal(plain, json_object_get(arrival->names, local));
}

/* LangServe makes models that it renames anew: their members are titled by their keys. */
static void retitle(const struct arrival *arrival, const char *local, json_t *schema)
{
    json_t *property, *properties = json_object_get(schema, "properties");
    const char *key;
    if (*local && !is_own(arrival, local))
        return;
    if (json_object_get(schema, "title"))
        json_object_set_new(schema, "title",
                            json_sprintf("%s%s", arrival->ns, wish(arrival, local)));
    json_object_foreach(properties, key, property)
        if (json_is_object(property))
            json_object_set_new(property, "title", json_string(key));
}

/* A part as the document has it under the names of now (new reference). */
static json_t *arrived(const struct arrival *arrival, const char *local)
{
    json_t *schema = rewrite(arrival, json_object_get(arrival->parts, local));
    if (is_renamed(arrival, local))
        retitle(arrival, local, schema);
    return schema;
}

/* Whether another schema has the name of a part. */
static bool collides(const struct arrival *arrival, const char *local)
{
    json_t *other, *name = json_object_get(arrival->names, local);
    const char *other_local;
    json_t *there = json_object_get(arrival->components->schemas, json_string_value(name));
    json_object_foreach(arrival->names, other_local, other)
        if (json_equal(other, name) && strcmp(other_local, local) != 0)
            return true;
    if (!there)
        return json_object_get(arrival->components->fixed, json_string_value(name)) != NULL;
    json_auto_t *schema = arrived(arrival, local);
    return !json_equal(schema, there);
}

/* Names all parts.  A part that gets another name changes those that refer to it, which may then
 * be other schemas than those they were equal to: until nothing changes. */
static void name_parts(struct arrival *arrival)
{
    json_t *part;
    const char *local;
    json_object_foreach(arrival->parts, local, part)
        json_object_set_new(arrival->names, local,
                            safe_name(is_own(arrival, local) ? arrival->ns : "",
                                      wish(arrival, local)));
    for (bool changed = true; changed;) {
        changed = false;
        json_object_foreach(arrival->parts, local, part) {
            if (!collides(arrival, local))
                continue;
            rename_part(arrival, local);
            changed = true;
        }
    }
}

json_t *components_add(struct components *components, const char *ns, const char *kind,
                       const json_t *schema, bool own)
{
    json_t *defs = json_object_get(schema, "$defs"), *part;
    const char *local;
    if (!defs)
        defs = json_object_get(schema, "definitions");
    struct arrival arrival = {components, ns, kind, own, json_object(), json_object()};
    json_object_update(arrival.parts, defs);
    json_object_set(arrival.parts, "", (json_t *)schema);
    name_parts(&arrival);
    json_object_foreach(arrival.parts, local, part)
        json_object_set_new(components->schemas, json_get_string(arrival.names, local),
                            arrived(&arrival, local));
    json_t *name = json_incref(json_object_get(arrival.names, ""));
    json_decref(arrival.parts);
    json_decref(arrival.names);
    return name;
}

json_t *components_add_model(struct components *components, const char *ns, const char *name,
                             json_t *schema)
{
    struct arrival arrival = {components, ns, name, true, json_object(), json_object()};
    rename_part(&arrival, "");
    json_t *given = json_incref(json_object_get(arrival.names, ""));
    json_object_set(schema, "title", given);
    json_object_set_new(components->schemas, json_string_value(given), schema);
    json_decref(arrival.parts);
    json_decref(arrival.names);
    return given;
}

/* Adds the fixed schemas that `schema` refers to. */
static void need_all_of(struct components *components, const json_t *schema)
{
    json_t *value;
    const char *key;
    size_t i;
    const char *ref = json_get_string(schema, "$ref");
    if (ref && strncmp(ref, REF_PREFIX, strlen(REF_PREFIX)) == 0)
        components_need(components, ref + strlen(REF_PREFIX));
    json_object_foreach((json_t *)schema, key, value)
        need_all_of(components, value);
    json_array_foreach(schema, i, value)
        need_all_of(components, value);
}

void components_need(struct components *components, const char *name)
{
    json_t *fixed = json_object_get(components->fixed, name);
    if (!fixed || json_object_get(components->schemas, name))
        return;
    json_object_set_new(fixed, "title", json_string(name));
    json_object_set(components->schemas, name, fixed);
    need_all_of(components, fixed);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

json_t *components_sorted(const struct components *components)
{
    size_t count = json_object_size(components->schemas), i = 0;
    const char **names = mem_zalloc(count + 1, sizeof *names), *name;
    json_t *sorted = json_object(), *schema;
    json_object_foreach(components->schemas, name, schema)
        names[i++] = name;
    qsort((void *)names, count, sizeof *names, by_name);
    for (i = 0; i < count; i++)
        json_object_set(sorted, names[i], json_object_get(components->schemas, names[i]));
    free((void *)names);
    return sorted;
}

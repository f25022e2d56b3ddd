#include "routes/openapi_route.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "routes/require.h"

/* A route while it is described. */
struct subject {
    struct description *to;
    const struct route *route;
    char *ns;       /* "deep_nested_path" */
    char *tag;      /* "deep/nested-path" */
    json_t *models; /* references to its models, by what openapi.json calls them; owned */
};

/* The path without slashes around it. */
static char *tag_of(const char *path)
{
    while (*path == '/')
        path++;
    char *tag = mem_strdup(path);
    for (size_t len = strlen(tag); len > 0 && tag[len - 1] == '/'; len--)
        tag[len - 1] = '\0';
    return tag;
}

/* The tag as the beginning of names of models, unlike that of any other route. */
static char *namespace_of(struct description *to, const char *tag)
{
    char *plain = mem_strdup(tag);
    size_t len = 0;
    for (const char *c = tag; *c; c++)
        if (((unsigned char)*c & 0xc0) != 0x80) /* one for each character of UTF-8 */
            plain[len++] = (char)(isalnum((unsigned char)*c) ? *c : '_');
    plain[len] = '\0';
    char *ns = mem_strdup(plain);
    for (unsigned n = 2; json_object_get(to->ids, *ns ? ns : "_"); n++) {
        free(ns);
        ns = mem_printf("%s_%u", plain, n);
    }
    free(plain);
    json_object_set_new(to->ids, *ns ? ns : "_", json_true());
    return ns;
}

static json_t *model(struct subject *subject, const char *name);

/* Makes the references of a model of openapi.json lead into the document. */
static void fill(struct subject *subject, json_t *schema)
{
    json_t *value;
    const char *key, *ref = json_get_string(schema, "$ref");
    size_t i;
    if (ref) {
        json_auto_t *filled = model(subject, strrchr(ref, '/') + 1);
        json_object_update(schema, filled);
    }
    json_object_foreach(schema, key, value)
        fill(subject, value);
    json_array_foreach(schema, i, value)
        fill(subject, value);
}

/* Adds the members that answers have where they tell of the runs' steps. */
static void add_events(struct subject *subject, const char *name, json_t *schema)
{
    json_t *member, *events = json_object_get(subject->to->data, "callback_events");
    const char *key;
    json_object_foreach(json_object_get(events, name), key, member) {
        json_object_set_new(json_object_get(schema, "properties"), key, json_deep_copy(member));
        json_array_append_new(json_object_get(schema, "required"), json_string(key));
    }
}

/* The name in the document of one of the route's models. */
static json_t *add_model(struct subject *subject, const char *name)
{
    struct components *components = &subject->to->components;
    const struct route *route = subject->route;
    const char *ns = subject->ns;
    if (strcmp(name, "@input") == 0)
        return components_add(components, ns, "Input", schema_json(route->input), false);
    if (strcmp(name, "@output") == 0)
        return components_add(components, ns, "Output", schema_json(route->output), false);
    if (strcmp(name, "@config") == 0)
        return components_add(components, ns, "Config", schema_json(route->config), true);
    json_t *schema =
        json_deep_copy(json_object_get(json_object_get(subject->to->data, "route"), name));
    if (!schema)
        return NULL;
    if (route->callback_events)
        add_events(subject, name, schema);
    fill(subject, schema);
    return components_add_model(components, ns, name, schema);
}

/* A reference to a model, which is thereby in the document (new reference). */
static json_t *model(struct subject *subject, const char *name)
{
    json_t *ref = json_object_get(subject->models, name);
    if (ref)
        return json_copy(ref);
    json_auto_t *given = add_model(subject, name);
    if (!given)
        return describe_fixed(subject->to, name);
    json_object_set_new(subject->models, name, components_ref(json_string_value(given)));
    return components_ref(json_string_value(given));
}

/* A header's name as it is usually written: "X-Token". */
static json_t *header_title(const char *name)
{
    char *text = mem_strdup(name);
    for (char *c = text; *c; c++)
        if (c == text || c[-1] == '-')
            *c = (char)toupper((unsigned char)*c);
    json_t *title = json_string(text);
    free(text);
    return title;
}

static void add_requirements(const struct route *route, json_t *parameters)
{
    for (size_t i = 0; route->required && i < route->required->count; i++) {
        const struct sent *sent = &route->required->rules[i].sent;
        json_array_append_new(parameters,
                              json_pack("{s:s,s:s,s:b,s:{s:s,s:o}}", "name", sent->name, "in",
                                        sent->cookie ? "cookie" : "header", "required", 1, "schema",
                                        "type", "string", "title", header_title(sent->name)));
    }
}

static json_t *hash_parameter(bool in_path)
{
    return in_path ? json_pack("{s:s,s:s,s:b,s:{s:s,s:s}}", "name", "config_hash", "in", "path",
                               "required", 1, "schema", "type", "string", "title", "Config Hash")
                   : json_pack("{s:s,s:s,s:b,s:{s:s,s:s,s:s}}", "name", "config_hash", "in",
                               "query", "required", 0, "schema", "type", "string", "default", "",
                               "title", "Config Hash");
}

static json_t *run_parameter(void)
{
    return json_pack("{s:s,s:s,s:b,s:{s:s,s:s,s:s}}", "name", "run_id", "in", "path", "required", 1,
                     "schema", "type", "string", "format", "uuid", "title", "Run Id");
}

/* Describes an operation of openapi.json, or its variant below /c/{config_hash}. */
static void describe(struct subject *subject, const json_t *row, bool hashed)
{
    const char *endpoint = json_get_string(row, "endpoint");
    const char *function = json_get_string(row, "function");
    const char *request = json_get_string(row, "request");
    const char *response = json_get_string(row, "response");
    bool full = subject->to->site->openapi_style == OPENAPI_FULL;
    json_t *parameters = json_array();
    if (hashed || (request && !function))
        json_array_append_new(parameters, hash_parameter(hashed));
    if (json_object_get(row, "run"))
        json_array_append_new(parameters, run_parameter());
    add_requirements(subject->route, parameters);
    char *path =
        mem_printf("%s%s/%s", subject->route->path, hashed ? "/c/{config_hash}" : "", endpoint);
    char *name = function ? mem_strdup(function)
                          : mem_printf("%s%s%s%s", subject->tag, *subject->tag ? " " : "", endpoint,
                                       hashed ? " with config" : "");
    char *tag = hashed ? mem_printf("%s%sconfig", subject->tag, *subject->tag ? "/" : "")
                       : mem_strdup(subject->tag);
    describe_operation(
        subject->to,
        &(struct operation){
            .path = path,
            .method = json_get_string(row, "method"),
            .name = name,
            .tag = function || !*tag ? NULL : tag,
            .description = json_get_string(row, hashed ? "description_hashed" : "description"),
            .parameters = parameters,
            .request = request ? model(subject, request) : NULL,
            .response = response ? model(subject, response) : NULL,
            .type = full && json_object_get(row, "events") ? "text/event-stream" : NULL,
            .errors = subject->route->errors,
            .auth = subject->route->auth,
        });
    free(path);
    free(name);
    free(tag);
}

/* Whether an entry of the site is the route's, for an operation's method. */
static bool is_served(const struct subject *subject, const struct path_entry *entry,
                      const char *method)
{
    return entry && entry->route == subject->route &&
           (strcasecmp(entry->method, method) == 0 ||
            (entry->also && strcasecmp(entry->also, method) == 0));
}

static void describe_endpoints(struct subject *subject)
{
    const struct route *route = subject->route;
    json_t *row;
    size_t i;
    json_array_foreach(json_object_get(subject->to->data, "operations"), i, row) {
        char *path = mem_printf("%s/%s", route->path, json_get_string(row, "endpoint"));
        const struct path_entry *entry = site_find(subject->to->site, path, strlen(path));
        free(path);
        bool beyond = json_object_get(row, "run") != NULL; /* LangServe's document */
        if (!is_served(subject, entry, json_get_string(row, "method")) ||
            (beyond && subject->to->site->openapi_style != OPENAPI_FULL))
            continue;
        describe(subject, row, false);
        if (entry->hashed)
            describe(subject, row, true);
    }
}

/* The query's parameters that make the input of a GET route: the members of its schema. */
static json_t *query_parameters(struct subject *subject)
{
    json_auto_t *ref = model(subject, "@input");
    const char *name = strrchr(json_get_string(ref, "$ref"), '/') + 1, *key;
    json_t *schema = json_object_get(subject->to->components.schemas, name), *property;
    json_t *required = json_object_get(schema, "required"), *item, *parameters = json_array();
    json_object_foreach(json_object_get(schema, "properties"), key, property) {
        bool needed = false;
        size_t i;
        json_array_foreach(required, i, item)
            needed = needed || strcmp(json_string_value(item), key) == 0;
        json_array_append_new(parameters, json_pack("{s:s,s:s,s:b,s:O}", "name", key, "in", "query",
                                                    "required", needed, "schema", property));
    }
    return parameters;
}

/* A plain endpoint: the input is the body, or the query, and the answer is the output. */
static void describe_rest(struct subject *subject)
{
    const struct route *route = subject->route;
    bool by_query = strcmp(route->method, "GET") == 0;
    json_t *parameters = by_query ? query_parameters(subject) : json_array();
    add_requirements(route, parameters);
    describe_operation(subject->to, &(struct operation){
                                        .path = *route->path ? route->path : "/",
                                        .method = by_query ? "get" : "post",
                                        .name = *subject->tag ? subject->tag : "run",
                                        .tag = *subject->tag ? subject->tag : NULL,
                                        .description = "Runs the chain.",
                                        .parameters = parameters,
                                        .request = by_query ? NULL : model(subject, "@input"),
                                        .response = model(subject, "@output"),
                                        .errors = route->errors,
                                        .auth = route->auth,
                                    });
}

/* LangServe lists the tags of routes that have variants with a config hash. */
static void add_tags(struct subject *subject)
{
    static const char text[] = "Endpoints with a config of their own: the path holds it, as the "
                               "playground's links to share do.";
    const char *tag = subject->tag;
    bool full = subject->to->site->openapi_style == OPENAPI_FULL;
    bool hashed =
        subject->route->style == STYLE_LANGSERVE && route_is_on(subject->route, "config_hashes");
    if (hashed || (full && *tag))
        json_array_append_new(subject->to->tags,
                              json_pack("{s:s}", "name", *tag ? tag : "default"));
    if (hashed)
        json_array_append_new(subject->to->tags,
                              json_pack("{s:o,s:s}", "name",
                                        json_sprintf("%s%sconfig", tag, *tag ? "/" : ""),
                                        "description", text));
}

void describe_route(struct description *to, const struct route *route)
{
    char *tag = tag_of(route->path);
    struct subject subject = {to, route, namespace_of(to, tag), tag, json_object()};
    add_tags(&subject);
    if (route->style == STYLE_REST)
        describe_rest(&subject);
    else
        describe_endpoints(&subject);
    json_decref(subject.models);
    free(subject.ns);
    free(subject.tag);
}

/* Paths are few and known when the app is loaded: a hash table of all of them, open addressing. */
#include "routes/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "routes/answers.h"
#include "routes/config.h"

struct slot {
    char *path; /* NULL: free */
    size_t len;
    struct path_entry entry;
};

struct path_table {
    struct slot *slots;
    size_t size, used; /* size: a power of two */
};

static size_t hash_of(const char *path, size_t len)
{
    size_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)path[i]) * 1099511628211u;
    return hash;
}

static struct slot *slot_for(const struct path_table *table, const char *path, size_t len)
{
    size_t i = hash_of(path, len) & (table->size - 1);
    while (table->slots[i].path &&
           (table->slots[i].len != len || memcmp(table->slots[i].path, path, len) != 0))
        i = (i + 1) & (table->size - 1);
    return &table->slots[i];
}

static void grow(struct path_table *table)
{
    struct path_table old = *table;
    table->size = old.size * 2;
    table->slots = mem_zalloc(table->size, sizeof *table->slots);
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i].path)
            *slot_for(table, old.slots[i].path, old.slots[i].len) = old.slots[i];
    free(old.slots);
}

static void add_path(struct path_table *table, char *path, struct path_entry entry)
{
    if (table->used * 2 >= table->size)
        grow(table);
    struct slot *slot = slot_for(table, path, strlen(path));
    *slot = (struct slot){.path = path, .len = strlen(path), .entry = entry};
    table->used++;
}

static struct path_table *path_table_new(void)
{
    struct path_table *table = mem_zalloc(1, sizeof *table);
    table->size = 64;
    table->slots = mem_zalloc(table->size, sizeof *table->slots);
    return table;
}

static void path_table_free(struct path_table *table)
{
    for (size_t i = 0; i < table->size; i++)
        free(table->slots[i].path);
    free(table->slots);
    free(table);
}

struct site *site_new(const char *title, const char *version, const char *description,
                      bool has_index)
{
    struct site *site = mem_zalloc(1, sizeof *site);
    site->title = mem_strdup(title);
    site->version = mem_strdup(version);
    site->description = mem_strdup(description);
    site->has_index = has_index;
    site->paths = path_table_new();
    add_path(site->paths, mem_strdup("/health"), (struct path_entry){"GET", answer_health, NULL});
    if (has_index)
        add_path(site->paths, mem_strdup("/"), (struct path_entry){"GET", answer_index, NULL});
    return site;
}

void site_free(struct site **site)
{
    if (!*site)
        return;
    for (size_t i = 0; i < (*site)->count; i++)
        route_free((*site)->routes[i]);
    free((*site)->routes);
    path_table_free((*site)->paths);
    free((*site)->title);
    free((*site)->version);
    free((*site)->description);
    free(*site);
    *site = NULL;
}

struct route *route_new(const char *path, struct runnable *runnable)
{
    struct route *route = mem_zalloc(1, sizeof *route);
    route->path = mem_strdup(path);
    route->runnable = runnable;
    route->method = "POST";
    route->config_keys = CONFIG_CONFIGURABLE;
    return route;
}

void route_free(struct route *route)
{
    runnable_rele(route->runnable);
    schema_free(&route->input);
    schema_free(&route->output);
    schema_free(&route->config);
    json_decref(route->endpoints);
    json_decref(route->stream_names);
    free(route->path);
    free(route->input_text);
    free(route->output_text);
    free(route->config_text);
    free(route);
}

/* Compiles `json` (taken over) and prints it as the schema endpoints answer it. */
static enum ls_err compile(struct schema **out, char **text, json_t *json, char why[256])
{
    struct buf printed;
    buf_init(&printed, 64 << 20);
    enum ls_err err = schema_compile(out, json, why);
    if (!err)
        err = json_print(&printed, json, JSON_WIRE);
    json_decref(json);
    *text = buf_take(&printed);
    return err;
}

enum ls_err route_compile(struct route *route, char why[256])
{
    enum ls_err err =
        compile(&route->input, &route->input_text, runnable_input_schema(route->runnable), why);
    if (!err)
        err = compile(&route->output, &route->output_text, runnable_output_schema(route->runnable),
                      why);
    if (!err)
        route->shapes_output =
            json_is_object(json_object_get(schema_json(route->output), "properties"));
    if (!err)
        err = compile(&route->config, &route->config_text, config_schema(route), why);
    return err;
}

static bool is_on(const struct route *route, const char *name)
{
    size_t i;
    json_t *on;
    json_array_foreach(route->endpoints, i, on)
        if (strcmp(json_string_value(on), name) == 0)
            return true;
    return !route->endpoints;
}

/* The paths of a route one by one: *i counts them; NULL behind the last.  The path is new. */
static char *next_path(const struct route *route, size_t *i, struct path_entry *entry)
{
    if (route->style == STYLE_REST) {
        if ((*i)++ > 0)
            return NULL;
        *entry = (struct path_entry){route->method, answer_rest, route};
        return mem_strdup(*route->path ? route->path : "/");
    }
    while (endpoint_names[*i] && !is_on(route, endpoint_names[*i]))
        (*i)++;
    const char *name = endpoint_names[*i];
    if (!name)
        return NULL;
    const struct endpoint *endpoint = &langserve_endpoints[(*i)++];
    *entry = (struct path_entry){endpoint->method, endpoint->answer, route};
    return mem_printf("%s/%s", route->path, name);
}

enum ls_err site_add(struct site *site, struct route *route, const char **taken)
{
    struct path_entry entry;
    char *path;
    for (size_t i = 0; (path = next_path(route, &i, &entry));) {
        struct slot *slot = slot_for(site->paths, path, strlen(path));
        free(path);
        if (slot->path) {
            *taken = slot->path;
            return LS_BAD_CONFIG;
        }
    }
    for (size_t i = 0; (path = next_path(route, &i, &entry));)
        add_path(site->paths, path, entry);
    site->routes = mem_resize(site->routes, site->count + 1, sizeof *site->routes);
    site->routes[site->count++] = route;
    return LS_OK;
}

const struct path_entry *site_find(const struct site *site, const char *path, size_t len)
{
    struct slot *slot = slot_for(site->paths, path, len);
    return slot->path ? &slot->entry : NULL;
}

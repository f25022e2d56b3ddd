/* Paths are few and known when the app is loaded: a hash table of all of them, open addressing. */
#include "routes/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/list.h"
#include "base/mem.h"
#include "routes/answers.h"
#include "routes/config.h"
#include "routes/hashed.h"
#include "routes/playground.h"

struct slot {
    char *path;
    size_t len;
    struct path_entry entry, hashed; /* the second for its variant below /c/{config_hash} */
    char *template, *hashed_template;
};

struct path_table {
    struct slot **slots; /* NULL: free */
    size_t size, used;   /* size: a power of two */
    bool ambiguous;      /* there is one that may_be_hashed() */
};

/* Whether the path could be another one's variant with a config hash. */
static bool may_be_hashed(const char *path)
{
    return strstr(path, "/c/") != NULL;
}

static size_t hash_of(const char *path, size_t len)
{
    size_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)path[i]) * 1099511628211u;
    return hash;
}

/* Where the path's slot is in the table, or would be. */
static struct slot **place_for(const struct path_table *table, const char *path, size_t len)
{
    size_t i = hash_of(path, len) & (table->size - 1);
    while (table->slots[i] &&
           (table->slots[i]->len != len || memcmp(table->slots[i]->path, path, len) != 0))
        i = (i + 1) & (table->size - 1);
    return &table->slots[i];
}

/* The path's slot, or NULL. */
static const struct slot *slot_of(const struct site *site, const char *path, size_t len)
{
    return *place_for(site->paths, path, len);
}

static void grow(struct path_table *table)
{
    struct path_table old = *table;
    table->size = old.size * 2;
    table->slots = mem_zalloc(table->size, sizeof *table->slots);
    for (size_t i = 0; i < old.size; i++)
        if (old.slots[i])
            *place_for(table, old.slots[i]->path, old.slots[i]->len) = old.slots[i];
    free(old.slots);
}

static void slot_free(struct slot *slot)
{
    if (!slot)
        return;
    free(slot->path);
    free(slot->template);
    free(slot->hashed_template);
    free(slot);
}

static void add_path(struct site *site, char *path, struct path_entry entry)
{
    struct path_table *table = site->paths;
    if (table->used * 2 >= table->size)
        grow(table);
    struct slot **place = place_for(table, path, strlen(path));
    struct slot *slot = mem_zalloc(1, sizeof *slot);
    table->used += *place == NULL;
    table->ambiguous |= may_be_hashed(path);
    slot_free(*place); /* one that yields */
    *place = slot;
    *slot = (struct slot){.path = path, .len = strlen(path), .entry = entry};
    slot->template = mem_printf(entry.below ? "%s{file_path:path}" : "%s", path);
    slot->entry.template = slot->template;
    slot->entry.number = site->templates++;
    slot->hashed = slot->entry;
    if (!entry.hashed)
        return;
    size_t prefix = strlen(entry.route->path);
    slot->hashed_template =
        mem_printf("%.*s/c/{config_hash}%s", (int)prefix, path, slot->template + prefix);
    slot->hashed.template = slot->hashed_template;
    slot->hashed.number = site->templates++;
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
        slot_free(table->slots[i]);
    free(table->slots);
    free(table);
}

/* An app may have health checks of its own on these paths. */
static void add_health(struct site *site)
{
    static const struct {
        const char *path;
        endpoint_fn *answer;
    } checks[] = {{"/health", answer_health},
                  {"/healthz", answer_health},
                  {"/livez", answer_health},
                  {"/ready", answer_ready},
                  {"/readyz", answer_ready}};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        site_add_path(site, checks[i].path,
                      (struct path_entry){.method = "GET",
                                          .also = "HEAD",
                                          .answer = checks[i].answer,
                                          .yields = true});
}

struct site *site_new(const char *title, const char *version, const char *description,
                      bool has_index)
{
    struct site *site = mem_zalloc(1, sizeof *site);
    site->title = mem_strdup(title);
    site->version = mem_strdup(version);
    site->description = mem_strdup(description);
    site->root_path = "";
    site->has_index = has_index;
    site->paths = path_table_new();
    add_health(site);
    if (has_index)
        site_add_path(
            site, "/",
            (struct path_entry){.method = "GET", .answer = answer_index, .area = AREA_INDEX});
    return site;
}

void site_add_path(struct site *site, const char *path, struct path_entry entry)
{
    add_path(site, mem_strdup(path), entry);
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
    free((*site)->openapi);
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
    schema_free(&route->modified);
    json_decref(route->stream_names);
    free(route->path);
    free(route);
}

/* Compiles `json` (taken over). */
static enum ls_err compile(struct schema **out, json_t *json, char why[256])
{
    enum ls_err err = schema_compile(out, json, why);
    json_decref(json);
    return err;
}

enum ls_err route_compile(struct route *route, char why[256])
{
    enum ls_err err = compile(&route->input, runnable_input_schema(route->runnable), why);
    if (!err)
        err = compile(&route->output, runnable_output_schema(route->runnable), why);
    if (!err)
        route->shapes_output =
            json_is_object(json_object_get(schema_json(route->output), "properties"));
    if (!err)
        err = compile(&route->config, config_schema(route, route->config_keys), why);
    if (!err && route->modifier)
        err = compile(&route->modified, config_schema(route, CONFIG_ALL), why);
    return err;
}

bool route_is_on(const struct route *route, const char *name)
{
    if (strcmp(name, "feedback") == 0)
        return route->feedback;
    if (strcmp(name, "public_trace_link") == 0)
        return route->public_trace_link;
    for (unsigned i = 0; endpoint_switches[i]; i++)
        if (strcmp(endpoint_switches[i], name) == 0)
            return !(route->switched_off & (1u << i));
    return true;
}

/* Whether the route has the endpoint at place `i` of the table. */
static bool has_endpoint(const struct route *route, size_t i)
{
    return route_is_on(route, endpoint_names[i]) &&
           (!langserve_endpoints[i].of_runs || route->resumable.on);
}

/* The paths of a route one by one: *i counts them; NULL behind the last.  The path is new. */
static char *next_path(const struct route *route, size_t *i, struct path_entry *entry)
{
    if (route->style == STYLE_REST) {
        if ((*i)++ > 0)
            return NULL;
        *entry = (struct path_entry){
            .method = route->method, .answer = answer_rest, .route = route, .runs = true};
        return mem_strdup(*route->path ? route->path : "/");
    }
    while (endpoint_names[*i] && !has_endpoint(route, *i))
        (*i)++;
    const char *name = endpoint_names[*i];
    if (!name)
        return NULL;
    const struct endpoint *endpoint = &langserve_endpoints[(*i)++];
    *entry = (struct path_entry){
        .method = endpoint->method,
        .also = endpoint->also,
        .answer = endpoint->answer,
        .route = route,
        .runs = endpoint->runs,
        .resumes = endpoint->resumes,
        .hashed = !endpoint->unhashed && route_is_on(route, "config_hashes"),
        .below = endpoint->below,
    };
    return mem_printf(endpoint->below ? "%s/%s/" : "%s/%s", route->path, name);
}

/* Whether `path` is the variant with a config hash of an endpoint of `route`. */
static bool is_hashed_path_of(const struct route *route, const char *path)
{
    struct hashed_path hashed;
    struct path_entry entry;
    bool same = false;
    char *own;
    if (!hashed_path_at(path, strlen(path), strlen(route->path), &hashed) ||
        strncmp(path, route->path, hashed.prefix_len) != 0)
        return false;
    for (size_t i = 0; !same && (own = next_path(route, &i, &entry)); free(own))
        same = entry.hashed && strcmp(own + hashed.prefix_len, hashed.rest) == 0;
    return same;
}

/* The path in the table that a new route's path would be one with, or NULL. */
static const char *taken_by(const struct site *site, const struct route *route)
{
    const struct path_table *paths = site->paths;
    struct path_entry entry;
    char *path;
    for (size_t i = 0; (path = next_path(route, &i, &entry));) {
        const struct slot *slot = slot_of(site, path, strlen(path));
        const char *taken = slot && !slot->entry.yields ? slot->path : NULL;
        for (size_t r = 0; may_be_hashed(path) && r < site->count && !taken; r++)
            if (is_hashed_path_of(site->routes[r], path))
                taken = site->routes[r]->path;
        free(path);
        if (taken)
            return taken;
    }
    for (size_t i = 0; paths->ambiguous && i < paths->size; i++)
        if (paths->slots[i] && is_hashed_path_of(route, paths->slots[i]->path))
            return paths->slots[i]->path;
    return NULL;
}

enum ls_err site_add(struct site *site, struct route *route, const char **taken)
{
    struct path_entry entry;
    char *path;
    *taken = taken_by(site, route);
    if (*taken)
        return LS_BAD_CONFIG;
    for (size_t i = 0; (path = next_path(route, &i, &entry));)
        add_path(site, path, entry);
    site->routes = mem_resize(site->routes, site->count + 1, sizeof *site->routes);
    route->number = site->count;
    site->routes[site->count++] = route;
    route->site = site;
    if (strlen(route->path) > site->longest)
        site->longest = strlen(route->path);
    return LS_OK;
}

/* The entry of a path, or of the playground that it is in; or NULL. */
static const struct path_entry *find_plain(const struct site *site, const char *path, size_t len)
{
    const struct slot *slot = slot_of(site, path, len);
    if (slot)
        return &slot->entry;
    size_t longest = site->longest + PLAYGROUND_LEN;
    for (size_t end = PLAYGROUND_LEN; end < len && end <= longest; end++) {
        if (memcmp(path + end - PLAYGROUND_LEN, PLAYGROUND_PATH, PLAYGROUND_LEN) != 0)
            continue;
        slot = slot_of(site, path, end);
        if (slot && slot->entry.below)
            return &slot->entry;
    }
    return NULL;
}

/* The endpoint that a path with a config hash is a variant of, or NULL. */
static const struct path_entry *find_hashed(const struct site *site, const char *path, size_t len)
{
    struct hashed_path hashed;
    for (size_t from = 0; from <= site->longest; from++) {
        if (!hashed_path_at(path, len, from, &hashed))
            continue;
        char *plain =
            mem_printf("%.*s%.*s", (int)hashed.prefix_len, path, (int)hashed.rest_len, hashed.rest);
        const struct path_entry *entry = find_plain(site, plain, strlen(plain));
        free(plain);
        if (entry && entry->hashed && strlen(entry->route->path) == hashed.prefix_len)
            return &container_of(entry, const struct slot, entry)->hashed;
    }
    return NULL;
}

/* The endpoint of runs that a path with some run's id leads to, or NULL. */
static const struct path_entry *find_run(const struct site *site, const char *path, size_t len)
{
    static const char before[] = "/runs/";
    size_t tail = sizeof before - 1 + UUID_LEN + RUN_NAME_END;
    if (len < tail || memcmp(path + len - tail, before, sizeof before - 1) != 0)
        return NULL;
    char *plain = mem_printf("%.*s/runs/{run_id}%.*s", (int)(len - tail), path, RUN_NAME_END,
                             path + len - RUN_NAME_END);
    const struct slot *slot = slot_of(site, plain, strlen(plain));
    free(plain);
    return slot ? &slot->entry : NULL;
}

const struct path_entry *site_find(const struct site *site, const char *path, size_t len)
{
    const struct path_entry *entry = find_plain(site, path, len);
    if (!entry)
        entry = find_run(site, path, len);
    return entry ? entry : find_hashed(site, path, len);
}

const struct route *site_route_of(const struct site *site, const char *path, size_t len)
{
    const struct route *best = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < site->count; i++) {
        const struct route *route = site->routes[i];
        size_t own = strlen(route->path);
        bool below =
            own <= len && memcmp(route->path, path, own) == 0 && (own == len || path[own] == '/');
        if (below && (!best || own > longest)) {
            best = route;
            longest = own;
        }
    }
    return best;
}

bool site_has_route(const struct site *site, const char *path)
{
    const char *own = strcmp(path, "/") == 0 ? "" : path;
    for (size_t i = 0; i < site->count; i++)
        if (strcmp(site->routes[i]->path, own) == 0)
            return true;
    return false;
}

bool site_keeps_runs(const struct site *site)
{
    for (size_t i = 0; i < site->count; i++)
        if (site->routes[i]->resumable.on)
            return true;
    return false;
}

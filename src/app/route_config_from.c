#include "app/route_config_from.h"

#include <string.h>

#include "app/route_request.h"
#include "app/wraps.h"
#include "gates/auth.h"
#include "routes/config.h"

struct source {
    const char *header, *cookie;
    int caller; /* index into caller_parts; -1: not given */
    int type;
    bool required;
};

static const char *const caller_parts[] = {"name", "scopes", NULL};

static const char *const source_types[] = {"string", "number", "integer", "boolean", NULL};

const struct option source_options[] = {
    {.name = "header",
     .type = OPTION_STRING,
     .offset = offsetof(struct source, header),
     .doc = "The name of a header; this or `cookie`."},
    {.name = "cookie",
     .type = OPTION_STRING,
     .offset = offsetof(struct source, cookie),
     .doc = "The name of a cookie."},
    {.name = "caller",
     .type = OPTION_ENUM,
     .offset = offsetof(struct source, caller),
     .choices = caller_parts,
     .doc = "Who sends the request, by its API key: the `name` of the key, or its `scopes` (a "
            "list). Instead of `header` and `cookie`."},
    {.name = "type",
     .type = OPTION_ENUM,
     .offset = offsetof(struct source, type),
     .fallback = "string",
     .choices = source_types,
     .doc = "What the text is read as."},
    {.name = "required",
     .type = OPTION_BOOL,
     .offset = offsetof(struct source, required),
     .fallback = "false",
     .doc = "Whether a request without it is a 422."},
    {.name = NULL},
};

static bool is_map(struct builder *builder, const struct node *node, const char *what)
{
    if (node->kind == NODE_MAP)
        return true;
    problems_error(builder->problems, node->place, "%s: expected a mapping, not %s", what,
                   node_kind_name(node->kind));
    return false;
}

static void free_schema(void *ptr)
{
    struct schema *schema = ptr;
    schema_free(&schema);
}

/* The schema of a source's values, which the arena owns. */
static struct schema *schema_of(struct builder *builder, const char *type)
{
    char why[256];
    struct schema *schema = NULL;
    json_auto_t *json = json_pack("{s:s}", "type", type);
    if (schema_compile(&schema, json, why) == LS_OK)
        arena_defer(builder->arena, free_schema, schema);
    return schema;
}

/* Takes "configurable.temperature" apart; false, and told, when a config has no such key. */
static bool read_key(struct builder *builder, const struct runnable *runnable,
                     const struct node_member *member, struct config_source *source)
{
    static const char *const known[] = {"configurable.…",  "metadata.…", "max_concurrency",
                                        "recursion_limit", "run_id",     NULL};
    const char *dot = strchr(member->key, '.');
    size_t len = dot ? (size_t)(dot - member->key) : strlen(member->key);
    source->key = arena_strndup(builder->arena, member->key, len);
    source->member = dot ? arena_strdup(builder->arena, dot + 1) : NULL;
    bool configurable = strcmp(source->key, "configurable") == 0;
    bool has_members = configurable || strcmp(source->key, "metadata") == 0;
    bool well = has_members ? dot && dot[1] : false;
    for (int i = 2; known[i] && !has_members; i++)
        well |= !dot && strcmp(known[i], source->key) == 0;
    if (!well)
        problems_unknown(builder->problems, member->key_place, "key of a config", member->key,
                         known);
    else if (configurable)
        check_configurable(builder, runnable, member->key_place, source->member);
    return well;
}

/* The caller as the source: a route that is open knows none. */
static bool read_caller(struct builder *builder, const struct node *map, const struct auth *auth,
                        const struct source *given, struct config_source *source)
{
    static const char *const others[] = {"header", "cookie", "type", "required"};
    const struct node *node = node_get(map, "caller");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (node_get(map, others[i]))
            problems_error(builder->problems, node_get(map, others[i])->place,
                           "%s: not beside `caller`", others[i]);
    if (!auth)
        problems_error(builder->problems, node->place,
                       "caller: the route asks for no keys: see `auth`");
    source->caller = given->caller == 0 ? CALLER_NAME : CALLER_SCOPES;
    return auth != NULL;
}

/* What opens the route is nothing for its runs, which others may see. */
static void keep_key_out(struct builder *builder, const struct node *map, const struct auth *auth,
                         const struct sent *sent)
{
    if (auth && sent->name && !sent->cookie &&
        (strcmp(sent->name, auth->header) == 0 ||
         (auth->bearer && strcmp(sent->name, "authorization") == 0)))
        problems_error(builder->problems, map->place,
                       "%s: it holds the API key, which no config may have: write `caller: name`",
                       sent->name);
}

static bool read_source(struct builder *builder, const struct route *route,
                        const struct node_member *member, struct config_source *source)
{
    struct source given = {.caller = -1};
    const struct node *map = member->value;
    if (!is_map(builder, map, member->key))
        return false;
    options_read(source_options, map, &given, NULL, "config_from", builder->arena,
                 builder->problems);
    *source = (struct config_source){.required = given.required};
    bool scopes = given.caller == 1;
    source->schema = schema_of(builder, scopes ? "array" : source_types[given.type]);
    bool keyed = read_key(builder, route->runnable, member, source);
    if (given.caller >= 0)
        return read_caller(builder, map, route->auth, &given, source) && keyed;
    bool well = build_sent(builder, map->place, given.header, given.cookie, &source->sent);
    if (well)
        keep_key_out(builder, map, route->auth, &source->sent);
    return well && keyed;
}

void build_sources(struct builder *builder, const struct route *route, const struct node *node,
                   struct config_modifier *modifier)
{
    if (!node || node->kind == NODE_NULL || !is_map(builder, node, "config_from"))
        return;
    struct config_source *sources =
        arena_zalloc(builder->arena, (node->as.map.count + 1) * sizeof *sources);
    for (size_t i = 0; i < node->as.map.count; i++)
        if (read_source(builder, route, &node->as.map.members[i], &sources[modifier->source_count]))
            modifier->source_count++;
    modifier->sources = sources;
}

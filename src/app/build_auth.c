#include "app/build_auth.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "app/app.h"
#include "base/clock.h"
#include "http/checks.h"

struct asking {
    const struct node *keys;
    bool store, bearer;
    const char *header, *detail;
    int64_t missing, status;
    struct option_strings open;
};

static const char *const areas[] = {"docs", "index", NULL}; /* as the bits of enum site_area */

#define ASKING(member) offsetof(struct asking, member)

const struct option auth_options[] = {
    {.name = "keys",
     .type = OPTION_NODE,
     .offset = ASKING(keys),
     .schema = "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{\"type\":\"string\"},"
               "{\"$ref\":\"#/$defs/key\"}]}}",
     .doc = "Keys by the names of those who have them: `ci: \"${CI_KEY}\"`, or a mapping of the "
            "options of a [key](#key)."},
    {.name = "store",
     .type = OPTION_BOOL,
     .offset = ASKING(store),
     .fallback = "false",
     .doc = "Whether the keys that `langserved keys add` puts into the [store](#store) count."},
    {.name = "header",
     .type = OPTION_STRING,
     .offset = ASKING(header),
     .fallback = "X-API-Key",
     .doc = "The header that a key comes in."},
    {.name = "bearer",
     .type = OPTION_BOOL,
     .offset = ASKING(bearer),
     .fallback = "true",
     .doc = "Whether a request without that header may send its key as `Authorization: Bearer`."},
    {.name = "missing",
     .type = OPTION_INT,
     .offset = ASKING(missing),
     .fallback = "401",
     .min = 401,
     .max = 422,
     .doc = "The status when no key is sent: `401` with `WWW-Authenticate`, `403`, or `422` in the "
            "form that FastAPI gives to a missing header."},
    {.name = "status",
     .type = OPTION_INT,
     .offset = ASKING(status),
     .fallback = "403",
     .min = 400,
     .max = 499,
     .doc = "The status when the key is wrong."},
    {.name = "detail",
     .type = OPTION_STRING,
     .offset = ASKING(detail),
     .fallback = "Invalid API key",
     .doc = "The sentence when the key is wrong."},
    {.name = "open",
     .type = OPTION_STRING_LIST,
     .offset = ASKING(open),
     .choices = areas,
     .doc = "What of the app's own pages needs no key: `docs` (`/docs`, `/redoc` and "
            "`/openapi.json`), `index` (`/`). Both when absent; `[]` for neither. Not in a route."},
    {.name = NULL},
};

struct written_key {
    const char *key, *expires, *limit;
    struct option_strings scopes;
};

#define KEY(member) offsetof(struct written_key, member)

const struct option key_options[] = {
    {.name = "key",
     .type = OPTION_STRING,
     .offset = KEY(key),
     .required = true,
     .secret = true,
     .doc = "The key: `${CI_KEY}`, or `sha256:` and its SHA-256 in hexadecimal."},
    {.name = "scopes",
     .type = OPTION_STRING_LIST,
     .offset = KEY(scopes),
     .doc = "Paths of the routes that it opens; all when absent."},
    {.name = "expires",
     .type = OPTION_STRING,
     .offset = KEY(expires),
     .doc = "A date, at whose beginning it ends, or a time: `2027-01-31`, `2027-01-31T12:00:00Z` "
            "(UTC unless it says otherwise)."},
    {.name = "limit",
     .type = OPTION_STRING,
     .offset = KEY(limit),
     .doc = "A rate of requests of its own: `10/minute`."},
    {.name = NULL},
};

/* What is wrong with an option of `map`, where it was written. */
static void tell(struct builder *builder, const struct node *map, const char *name,
                 const char *fault)
{
    const struct node *value = node_get(map, name);
    problems_error(builder->problems, value ? value->place : map->place, "%s: %s", name, fault);
}

/* Whether a header can bring the text: its value begins and ends with no blanks. */
static bool can_be_sent(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= API_KEY_MAX && check_is_value(text) && !strchr(" \t", text[0]) &&
           !strchr(" \t", text[len - 1]);
}

/* Reads the key's digest.  An empty key is mostly a variable that nobody has set. */
static bool read_digest(struct builder *builder, const struct node *map, const char *text,
                        struct api_key *out)
{
    static const char prefix[] = "sha256:";
    const struct node *node = node_get(map, "key");
    size_t skip = sizeof prefix - 1;
    if (strncasecmp(text, prefix, skip) == 0) {
        if (digest_parse(out->digest, text + skip))
            return true;
        tell(builder, map, "key", "behind `sha256:` stand 64 hexadecimal digits");
        return false;
    }
    if (!can_be_sent(text)) {
        tell(builder, map, "key",
             "a key has 1 to 1024 bytes, no control characters, and no blanks at its ends");
        return false;
    }
    if (node->place.line > 0 && !strstr(node->as.string.text, "${"))
        problems_warn(
            builder->problems, node->place,
            "key: it can be read in this file: write `${…}`, or `sha256:` and its digest");
    digest_bytes(out->digest, text, strlen(text));
    return true;
}

/* `name: text` is short for `name: {key: text}`. */
static const struct node *as_key(struct builder *builder, const struct node *node)
{
    if (node->kind != NODE_STRING)
        return node;
    struct node *map = node_new(builder->arena, NODE_MAP, node->place);
    node_set(builder->arena, map, "key", (struct node *)node);
    return map;
}

static bool read_key(struct builder *builder, const struct node_member *member, struct api_key *out)
{
    struct written_key given = {0};
    const struct node *map = as_key(builder, member->value);
    const char *fault = api_key_name_fault(member->key);
    size_t before = builder->problems->told;
    *out = (struct api_key){.name = member->key};
    if (map->kind != NODE_MAP) {
        problems_error(builder->problems, map->place, "%s: expected a key or a mapping, not %s",
                       member->key, node_kind_name(map->kind));
        return false;
    }
    options_read(key_options, map, &given, NULL, "key", builder->arena, builder->problems);
    if (fault)
        problems_error(builder->problems, member->key_place, "%s", fault);
    if (given.scopes.items && given.scopes.count == 0)
        tell(builder, map, "scopes", "an empty list opens nothing: leave it out for all routes");
    if (given.expires && !api_key_read_time(&out->expires, given.expires))
        tell(builder, map, "expires", "expected a date or a time, like 2027-01-31");
    else if (given.expires && api_key_has_expired(out, clock_wall_us() / 1000))
        problems_warn(builder->problems, node_get(map, "expires")->place,
                      "expires: that is over: the key opens nothing");
    fault = given.limit ? api_key_limit_fault(given.limit) : NULL;
    if (fault)
        tell(builder, map, "limit", fault);
    out->limit = given.limit;
    out->scopes = given.scopes.items;
    out->scope_count = given.scopes.count;
    return given.key && read_digest(builder, map, given.key, out) &&
           builder->problems->told == before;
}

static void drop_set(void *ptr)
{
    key_set_rele(ptr);
}

/* The keys of a mapping, of which the builder's arena takes care. */
static struct key_set *read_keys(struct builder *builder, const struct node *node)
{
    size_t count = 0, most = 0;
    if (node && node->kind == NODE_MAP)
        most = node->as.map.count;
    else if (node && node->kind != NODE_NULL)
        problems_error(builder->problems, node->place, "keys: expected a mapping, not %s",
                       node_kind_name(node->kind));
    struct api_key *keys = arena_zalloc(builder->arena, (most + 1) * sizeof *keys);
    for (size_t i = 0; i < most; i++) {
        const struct node_member *member = &node->as.map.members[i];
        if (!read_key(builder, member, &keys[count]))
            continue;
        for (size_t k = 0; k < count; k++)
            if (memcmp(keys[k].digest, keys[count].digest, DIGEST_LEN) == 0)
                problems_error(builder->problems, member->key_place,
                               "'%s' and '%s' have the same key", keys[k].name, member->key);
        count++;
    }
    struct key_set *set = key_set_new(keys, count);
    arena_defer(builder->arena, drop_set, set);
    return set;
}

/* A header that has a meaning of its own is no place for a key. */
static bool is_header(const char *name)
{
    static const char *const others[] = {
        "authorization", "connection", "content-length",      "content-type",
        "cookie",        "host",       "proxy-authorization", "transfer-encoding"};
    bool well = check_is_token(name);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        well = well && strcmp(name, others[i]) != 0;
    return well;
}

static const char *to_lower(struct arena *arena, const char *name)
{
    char *lower = arena_strdup(arena, name);
    for (char *c = lower; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return lower;
}

static struct auth *read_auth(struct builder *builder, const struct node *map,
                              struct asking *asking)
{
    options_read(auth_options, map, asking, NULL, "auth", builder->arena, builder->problems);
    struct auth *auth = arena_zalloc(builder->arena, sizeof *auth);
    *auth = (struct auth){
        .header = to_lower(builder->arena, asking->header),
        .shown = asking->header,
        .bearer = asking->bearer,
        .stored = asking->store,
        .keys = read_keys(builder, asking->keys),
        .missing = (int)asking->missing,
        .status = (int)asking->status,
        .detail = asking->detail,
    };
    if (!is_header(auth->header))
        tell(builder, map, "header", "expected the name of a header that nothing else needs");
    if (auth->missing != 401 && auth->missing != 403 && auth->missing != 422)
        tell(builder, map, "missing", "expected 401, 403 or 422");
    if (!asking->store &&
        (!asking->keys || asking->keys->kind != NODE_MAP || asking->keys->as.map.count == 0))
        problems_error(builder->problems, map->place,
                       "auth: no key would open anything: give `keys`, or `store: true`");
    return auth;
}

/* The bits of what needs no key. */
static unsigned open_areas(const struct option_strings *open)
{
    unsigned bits = 0;
    for (size_t i = 0; i < open->count; i++)
        for (unsigned k = 0; areas[k]; k++)
            if (strcmp(areas[k], open->items[i]) == 0)
                bits |= 1u << k;
    return bits;
}

void build_site_auth(struct builder *builder, struct app *app, const struct node *section)
{
    struct asking asking = {0};
    if (!section)
        return;
    app->site->auth = read_auth(builder, section, &asking);
    app->site->guarded = asking.open.items ? ~open_areas(&asking.open) : 0;
}

const struct auth *build_route_auth(struct builder *builder, const struct node *node,
                                    const struct auth *outer)
{
    struct asking asking = {0};
    if (!node || node->kind == NODE_NULL)
        return outer;
    if (node->kind == NODE_STRING && strcmp(node->as.string.text, "none") == 0)
        return NULL;
    if (node->kind != NODE_MAP) {
        problems_error(builder->problems, node->place, "auth: expected `none` or a mapping, not %s",
                       node_kind_name(node->kind));
        return outer;
    }
    const struct auth *auth = read_auth(builder, node, &asking);
    if (asking.open.items)
        tell(builder, node, "open", "only the app's `auth` has it");
    return auth;
}

static void check_keys(struct builder *builder, const struct site *site, const struct auth *auth,
                       struct place place)
{
    size_t count;
    const struct api_key *keys = key_set_all(auth->keys, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < keys[i].scope_count; k++)
            if (!site_has_route(site, keys[i].scopes[k]))
                problems_error(builder->problems, place,
                               "the key '%s' is for %s, and there is no such route", keys[i].name,
                               keys[i].scopes[k]);
}

void check_scopes(struct builder *builder, const struct app *app)
{
    const struct site *site = app->site;
    if (site->auth)
        check_keys(builder, site, site->auth, app->auth_place);
    for (size_t i = 0; i < site->count; i++)
        if (site->routes[i]->auth && site->routes[i]->auth != site->auth)
            check_keys(builder, site, site->routes[i]->auth, app->route_places[i]);
}

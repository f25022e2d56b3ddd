/* Which schema is where: identifiers, anchors, references. */
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "schema/validator.h"

enum { PLACE_MAX = 1 << 20 };

bool registry_refuse(struct registry *registry, const struct vnode *node, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = snprintf(registry->why, 256, "%s#%s: ", node->resource->uri, node->place);
    if (len < 0 || len > 200)
        len = snprintf(registry->why, 256, "%s", "in a schema: ");
    vsnprintf(registry->why + len, 256 - (size_t)len, format, args);
    va_end(args);
    return false;
}

struct anchor *anchor_find(const struct resource *resource, const char *name)
{
    for (struct anchor *anchor = resource->anchors; anchor; anchor = anchor->next)
        if (strcmp(anchor->name, name) == 0)
            return anchor;
    return NULL;
}

static int compare_nodes(const void *a, const void *b)
{
    const struct vnode *x = a, *y = b;
    return (x->json > y->json) - (x->json < y->json);
}

static struct vnode *node_of(struct registry *registry, json_t *json)
{
    struct vnode key = {.json = json};
    void *found = tfind(&key, &registry->nodes, compare_nodes);
    return found ? *(struct vnode **)found : NULL;
}

static void keep_node(void *node)
{
    (void)node;
}

void registry_fini(struct registry *registry)
{
    tdestroy(registry->nodes, keep_node);
    registry->nodes = NULL;
}

static struct vnode *new_node(struct registry *registry, json_t *json, struct resource *resource,
                              const char *place)
{
    struct vnode *node = arena_zalloc(registry->arena, sizeof *node);
    *node = (struct vnode){.json = json, .resource = resource, .place = place};
    if (json_is_object(json)) /* true and false are not told apart by where they are */
        tsearch(node, &registry->nodes, compare_nodes);
    return node;
}

static void add_document(struct registry *registry, const char *uri, struct vnode *root)
{
    struct document *document = arena_zalloc(registry->arena, sizeof *document);
    *document = (struct document){registry->known, uri, root};
    registry->known = document;
}

static struct vnode *find_document(const struct registry *registry, const char *uri)
{
    for (struct document *document = registry->known; document; document = document->next)
        if (strcmp(document->uri, uri) == 0)
            return document->root;
    return NULL;
}

/* The document under `uri` that is given or built in (new reference), or NULL. */
static json_t *load_document(const struct registry *registry, const char *uri)
{
    json_t *given = json_object_get(registry->documents, uri);
    return given ? json_deep_copy(given) : metaschema_find(uri);
}

/* The vocabularies that the meta-schema of `json` puts in use; `fallback`: nothing is said. */
static int vocabularies_of(const struct registry *registry, const json_t *json, int fallback)
{
    const char *uri = json_get_string(json, "$schema");
    json_t *meta = uri ? json_object_get(registry->documents, uri) : NULL;
    json_t *used = json_object_get(meta, "$vocabulary");
    static const char base[] = "https://json-schema.org/draft/2020-12/vocab/";
    if (!used)
        return fallback;
    int found = fallback & VOCABULARY_FORMAT;
    const char *name;
    json_t *needed;
    json_object_foreach(used, name, needed) {
        if (strncmp(name, base, sizeof base - 1) != 0)
            continue;
        if (strcmp(name + sizeof base - 1, "validation") == 0)
            found |= VOCABULARY_VALIDATION;
        if (strcmp(name + sizeof base - 1, "format-assertion") == 0)
            found |= VOCABULARY_FORMAT;
    }
    return found;
}

static struct resource *new_resource(struct registry *registry, const char *uri, const json_t *json,
                                     int vocabularies)
{
    struct resource *resource = arena_zalloc(registry->arena, sizeof *resource);
    resource->uri = uri;
    resource->vocabularies = vocabularies_of(registry, json, vocabularies);
    return resource;
}

static void add_anchor(struct registry *registry, struct vnode *node, const char *keyword)
{
    const char *name = json_get_string(node->json, keyword);
    if (!name)
        return;
    struct anchor *anchor = arena_zalloc(registry->arena, sizeof *anchor);
    *anchor = (struct anchor){node->resource->anchors, name, node, keyword[1] == 'd'};
    node->resource->anchors = anchor;
}

const char *registry_place(struct registry *registry, const char *place, const char *key)
{
    struct buf text;
    buf_init(&text, PLACE_MAX);
    buf_printf(&text, "%s/", place);
    for (; *key; key++) {
        if (*key == '~' || *key == '/')
            buf_add_str(&text, *key == '~' ? "~0" : "~1");
        else
            buf_add_char(&text, *key);
    }
    const char *made = arena_strndup(registry->arena, buf_str(&text), text.len);
    buf_fini(&text);
    return made;
}

static struct vnode *walk(struct registry *registry, json_t *json, struct resource *resource,
                          const char *place, int depth);

/* The schemas within the value of a keyword. */
static bool walk_keyword(struct registry *registry, const struct vnode *node,
                         const struct keyword *keyword, json_t *value, int depth)
{
    const char *place = registry_place(registry, node->place, keyword->name), *key;
    json_t *part;
    size_t i;
    if (keyword->shape == SHAPE_SCHEMA)
        return walk(registry, value, node->resource, place, depth + 1);
    if (keyword->shape == SHAPE_MEMBERS || keyword->shape == SHAPE_PATTERNS)
        json_object_foreach(value, key, part)
            if (!walk(registry, part, node->resource, registry_place(registry, place, key),
                      depth + 1))
                return false;
    if (keyword->shape == SHAPE_SCHEMAS)
        json_array_foreach(value, i, part)
            if (!walk(registry, part, node->resource,
                      arena_printf(registry->arena, "%s/%zu", place, i), depth + 1))
                return false;
    return true;
}

/* Makes the node of `json` and, if it has an identifier, its resource. */
static struct vnode *enter(struct registry *registry, json_t *json, struct resource *resource,
                           const char *place)
{
    const char *id = json_get_string(json, "$id");
    if (id && *id != '#') {
        const char *uri = uri_resolve(registry->arena, resource->uri, id);
        resource = new_resource(registry, uri, json, resource->vocabularies);
        place = "";
    }
    struct vnode *node = new_node(registry, json, resource, place);
    if (id && *id != '#')
        add_document(registry, resource->uri, node);
    add_anchor(registry, node, "$anchor");
    add_anchor(registry, node, "$dynamicAnchor");
    return node;
}

/* Takes in the schema `json` and all within it. */
static struct vnode *walk(struct registry *registry, json_t *json, struct resource *resource,
                          const char *place, int depth)
{
    struct vnode *node = enter(registry, json, resource, place);
    const char *key;
    json_t *value;
    if (depth > VALIDATE_MAX_NESTING) {
        registry_refuse(registry, node, "schemas are nested too deeply");
        return NULL;
    }
    json_object_foreach(json, key, value) {
        const struct keyword *keyword = keyword_find(key);
        if (keyword && !walk_keyword(registry, node, keyword, value, depth))
            return NULL;
    }
    return node;
}

struct vnode *registry_add(struct registry *registry, const char *uri, const json_t *json)
{
    json_t *own = arena_give_json(registry->arena, json_deep_copy(json));
    struct resource *resource = new_resource(registry, uri, own, registry->vocabularies);
    struct vnode *root = walk(registry, own, resource, "", 0);
    if (root)
        add_document(registry, uri, root);
    return root;
}

struct vnode *registry_node(struct registry *registry, const struct vnode *up, json_t *json,
                            const char *place)
{
    struct vnode *node = json_is_object(json) ? node_of(registry, json) : NULL;
    return node ? node : walk(registry, json, up->resource, place, 0);
}

/* Reads a segment of a JSON pointer within a fragment: %XX, ~0 and ~1. */
static char *read_segment(struct arena *arena, const char **text)
{
    size_t len = strcspn(*text, "/"), n = 0;
    char *out = arena_strndup(arena, *text, len);
    *text += len;
    for (size_t i = 0; i < len; i++, n++) {
        unsigned code;
        out[n] = out[i];
        if (out[i] == '%' && i + 2 < len && sscanf(out + i + 1, "%2x", &code) == 1) {
            out[n] = (char)code;
            i += 2;
        }
    }
    len = n;
    n = 0;
    for (size_t i = 0; i < len; i++, n++) {
        bool escaped = out[i] == '~' && i + 1 < len && (out[i + 1] == '0' || out[i + 1] == '1');
        out[n] = out[i];
        if (escaped)
            out[n] = out[++i] == '0' ? '~' : '/';
    }
    out[n] = '\0';
    return out;
}

/* Goes down from `root`; the innermost schema on the way says which resource it is. */
static struct vnode *follow_pointer(struct registry *registry, struct vnode *root,
                                    const char *pointer)
{
    json_t *json = root->json;
    struct vnode *inner = root;
    const char *place = root->place;
    while (*pointer == '/') {
        pointer++;
        const char *key = read_segment(registry->arena, &pointer);
        json = json_is_array(json) ? json_array_get(json, strtoul(key, NULL, 10))
                                   : json_object_get(json, key);
        struct vnode *known = json_is_object(json) ? node_of(registry, json) : NULL;
        place = registry_place(registry, place, key);
        if (known) {
            inner = known;
            place = known->place;
        }
    }
    return json ? registry_node(registry, inner, json, place) : NULL;
}

/* The root of the document under `uri`, loaded when it is not known yet. */
static struct vnode *need_document(struct registry *registry, const char *uri)
{
    struct vnode *root = find_document(registry, uri);
    if (root)
        return root;
    json_t *json = load_document(registry, uri);
    if (!json)
        return NULL;
    root = registry_add(registry, uri, json);
    json_decref(json);
    return root;
}

struct vnode *registry_resolve(struct registry *registry, const struct vnode *from, const char *ref,
                               const char **anchor)
{
    const char *uri = uri_resolve(registry->arena, from->resource->uri, ref);
    const char *hash = strchr(ref, '#'), *fragment = hash ? hash + 1 : "";
    struct vnode *root = need_document(registry, uri), *found = root;
    *anchor = NULL;
    if (root && *fragment == '/') {
        found = follow_pointer(registry, root, fragment);
    } else if (root && *fragment) {
        struct anchor *named = anchor_find(root->resource, fragment);
        *anchor = fragment;
        found = named ? named->node : NULL;
    }
    if (!found && !*registry->why)
        registry_refuse(registry, from, "'%s' refers to nothing", ref);
    return found;
}

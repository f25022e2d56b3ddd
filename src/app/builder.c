#include "app/builder.h"

#include <stdlib.h>
#include <string.h>

#include "app/kinds.h"
#include "app/modifiers.h"
#include "app/providers.h"
#include "app/wraps.h"
#include "base/mem.h"
#include "stages/sequence.h"

void builder_init(struct builder *builder, struct arena *arena, struct problems *problems)
{
    *builder = (struct builder){.arena = arena, .problems = problems};
}

void builder_fini(struct builder *builder)
{
    for (size_t i = 0; i < builder->count; i++)
        runnable_rele(builder->names[i].runnable);
    free(builder->names);
    free(builder->natives);
    written_fini(&builder->written);
}

static struct named *find_name(struct builder *builder, const char *name)
{
    for (size_t i = 0; i < builder->count; i++)
        if (strcmp(builder->names[i].name, name) == 0)
            return &builder->names[i];
    return NULL;
}

bool builder_knows(struct builder *builder, const char *name)
{
    return kind_of_builtin(name) || find_name(builder, name);
}

static bool is_name_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '-' || c == '.' || c >= 0x80;
}

static bool is_name(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!is_name_char((unsigned char)*c))
            return false;
    return *text != '\0';
}

static bool check_new_name(struct builder *builder, const struct node_member *member)
{
    const struct named *other = find_name(builder, member->key);
    if (!is_name(member->key))
        problems_error(builder->problems, member->key_place,
                       "'%s' cannot be a name: use letters, digits, '_', '-' and '.'", member->key);
    else if (kind_of_builtin(member->key))
        problems_error(builder->problems, member->key_place,
                       "'%s' is built in: choose another name", member->key);
    else if (other)
        problems_error(builder->problems, member->key_place,
                       "the name '%s' is taken by a %s at line %d", member->key,
                       other->sort == NAMED_MODEL ? "model" : "chain", other->place.line);
    else
        return true;
    return false;
}

void builder_add_names(struct builder *builder, const struct node *section, enum named_sort sort)
{
    for (size_t i = 0; section && i < section->as.map.count; i++) {
        const struct node_member *member = &section->as.map.members[i];
        if (!check_new_name(builder, member))
            continue;
        builder->names = mem_resize(builder->names, builder->count + 1, sizeof *builder->names);
        builder->names[builder->count++] = (struct named){
            .name = member->key, .place = member->key_place, .sort = sort, .node = member->value};
    }
}

static void build_named(struct builder *builder, struct named *named)
{
    named->state = NAMED_BUILDING;
    size_t index = (size_t)(named - builder->names);
    struct runnable *built = named->sort == NAMED_MODEL
                                 ? provider_build(builder, named->node, named->name)
                                 : build_expression(builder, named->node);
    builder->names[index].runnable = built;
    builder->names[index].state = NAMED_BUILT;
}

void builder_build_names(struct builder *builder)
{
    builder->unrouted = true;
    for (size_t i = 0; i < builder->count; i++)
        if (builder->names[i].state == NAMED_UNBUILT)
            build_named(builder, &builder->names[i]);
}

/* Says that a name is unknown, and what was probably meant. */
static void unknown_name(struct builder *builder, const struct node *node)
{
    const char *name = node->secret ? NULL : node->as.string.text;
    if (name && !is_name(name)) {
        problems_error(builder->problems, node->place,
                       "'%s' is neither a name nor a pipe of names; for a prompt write "
                       "`prompt: \"…\"`",
                       name);
        return;
    }
    const char **words = mem_zalloc(builder->count + kinds_builtin_count() + 1, sizeof *words);
    size_t n = 0;
    for (size_t i = 0; i < builder->count; i++)
        words[n++] = builder->names[i].name;
    for (size_t i = 0; i < kinds_builtin_count(); i++)
        words[n++] = kinds_builtin(i);
    problems_unknown(builder->problems, node->place, "chain or model", name, words);
    free(words);
}

void builder_refer(struct builder *builder, const char *name, struct place place)
{
    struct named *named = find_name(builder, name);
    if (named)
        named->used = true;
    else
        unknown_name(builder, node_new_string(builder->arena, name, strlen(name), place));
}

struct runnable *build_name(struct builder *builder, const struct node *node)
{
    const char *name = node->as.string.text;
    const struct kind *builtin = kind_of_builtin(name);
    if (builtin) {
        struct runnable *built = builtin->build(builder, node, NULL);
        written_add(&builder->written, built, name, node->place);
        return built;
    }
    struct named *named = find_name(builder, name);
    if (!named) {
        unknown_name(builder, node);
        return NULL;
    }
    named->used = true;
    if (named->state == NAMED_BUILDING) {
        problems_error(builder->problems, node->place, "the chain %s%s%s contains itself",
                       node->secret ? "" : "'", node->secret ? "named here" : name,
                       node->secret ? "" : "'");
        return NULL;
    }
    size_t index = (size_t)(named - builder->names);
    if (named->state == NAMED_UNBUILT)
        build_named(builder, named);
    struct runnable *built = builder->names[index].runnable;
    return built ? runnable_hold(built) : NULL;
}

/* A list of runnables under construction. */
struct parts {
    struct runnable **items;
    size_t count;
    bool failed;
};

static void parts_add(struct parts *parts, struct runnable *part)
{
    parts->items = mem_resize(parts->items, parts->count + 1, sizeof *parts->items);
    parts->items[parts->count++] = part;
}

/* Takes `part` over; a sequence without a label of its own gives its parts instead of itself. */
static void parts_take(struct parts *parts, struct runnable *part)
{
    const struct runnable *inner;
    const char *label;
    if (!part) {
        parts->failed = true;
        return;
    }
    if (!runnable_is_sequence(part) || modifiers_mark(part)) {
        parts_add(parts, part);
        return;
    }
    for (unsigned i = 0; (inner = part->ops->part(part, i, &label)); i++)
        parts_add(parts, runnable_hold((struct runnable *)inner));
    runnable_rele(part);
}

static struct runnable *parts_join(struct parts *parts)
{
    struct runnable *joined = NULL;
    if (parts->failed || parts->count == 0)
        for (size_t i = 0; i < parts->count; i++)
            runnable_rele(parts->items[i]);
    else
        joined = parts->count == 1 ? parts->items[0] : sequence_new(parts->items, parts->count);
    free(parts->items);
    return joined;
}

struct runnable *build_sequence(struct builder *builder, const struct node *list)
{
    struct parts parts = {0};
    if (list->as.list.count == 0)
        problems_error(builder->problems, list->place,
                       "an empty list: a sequence has at least one step");
    for (size_t i = 0; i < list->as.list.count; i++)
        parts_take(&parts, build_expression(builder, list->as.list.items[i]));
    return parts_join(&parts);
}

/* "a | b | c": names between pipes. */
static struct runnable *build_pipe(struct builder *builder, const struct node *node)
{
    struct parts parts = {0};
    const char *at = node->as.string.text;
    for (;;) {
        size_t len = strcspn(at, "|");
        size_t from = strspn(at, " \t\n");
        size_t to = len;
        while (to > from && strchr(" \t\n", at[to - 1]))
            to--;
        if (from >= to)
            problems_error(builder->problems, node->place, "a name is missing beside a '|'");
        struct node *name =
            node_new_string(builder->arena, at + from, to > from ? to - from : 0, node->place);
        parts_take(&parts, from < to ? build_name(builder, name) : NULL);
        if (!at[len])
            break;
        at += len + 1;
    }
    return parts_join(&parts);
}

static struct runnable *build_string(struct builder *builder, const struct node *node)
{
    const char *text = node->as.string.text;
    bool pipe = strchr(text, '|') && !strpbrk(text, "{}\"");
    return pipe ? build_pipe(builder, node) : build_name(builder, node);
}

/* The one kind key of a mapping; NULL (and told) when there is none or more than one. */
static const struct kind *kind_of_map(struct builder *builder, const struct node *map,
                                      const struct node_member **key)
{
    const struct kind *found = NULL;
    for (size_t i = 0; i < map->as.map.count; i++) {
        const struct node_member *member = &map->as.map.members[i];
        const struct kind *kind = kind_find(member->key);
        if (kind && found) {
            problems_error(builder->problems, member->key_place,
                           "'%s' beside '%s': a step has exactly one kind; write steps one after "
                           "the other as a list",
                           member->key, found->key);
            return NULL;
        }
        if (kind) {
            found = kind;
            *key = member;
        }
    }
    if (!found)
        kinds_tell_missing(builder->problems, map);
    return found;
}

static struct runnable *build_map(struct builder *builder, const struct node *map)
{
    const struct node_member *key = NULL;
    const struct kind *kind = kind_of_map(builder, map, &key);
    if (!kind)
        return NULL;
    struct modifiers modifiers = {0};
    modifiers_read(builder, kind, map, &modifiers);
    struct runnable *built = kind->build(builder, key->value, map);
    written_add(&builder->written, built, kind->key, key->key_place);
    if (built && modifiers.configurable)
        built = wrap_configurable(builder, modifiers.configurable, kind, key->value, map, built);
    return built ? modifiers_apply(builder, &modifiers, built) : NULL;
}

static struct runnable *build_any(struct builder *builder, const struct node *node)
{
    switch (node->kind) {
    case NODE_STRING: return build_string(builder, node);
    case NODE_LIST: return build_sequence(builder, node);
    case NODE_MAP: return build_map(builder, node);
    default:
        problems_error(builder->problems, node->place,
                       "%s is no chain: expected a name, a list of steps, or a mapping such as "
                       "`prompt: …`",
                       node_kind_name(node->kind));
        return NULL;
    }
}

/* Takes `built` over; NULL, and told, when the C stack might not hold its runs. */
static struct runnable *not_too_deep(struct builder *builder, const struct node *node,
                                     struct runnable *built)
{
    if (!built || built->depth <= BUILD_MAX_DEPTH)
        return built;
    problems_error(builder->problems, node->place,
                   "%u steps stand inside or behind each other here: more than %d are too many",
                   built->depth, BUILD_MAX_DEPTH);
    runnable_rele(built);
    return NULL;
}

struct runnable *build_expression(struct builder *builder, const struct node *node)
{
    if (builder->depth >= BUILD_MAX_DEPTH) {
        problems_error(builder->problems, node->place,
                       "chains stand more than %d deep inside each other", BUILD_MAX_DEPTH);
        return NULL;
    }
    builder->depth++;
    struct runnable *built = build_any(builder, node);
    builder->depth--;
    return not_too_deep(builder, node, built);
}

const struct node *builder_model(struct builder *builder, const char *name)
{
    struct named *named = find_name(builder, name);
    bool model = named && named->sort == NAMED_MODEL && named->node->kind == NODE_MAP;
    return model ? named->node : NULL;
}

struct runnable *build_model(struct builder *builder, const struct node *node)
{
    if (node->kind == NODE_STRING)
        return build_name(builder, node);
    return provider_build(builder, node, NULL);
}

const struct node *builder_chain(struct builder *builder, const char *name)
{
    struct named *named = find_name(builder, name);
    return named && named->sort == NAMED_CHAIN ? named->node : NULL;
}

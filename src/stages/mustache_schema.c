/* What a template asks of its input: its variables, and LangChain's schema of them. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stages/mustache_internal.h"
#include "stages/schema_parts.h"

static bool opens(const struct mustache_token *token)
{
    return token->tag == MUSTACHE_SECTION || token->tag == MUSTACHE_INVERTED;
}

static bool prints(const struct mustache_token *token)
{
    return token->tag == MUSTACHE_VARIABLE || token->tag == MUSTACHE_RAW;
}

void mustache_names(const struct mustache *mustache, json_t *names)
{
    size_t depth = 0;
    for (size_t i = 0; i < mustache->count; i++) {
        const struct mustache_token *token = &mustache->tokens[i];
        if (depth == 0 && !token->is_dot && (opens(token) || prints(token)))
            json_object_set_new_nocheck(names, token->text, json_null());
        depth += opens(token);
        depth -= token->tag == MUSTACHE_END;
    }
}

/* ---- the tree of names ---- */

/* The objects inside each other that the names lead through, made where they are not; names that
 * are new come behind those that are there. */
static json_t *tree_at(json_t *tree, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_t *inner = json_object_get(tree, names[i]);
        if (!inner) {
            inner = json_object();
            json_object_set_new_nocheck(tree, names[i], inner);
        }
        tree = inner;
    }
    return tree;
}

/* A path of names, from the outermost section in. */
struct path {
    const char *names[MUSTACHE_MAX_DEPTH];
    size_t count;
};

static void path_add(struct path *path, const struct mustache_token *token)
{
    const char *name = token->text;
    for (unsigned i = 0; i < token->parts && path->count < MUSTACHE_MAX_DEPTH; i++) {
        path->names[path->count++] = name;
        name = mustache_next_part(name);
    }
}

static json_t *path_key(const struct path *path)
{
    struct buf key;
    buf_init(&key, SIZE_MAX);
    for (size_t i = 0; i < path->count; i++) {
        (void)buf_add_str(&key, path->names[i]);
        (void)buf_add_char(&key, '.');
    }
    json_t *text = json_stringn_nocheck(buf_str(&key), key.len);
    buf_fini(&key);
    return text;
}

/* A path that the template names, in the order of the first time. */
struct field {
    const char **names;
    size_t count;
    bool prints; /* the last time it was a variable, and no section */
};

struct fields {
    struct field *items;
    size_t count;
    json_t *indices; /* by path_key() */
};

static void note_field(struct fields *fields, const struct path *path, bool as_variable)
{
    json_auto_t *key = path_key(path);
    const json_t *index = json_object_get(fields->indices, json_string_value(key));
    size_t at = index ? (size_t)json_integer_value(index) : fields->count;
    if (!index) {
        if ((at & (at - 1)) == 0)
            fields->items = mem_resize(fields->items, 2 * at + 1, sizeof *fields->items);
        struct field *field = &fields->items[fields->count++];
        field->names = mem_zalloc(path->count, sizeof *field->names);
        field->count = path->count;
        memcpy(field->names, path->names, path->count * sizeof *field->names);
        json_object_set_new_nocheck(fields->indices, json_string_value(key),
                                    json_integer((json_int_t)at));
    }
    assert(fields->items);
    fields->items[at].prints = as_variable;
}

static void note_fields(struct fields *fields, const struct mustache *mustache)
{
    struct path prefix = {.count = 0};
    size_t outer[MUSTACHE_MAX_DEPTH + 1] = {0}, depth = 0;
    for (size_t i = 0; i < mustache->count; i++) {
        const struct mustache_token *token = &mustache->tokens[i];
        struct path path = prefix;
        if (token->is_dot)
            continue;
        path_add(&path, token);
        if (token->tag == MUSTACHE_END) {
            assert(depth > 0); /* the reader pairs them */
            prefix.count = outer[--depth];
        } else if (opens(token)) {
            outer[depth++] = prefix.count;
            prefix = path;
            note_field(fields, &path, false);
        } else if (prints(token)) {
            note_field(fields, &path, true);
        }
    }
}

/* The names as objects inside each other, the last first, and "" where text is asked for. */
static json_t *tree_of_names(const struct mustache *mustache)
{
    struct fields fields = {.indices = json_object()};
    json_auto_t *all = json_object();
    json_t *tree = json_object();
    note_fields(&fields, mustache);
    for (size_t i = 0; i < fields.count; i++)
        (void)tree_at(all, fields.items[i].names, fields.items[i].count);
    for (size_t i = fields.count; i-- > 0;) {
        const struct field *field = &fields.items[i];
        size_t last = field->count - 1;
        json_t *inner = tree_at(all, field->names, field->count);
        if (field->prints && json_object_size(inner) == 0)
            json_object_set_new_nocheck(tree_at(tree, field->names, last), field->names[last],
                                        json_string_nocheck(""));
        else
            (void)tree_at(tree, field->names, field->count);
        free(field->names);
    }
    free(fields.items);
    json_decref(fields.indices);
    return tree;
}

/* ---- the schema ---- */

struct models {
    json_t *first;    /* the first tree of each name */
    json_t *numbered; /* names whose models differ, so that they are told apart by numbers */
    json_t *made;     /* how many of them were made */
    json_t *defs;
};

/* Notes the first model of each name, and the names whose models differ. */
static void compare_models(const json_t *tree, const struct models *models)
{
    const char *name;
    json_t *inner;
    json_object_foreach((json_t *)tree, name, inner) {
        const json_t *first = json_object_get(models->first, name);
        if (json_object_size(inner) == 0)
            continue;
        if (!first)
            json_object_set_nocheck(models->first, name, inner);
        else if (!json_equal(first, inner))
            json_object_set_new_nocheck(models->numbered, name, json_true());
        else
            json_object_set_new_nocheck(models->made, name, json_integer(1)); /* more than one */
        compare_models(inner, models);
    }
}

/* Models that are the same, but for numbers in what they refer to, are numbered too.  Whether there
 * was one. */
static bool spread_numbers(const json_t *tree, const char *name, const struct models *models)
{
    const char *inner_name;
    json_t *inner;
    bool spread = false, several = name && json_object_get(models->made, name);
    json_object_foreach((json_t *)tree, inner_name, inner) {
        if (json_object_size(inner) == 0)
            continue;
        spread = spread_numbers(inner, inner_name, models) || spread;
        if (several && json_object_get(models->numbered, inner_name) &&
            !json_object_get(models->numbered, name)) {
            json_object_set_new_nocheck(models->numbered, name, json_true());
            spread = true;
        }
    }
    return spread;
}

static json_t *model_of(const char *title, const json_t *tree, struct models *models);

/* A reference to the model of a name, which is put into the definitions. */
static json_t *reference_to(const char *name, const json_t *tree, struct models *models)
{
    json_t *model = model_of(name, tree, models);
    json_int_t made = json_integer_value(json_object_get(models->made, name)) + 1;
    json_object_set_new_nocheck(models->made, name, json_integer(made));
    char *word = schema_def_name(name), *key;
    /* pydantic's names for models of one name and module */
    key = json_object_get(models->numbered, name)
              ? mem_printf("langchain_core__prompts__string__%s__%d", word, (int)made)
              : mem_strdup(word);
    json_object_set_new_nocheck(models->defs, key, model);
    json_t *reference = json_pack("{s:o,s:n}", "$ref", json_sprintf("#/$defs/%s", key), "default");
    free(word);
    free(key);
    return reference;
}

static json_t *model_of(const char *title, const json_t *tree, struct models *models)
{
    json_t *schema = schema_new_object(title), *inner, *member;
    const char *name;
    json_object_foreach((json_t *)tree, name, inner) {
        if (json_object_size(inner) > 0)
            member = reference_to(name, inner, models);
        else if (json_is_string(inner))
            member = json_pack("{s:n,s:o,s:s}", "default", "title", schema_title(name), "type",
                               "string");
        else
            member = json_pack("{s:b,s:n,s:o,s:s}", "additionalProperties", 1, "default", "title",
                               schema_title(name), "type", "object");
        json_object_set_new_nocheck(json_object_get(schema, "properties"), name, member);
    }
    json_object_del(schema, "required");
    return schema;
}

json_t *mustache_schema(const struct mustache *mustache)
{
    json_auto_t *tree = tree_of_names(mustache);
    json_auto_t *first = json_object();
    json_auto_t *numbered = json_object();
    json_auto_t *made = json_object();
    struct models models = {first, numbered, made, json_object()};
    compare_models(tree, &models);
    while (spread_numbers(tree, NULL, &models))
        continue;
    json_object_clear(made);
    return schema_finish(model_of("PromptInput", tree, &models), models.defs);
}

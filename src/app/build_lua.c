/* `lambda` and `generator`: Lua in the YAML file, or in files beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/build.h"
#include "app/lua_place.h"
#include "lua/lua_lambda.h"
#include "lua/scan.h"
#include "yaml/option.h"

struct lua_function {
    const char *file, *function;
};

static const struct option function_options[] = {
    {.name = "file",
     .type = OPTION_STRING,
     .required = true,
     .offset = offsetof(struct lua_function, file),
     .doc = "A file of Lua functions, relative to this one."},
    {.name = "function",
     .type = OPTION_STRING,
     .required = true,
     .offset = offsetof(struct lua_function, function),
     .doc = "The name of one of them."},
    {.name = NULL},
};

/* A path that is relative to the file a node stands in. */
static const char *path_of(struct builder *builder, const char *path, struct place place)
{
    const char *slash = place.line > 0 && place.file ? strrchr(place.file, '/') : NULL;
    if (*path == '/' || !slash)
        return path;
    return arena_printf(builder->arena, "%.*s/%s", (int)(slash - place.file), place.file, path);
}

static struct box *new_box(struct builder *builder, struct place place)
{
    const struct lua_options *lua = builder->lua;
    const struct box_limits limits = {.memory = (size_t)lua->memory, .time_ms = lua->time};
    return box_new(&limits, lua->path ? path_of(builder, lua->path, place) : NULL);
}

static struct runnable *finish(struct box *box, bool emits, bool wants_config)
{
    const struct lua_lambda_traits traits = {.emits = emits, .wants_config = wants_config};
    return lua_lambda_new(box, &traits);
}

/* ---- what a text names ---- */

struct names {
    struct builder *builder;
    struct box *box;
    struct place place; /* of the text's first line */
    bool wants_config, failed;
};

static struct place place_of_word(const struct names *names, const struct scan_word *word)
{
    struct place place = names->place;
    if (place.line > 0 && word->line > 1) {
        place.line += word->line - 1;
        place.column = 1;
    }
    return place;
}

static bool runs_others(const struct scan_word *word)
{
    return scan_is(word, "invoke") || scan_is(word, "stream") || scan_is(word, "batch");
}

static void on_word(void *owner, const struct scan_word *word)
{
    struct names *names = owner;
    struct builder *builder = names->builder;
    struct place place = place_of_word(names, word);
    char *argument =
        word->argument ? arena_strndup(builder->arena, word->argument, word->argument_len) : NULL;
    char *why = NULL;
    names->wants_config |= scan_is(word, "config");
    if (runs_others(word) && argument)
        builder_refer(builder, argument, place);
    else if (runs_others(word) || scan_is(word, "parallel"))
        builder->by_name = true;
    else if (scan_is(word, "require") && argument && box_require(names->box, argument, &why)) {
        problems_error(builder->problems, place, "%s", why);
        names->failed = true;
    }
    free(why);
}

/* ---- kinds ---- */

static struct runnable *build_text(struct builder *builder, const struct node *node, bool emits)
{
    struct place first = lua_place_first(node);
    const char *base = strrchr(first.file, '/');
    const struct box_source source = {.file = base ? base + 1 : first.file,
                                      .line = first.line,
                                      .text = node->as.string.text,
                                      .len = node->as.string.len};
    struct names names = {.builder = builder, .box = new_box(builder, node->place), .place = first};
    char *why = NULL;
    lua_place_warn(builder->problems, node);
    scan_words(source.text, source.len, on_word, &names);
    if (names.failed || box_load_text(names.box, &source, &why) != LS_OK) {
        if (why)
            lua_place_error(builder->problems, node, why);
        free(why);
        box_free(&names.box);
        return NULL;
    }
    return finish(names.box, emits, names.wants_config);
}

struct runnable *build_lambda_text(struct builder *builder, const struct node *text)
{
    return build_text(builder, text, false);
}

static struct runnable *build_function(struct builder *builder, const struct node *value,
                                       const char *kind, bool emits)
{
    struct lua_function wanted = {0};
    char *why = NULL;
    options_read(function_options, value, &wanted, NULL, kind, builder->arena, builder->problems);
    if (!wanted.file || !wanted.function)
        return NULL;
    struct box *box = new_box(builder, value->place);
    const char *path = path_of(builder, wanted.file, value->place);
    builder->by_name = true;
    if (box_load_file(box, path, wanted.function, &why) == LS_OK)
        return finish(box, emits, true);
    problems_error(builder->problems, node_get(value, "file")->place, "%s", why);
    free(why);
    box_free(&box);
    return NULL;
}

static struct runnable *build_lua(struct builder *builder, const struct node *value,
                                  const char *kind, bool emits)
{
    if (value->kind == NODE_STRING)
        return build_text(builder, value, emits);
    if (value->kind == NODE_MAP)
        return build_function(builder, value, kind, emits);
    problems_error(builder->problems, value->place,
                   "%s: expected Lua, or {file: FILE, function: NAME}, not %s; a text that YAML "
                   "takes for something else stands in quotes",
                   kind, node_kind_name(value->kind));
    return NULL;
}

struct runnable *build_lua_lambda(struct builder *builder, const struct node *value,
                                  const struct node *map)
{
    (void)map;
    return build_lua(builder, value, "lambda", false);
}

struct runnable *build_lua_generator(struct builder *builder, const struct node *value,
                                     const struct node *map)
{
    (void)map;
    return build_lua(builder, value, "generator", true);
}

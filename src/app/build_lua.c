/* `lambda` and `generator`: Lua in the YAML file, or in files beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/build.h"
#include "app/build_file.h"
#include "app/build_metrics.h"
#include "app/lua_place.h"
#include "lua/lua_check.h"
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

/* A box whose calls may take `most_ms`, or less where the file says so. */
static struct box *new_box(struct builder *builder, struct place place, int64_t most_ms)
{
    const struct lua_options *lua = builder->lua;
    const struct box_limits limits = {.memory = (size_t)lua->memory,
                                      .time_ms = lua->time < most_ms ? lua->time : most_ms};
    return box_new(&limits, lua->path ? build_path(builder, lua->path, place) : NULL);
}

/* ---- what a text names ---- */

struct names {
    struct builder *builder;
    struct box *box;
    struct place place; /* of the text's first line */
    bool wants_input, wants_config, wants_chunks, failed;
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
    names->wants_input |= scan_is(word, "input");
    names->wants_config |= scan_is(word, "config");
    names->wants_chunks |= scan_is(word, "chunks");
    if (scan_is(word, "metrics") && argument)
        (void)app_metric_named(builder, argument, place);
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

/* Loads a text into `box` (taken over); the box again, NULL when there is a mistake.  A generator
 * that says `chunks` and nowhere `input` takes its input as it comes. */
static struct box *load_text(struct builder *builder, const struct node *node, struct box *box,
                             struct lua_lambda_traits *traits)
{
    struct place first = lua_place_first(node);
    const char *base = strrchr(first.file, '/');
    const struct box_source source = {.file = base ? base + 1 : first.file,
                                      .line = first.line,
                                      .text = node->as.string.text,
                                      .len = node->as.string.len};
    struct names names = {.builder = builder, .box = box, .place = first};
    char *why = NULL;
    lua_place_warn(builder->problems, node);
    scan_words(source.text, source.len, on_word, &names);
    traits->wants_config = names.wants_config;
    traits->streams = traits->emits && names.wants_chunks && !names.wants_input;
    if (!names.failed && box_load_text(box, &source, &why) == LS_OK)
        return box;
    if (why)
        lua_place_error(builder->problems, node, why);
    free(why);
    box_free(&box);
    return NULL;
}

static struct runnable *build_text(struct builder *builder, const struct node *node, bool emits)
{
    struct lua_lambda_traits traits = {.emits = emits};
    struct box *box = load_text(builder, node, new_box(builder, node->place, INT64_MAX), &traits);
    return box ? lua_lambda_new(box, &traits) : NULL;
}

struct runnable *build_lambda_text(struct builder *builder, const struct node *text)
{
    return build_text(builder, text, false);
}

/* Loads a function of a file into `box` (taken over); the box again, NULL when there is a
 * mistake. */
static struct box *load_function(struct builder *builder, const struct node *value,
                                 const char *kind, struct box *box)
{
    struct lua_function wanted = {0};
    char *why = NULL;
    options_read(function_options, value, &wanted, NULL, kind, builder->arena, builder->problems);
    if (wanted.file && wanted.function) {
        const char *path = build_path(builder, wanted.file, value->place);
        if (box_load_file(box, path, wanted.function, &why) == LS_OK)
            return box;
        problems_error(builder->problems, node_get(value, "file")->place, "%s", why);
        free(why);
    }
    box_free(&box);
    return NULL;
}

/* A generator whose function has no parameters takes its input as it comes. */
static struct runnable *build_function(struct builder *builder, const struct node *value,
                                       const char *kind, bool emits)
{
    struct box *box =
        load_function(builder, value, kind, new_box(builder, value->place, INT64_MAX));
    builder->by_name = true;
    if (!box)
        return NULL;
    const struct lua_lambda_traits traits = {.emits = emits,
                                             .streams = emits && !box_takes_input(box),
                                             .wants_config = true};
    return lua_lambda_new(box, &traits);
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

const struct schema_check *build_lua_check(struct builder *builder, const struct node *value)
{
    struct lua_lambda_traits traits = {0};
    struct box *box = new_box(builder, value->place, LUA_CHECK_MS);
    box = value->kind == NODE_STRING ? load_text(builder, value, box, &traits)
                                     : load_function(builder, value, "check", box);
    if (!box)
        return NULL;
    struct schema_check *check = lua_check_new(box);
    arena_defer(builder->arena, lua_check_free, check);
    return check;
}

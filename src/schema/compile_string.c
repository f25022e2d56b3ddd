/* Strings: lengths, patterns, trimming, formats. */
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "schema/compile.h"

bool compile_length(struct compiler *compiler, const struct node *node, const char *key,
                    size_t fallback, size_t *out, const struct place *place)
{
    json_t *given = json_object_get(node->json, key);
    *out = given ? (size_t)json_integer_value(given) : fallback;
    if (given && (!json_is_integer(given) || json_integer_value(given) < 0))
        return compile_refuse(compiler, place, key, "%s is no length", key);
    return true;
}

static void free_pattern(void *pattern)
{
    struct pattern *own = pattern;
    pattern_free(&own);
}

bool compile_pattern(struct compiler *compiler, struct node *node, const char *text, size_t len,
                     const struct place *place)
{
    char why[256];
    if (pattern_compile(&node->pattern, text, len, PATTERN_UNICODE, why))
        return compile_refuse(compiler, place, NULL, "pattern: %s", why);
    node->expected = text;
    arena_defer(compiler->arena, free_pattern, node->pattern);
    return true;
}

/* Formats whose strings are read and printed anew, as pydantic does with its own types for them;
 * others are notes. */
static enum node_kind kind_of(const char *format)
{
    static const struct {
        const char *format;
        enum node_kind kind;
    } rows[] = {{"date-time", NODE_DATETIME},
                {"date", NODE_DATE},
                {"time", NODE_TIME},
                {"uuid", NODE_UUID}};
    for (size_t i = 0; format && i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].format, format) == 0)
            return rows[i].kind;
    return NODE_STRING;
}

bool compile_string(struct compiler *compiler, struct node *node, const struct place *place)
{
    json_t *pattern = json_object_get(node->json, "pattern");
    json_t *trim = json_object_get(node->json, "trim");
    bool plain = !pattern && !trim && !json_object_get(node->json, "minLength") &&
                 !json_object_get(node->json, "maxLength");
    if (plain)
        node->kind = kind_of(json_get_string(node->json, "format"));
    bool fine = compile_length(compiler, node, "minLength", 0, &node->least, place);
    fine &= compile_length(compiler, node, "maxLength", SIZE_MAX, &node->most, place);
    if (trim && !json_is_boolean(trim))
        fine = compile_refuse(compiler, place, "trim", "trim is true or false");
    node->trims = json_is_true(trim);
    if (!pattern)
        return fine;
    if (!json_is_string(pattern))
        return compile_refuse(compiler, place, "pattern", "pattern is a string");
    const struct place here = {place, "pattern", place->depth};
    return compile_pattern(compiler, node, json_string_value(pattern), json_string_length(pattern),
                           &here) &&
           fine;
}

#include "stages/parse_regex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "stages/parse_whole.h"

struct parse_regex {
    struct parse_whole whole;
    struct pattern *pattern;
    json_t *keys;
    char *default_key;
};

static struct parse_regex *as_regex(const struct runnable *runnable)
{
    return container_of(runnable, struct parse_regex, whole.runnable);
}

static json_t *groups_object(const struct parse_regex *parser, const char *text,
                             const struct match_span *groups)
{
    json_t *object = json_object(), *key;
    size_t i;
    json_array_foreach(parser->keys, i, key) {
        struct match_span group = groups[i + 1];
        json_t *value = group.start == PATTERN_NO_GROUP
                            ? json_null()
                            : json_stringn(text + group.start, group.end - group.start);
        json_object_set_new(object, json_string_value(key), value);
    }
    return object;
}

static json_t *default_object(const struct parse_regex *parser, const char *text, size_t len)
{
    json_t *object = json_object(), *key;
    size_t i;
    json_array_foreach(parser->keys, i, key) {
        bool is_default = strcmp(json_string_value(key), parser->default_key) == 0;
        json_object_set_new(object, json_string_value(key),
                            json_stringn(text, is_default ? len : 0));
    }
    return object;
}

static enum ls_err regex_parse(const struct runnable *runnable, const char *text, size_t len,
                               json_t **value, struct buf *why)
{
    const struct parse_regex *parser = as_regex(runnable);
    struct match_span groups[PATTERN_MAX_GROUPS + 1];
    bool found = false;
    enum ls_err err = pattern_match(parser->pattern, text, len, 0, NULL, groups,
                                    json_array_size(parser->keys) + 1, &found);
    if (err) {
        buf_add_str(why, "the regular expression takes too long on this text");
        return LS_PARSE_FAILED;
    }
    if (!found && !parser->default_key)
        return parse_fail(why, "Could not parse output: ", text, len, "");
    *value = found ? groups_object(parser, text, groups) : default_object(parser, text, len);
    return LS_OK;
}

static json_t *regex_output_schema(const struct runnable *runnable)
{
    json_t *schema = json_pack("{s:{s:s}}", "additionalProperties", "type", "string");
    json_object_set_new(schema, "title", runnable_title(runnable, "Output"));
    json_object_set_new(schema, "type", json_string("object"));
    return schema;
}

static void regex_fini(struct runnable *runnable)
{
    struct parse_regex *parser = as_regex(runnable);
    pattern_free(&parser->pattern);
    json_decref(parser->keys);
    free(parser->default_key);
}

static const struct runnable_ops regex_ops = {
    .type = "RegexParser",
    .step = STEP_PARSER,
    .open = parse_whole_open,
    .input_schema = parse_input_schema,
    .output_schema = regex_output_schema,
    .fini = regex_fini,
};

enum ls_err parse_regex_new(struct runnable **out, const char *regex, json_t *keys,
                            const char *default_key, char why[256])
{
    struct pattern *pattern = NULL;
    enum ls_err err = pattern_compile(&pattern, regex, strlen(regex), PATTERN_PYTHON, why);
    if (err)
        return err;
    size_t groups = pattern_groups(pattern), count = json_array_size(keys);
    if (count > groups || count > PATTERN_MAX_GROUPS) {
        (void)snprintf(why, 256, "%zu keys for %zu groups (at most %d)", count, groups,
                       PATTERN_MAX_GROUPS);
        pattern_free(&pattern);
        return LS_BAD_CONFIG;
    }
    struct parse_regex *parser = mem_alloc(sizeof *parser);
    runnable_init(&parser->whole.runnable, &regex_ops, NULL);
    parser->whole.parse = regex_parse;
    parser->pattern = pattern;
    parser->keys = json_incref(keys);
    parser->default_key = default_key ? mem_strdup(default_key) : NULL;
    *out = &parser->whole.runnable;
    return LS_OK;
}

/* Strings. */
#include <string.h>

#include "base/text.h"
#include "schema/decode.h"

static bool check_length(struct decode *decode, const struct node *node, json_t *value,
                         const json_t *text, const struct path *path)
{
    if (node->least == 0 && node->most == SIZE_MAX)
        return true;
    size_t count = text_count(json_string_value(text), json_string_length(text));
    if (count < node->least)
        error_add(decode, path, "string_too_short", value,
                  json_pack("{s:I}", "min_length", (json_int_t)node->least),
                  "String should have at least %zu character%s", node->least,
                  node->least == 1 ? "" : "s");
    else if (count > node->most)
        error_add(decode, path, "string_too_long", value,
                  json_pack("{s:I}", "max_length", (json_int_t)node->most),
                  "String should have at most %zu character%s", node->most,
                  node->most == 1 ? "" : "s");
    return count <= node->most && count >= node->least;
}

static bool check_pattern(struct decode *decode, const struct node *node, json_t *value,
                          const json_t *text, const struct path *path)
{
    bool found = false;
    if (!node->pattern)
        return true;
    enum ls_err err = pattern_search(node->pattern, json_string_value(text),
                                     json_string_length(text), &decode->pattern_cost, &found);
    if (!found)
        error_add(decode, path, "string_pattern_mismatch", value,
                  json_pack("{s:s}", "pattern", node->expected),
                  "String should match pattern '%s'%s", node->expected,
                  err ? " (the pattern took too long)" : "");
    return found;
}

/* The string without white space around it, the same one when there is none (new reference). */
static json_t *trim(json_t *value)
{
    size_t len = json_string_length(value), before = len;
    const char *text = text_trimmed(json_string_value(value), &len);
    return len == before ? json_incref(value) : json_stringn(text, len);
}

json_t *decode_string(struct decode *decode, const struct node *node, json_t *value,
                      const struct path *path)
{
    if (!json_is_string(value)) {
        error_add(decode, path, "string_type", value, NULL, "Input should be a valid string");
        return NULL;
    }
    json_t *text = node->trims ? trim(value) : json_incref(value);
    if (check_length(decode, node, value, text, path) &&
        check_pattern(decode, node, value, text, path))
        return text;
    json_decref(text);
    return NULL;
}

/* Unions: the member that fits best, as pydantic's smart mode finds it. */
#include <stdlib.h>
#include <string.h>

#include "schema/decode.h"
#include "schema/repr.h"

/* More members given is better; then the more exact fit; then the earlier member. */
static bool is_better(struct match match, struct match than)
{
    if (match.fields >= 0 && than.fields >= 0 && match.fields != than.fields)
        return match.fields > than.fields;
    return match.exactness > than.exactness;
}

/* What the best member makes of it, or NULL; quietly. */
static json_t *decode_best(struct decode *decode, const struct node *node, json_t *value,
                           const struct path *path, struct match *best)
{
    json_t *found = NULL;
    for (size_t i = 0; i < node->count; i++) {
        decode->match = (struct match){MATCH_EXACT, -1};
        json_t *out = decode_node(decode, node->options[i].node, value, path);
        if (!out)
            continue;
        bool perfect = decode->match.exactness == MATCH_EXACT && decode->match.fields < 0;
        if (!found || perfect || is_better(decode->match, *best)) {
            json_decref(found);
            found = out;
            *best = decode->match;
        } else {
            json_decref(out);
        }
        if (perfect)
            break;
    }
    return found;
}

static void note_errors(struct decode *decode, const struct node *node, json_t *value,
                        const struct path *path)
{
    for (size_t i = 0; i < node->count; i++) {
        if (json_array_size(decode->errors) >= DECODE_MAX_ERRORS)
            return;
        struct path here = {path, node->options[i].label, 0};
        json_decref(decode_node(decode, node->options[i].node, value, &here));
    }
}

json_t *decode_union(struct decode *decode, const struct node *node, json_t *value,
                     const struct path *path)
{
    struct match before = decode->match, best = {MATCH_EXACT, -1};
    json_t *errors = decode->errors;
    decode->unions++;
    decode->errors = NULL;
    json_t *found = decode_best(decode, node, value, path, &best);
    decode->errors = errors;
    if (!found && errors)
        note_errors(decode, node, value, path);
    decode->unions--;
    decode->match = match_both(before, best);
    return found;
}

static json_t *refuse_tag(struct decode *decode, const struct node *node, json_t *value,
                          const struct path *path)
{
    json_t *tag = json_object_get(value, node->tag_key);
    if (!json_is_object(value) && node->tag_name[0] == '\'') {
        error_add(decode, path, "model_attributes_type", value, NULL,
                  "Input should be a valid dictionary or object to extract fields from");
    } else if (!tag) {
        error_add(decode, path, "union_tag_not_found", value,
                  json_pack("{s:s}", "discriminator", node->tag_name),
                  "Unable to extract tag using discriminator %s", node->tag_name);
    } else if (decode->errors) {
        char *text = repr_str(tag);
        error_add(decode, path, "union_tag_invalid", value,
                  json_pack("{s:s,s:s,s:s}", "discriminator", node->tag_name, "tag", text,
                            "expected_tags", node->expected),
                  "Input tag '%s' found using %s does not match any of the expected tags: %s", text,
                  node->tag_name, node->expected);
        free(text);
    }
    return NULL;
}

json_t *decode_tagged(struct decode *decode, const struct node *node, json_t *value,
                      const struct path *path)
{
    const json_t *given = json_object_get(value, node->tag_key);
    const char *tag = json_is_string(given) ? decode_text(given) : NULL;
    for (size_t i = 0; tag && i < node->count; i++) {
        if (strcmp(node->options[i].label, tag) != 0)
            continue;
        struct path here = {path, node->options[i].label, 0};
        return decode_node(decode, node->options[i].node, value, &here);
    }
    return refuse_tag(decode, node, value, path);
}

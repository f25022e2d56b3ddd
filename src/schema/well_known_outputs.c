/* Documents, outputs of agents and models, and all types together. */
#include <assert.h>

#include "schema/decode.h"
#include "schema/schema.h"
#include "schema/well_known.h"

/* well_known_outputs.json: their definitions, by title.  Those with a `type` of their own are types;
 * the others are parts of them. */
extern const unsigned char well_known_outputs_text[];
extern const size_t well_known_outputs_len;

static json_t *read_outputs(void)
{
    json_t *outputs =
        json_loadb((const char *)well_known_outputs_text, well_known_outputs_len, 0, NULL);
    assert(outputs);
    return outputs;
}

json_t *well_known_document_list(json_t *title)
{
    json_auto_t *outputs = read_outputs();
    return json_pack("{s:{s:O},s:o,s:o,s:s}", "$defs", "Document",
                     json_object_get(outputs, "Document"), "items",
                     well_known_reference("Document"), "title", title, "type", "array");
}

json_t *well_known_any(const char *title)
{
    json_t *message = well_known_message(title), *defs = json_object_get(message, "$defs");
    json_t *members = json_object_get(message, "oneOf");
    well_known_add_defs(defs);
    json_array_append_new(members, well_known_reference("StringPromptValue"));
    json_array_append_new(members, well_known_reference("ChatPromptValueConcrete"));
    json_t *outputs = read_outputs();
    const char *name;
    json_t *output;
    json_object_foreach(outputs, name, output) {
        const json_t *type = json_object_get(json_object_get(output, "properties"), "type");
        json_object_set(defs, name, output);
        if (json_object_get(type, "const"))
            json_array_append_new(members, well_known_reference(name));
    }
    json_decref(outputs);
    return message;
}

struct schema *well_known_compile(void)
{
    struct schema *schema = NULL;
    char why[256];
    json_t *json = well_known_any("WellKnown");
    enum ls_err err = schema_compile(&schema, json, why);
    assert(!err);
    json_decref(json);
    return err ? NULL : schema;
}

static json_t *revive(struct decode *decode, const struct node *known, json_t *value);

static json_t *revive_list(struct decode *decode, const struct node *known, json_t *value)
{
    json_t *made = json_array(), *item;
    size_t i;
    json_array_foreach(value, i, item)
        json_array_append_new(made, revive(decode, known, item));
    return made;
}

/* First what is within it, then itself; an object that was made is no map for what is around. */
static json_t *revive_map(struct decode *decode, const struct node *known, json_t *value)
{
    json_t *made = json_object(), *member;
    const char *key;
    json_object_foreach(value, key, member)
        json_object_set_new(made, key, revive(decode, known, member));
    json_t *object = decode_node(decode, known, made, NULL);
    if (!object)
        return made;
    json_decref(made);
    decode_note_object(decode, object);
    return object;
}

static json_t *revive(struct decode *decode, const struct node *known, json_t *value)
{
    if (decode->depth >= DECODE_MAX_DEPTH)
        return json_incref(value);
    decode->depth++;
    json_t *made = json_is_object(value)  ? revive_map(decode, known, value)
                   : json_is_array(value) ? revive_list(decode, known, value)
                                          : json_incref(value);
    decode->depth--;
    return made;
}

json_t *well_known_decode(const struct schema *known, json_t *value)
{
    struct decode decode = {.match = {MATCH_EXACT, -1}};
    json_t *made = revive(&decode, known->root, value);
    memo_free(&decode);
    return made;
}

/* The meta-schemas of draft 2020-12: what a schema must look like, one for each vocabulary. */
#include <stdio.h>
#include <string.h>

#include "schema/validator.h"

#define BASE "https://json-schema.org/draft/2020-12/"
#define SCHEMA "{\"$dynamicRef\":\"#meta\"}"
#define SCHEMA_MAP "{\"type\":\"object\",\"additionalProperties\":" SCHEMA ",\"default\":{}}"
#define SCHEMA_LIST "{\"type\":\"array\",\"minItems\":1,\"items\":" SCHEMA "}"
#define TEXT "{\"type\":\"string\"}"
#define NUMBER "{\"type\":\"number\"}"
#define FLAG "{\"type\":\"boolean\",\"default\":false}"
#define COUNT "{\"type\":\"integer\",\"minimum\":0}"
#define NAMES "{\"type\":\"array\",\"items\":" TEXT ",\"uniqueItems\":true,\"default\":[]}"
#define URI "{\"type\":\"string\",\"format\":\"uri\"}"
#define URI_REFERENCE "{\"type\":\"string\",\"format\":\"uri-reference\"}"
#define ANCHOR "{\"type\":\"string\",\"pattern\":\"^[A-Za-z_][-A-Za-z0-9._]*$\"}"
#define TYPE \
    "{\"enum\":[\"array\",\"boolean\",\"integer\",\"null\",\"number\",\"object\",\"string\"]}"

static const struct {
    const char *name, *title, *properties;
} vocabularies[] = {
    {"core", "Core vocabulary meta-schema",
     "\"$id\":{\"type\":\"string\",\"format\":\"uri-reference\",\"pattern\":\"^[^#]*#?$\"},"
     "\"$schema\":" URI ",\"$ref\":" URI_REFERENCE ",\"$anchor\":" ANCHOR
     ",\"$dynamicRef\":" URI_REFERENCE ",\"$dynamicAnchor\":" ANCHOR
     ",\"$vocabulary\":{\"type\":\"object\",\"propertyNames\":" URI
     ",\"additionalProperties\":{\"type\":\"boolean\"}},"
     "\"$comment\":" TEXT ",\"$defs\":" SCHEMA_MAP},
    {"applicator", "Applicator vocabulary meta-schema",
     "\"prefixItems\":" SCHEMA_LIST ",\"items\":" SCHEMA ",\"contains\":" SCHEMA
     ",\"additionalProperties\":" SCHEMA ",\"properties\":" SCHEMA_MAP
     ",\"patternProperties\":{\"type\":\"object\",\"additionalProperties\":" SCHEMA
     ",\"propertyNames\":{\"format\":\"regex\"},\"default\":{}}"
     ",\"dependentSchemas\":" SCHEMA_MAP ",\"propertyNames\":" SCHEMA ",\"if\":" SCHEMA
     ",\"then\":" SCHEMA ",\"else\":" SCHEMA ",\"allOf\":" SCHEMA_LIST ",\"anyOf\":" SCHEMA_LIST
     ",\"oneOf\":" SCHEMA_LIST ",\"not\":" SCHEMA},
    {"unevaluated", "Unevaluated applicator vocabulary meta-schema",
     "\"unevaluatedItems\":" SCHEMA ",\"unevaluatedProperties\":" SCHEMA},
    {"validation", "Validation vocabulary meta-schema",
     "\"type\":{\"anyOf\":[" TYPE ",{\"type\":\"array\",\"items\":" TYPE
     ",\"minItems\":1,\"uniqueItems\":true}]},\"const\":true,"
     "\"enum\":{\"type\":\"array\",\"items\":true},"
     "\"multipleOf\":{\"type\":\"number\",\"exclusiveMinimum\":0},\"maximum\":" NUMBER
     ",\"exclusiveMaximum\":" NUMBER ",\"minimum\":" NUMBER ",\"exclusiveMinimum\":" NUMBER
     ",\"maxLength\":" COUNT ",\"minLength\":" COUNT
     ",\"pattern\":{\"type\":\"string\",\"format\":\"regex\"},\"maxItems\":" COUNT
     ",\"minItems\":" COUNT ",\"uniqueItems\":" FLAG ",\"maxContains\":" COUNT
     ",\"minContains\":" COUNT ",\"maxProperties\":" COUNT ",\"minProperties\":" COUNT
     ",\"required\":" NAMES
     ",\"dependentRequired\":{\"type\":\"object\",\"additionalProperties\":" NAMES "}"},
    {"meta-data", "Meta-data vocabulary meta-schema",
     "\"title\":" TEXT ",\"description\":" TEXT ",\"default\":true,\"deprecated\":" FLAG
     ",\"readOnly\":" FLAG ",\"writeOnly\":" FLAG
     ",\"examples\":{\"type\":\"array\",\"items\":true}"},
    {"format-annotation", "Format vocabulary meta-schema for annotation results",
     "\"format\":" TEXT},
    {"format-assertion", "Format vocabulary meta-schema for assertion results", "\"format\":" TEXT},
    {"content", "Content vocabulary meta-schema",
     "\"contentEncoding\":" TEXT ",\"contentMediaType\":" TEXT ",\"contentSchema\":" SCHEMA},
};

enum { VOCABULARIES = sizeof vocabularies / sizeof *vocabularies };

static bool is_standard(size_t i)
{
    return strcmp(vocabularies[i].name, "format-assertion") != 0;
}

static json_t *begin(const char *path, const char *title)
{
    return json_pack("{s:s,s:s+,s:s,s:s,s:[ss]}", "$schema", BASE "schema", "$id", BASE, path,
                     "$dynamicAnchor", "meta", "title", title, "type", "object", "boolean");
}

static json_t *vocabulary_schema(size_t i)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "meta/%s", vocabularies[i].name);
    snprintf(text, sizeof text, "{%s}", vocabularies[i].properties);
    json_t *schema = begin(path, vocabularies[i].title);
    json_object_set_new(schema, "properties", json_loads(text, 0, NULL));
    return schema;
}

/* The schema of schemas: all vocabularies, and what earlier drafts had. */
static json_t *root_schema(void)
{
    static const char earlier[] =
        "{\"definitions\":" SCHEMA_MAP
        ",\"dependencies\":{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[" SCHEMA
        "," NAMES "]},\"deprecated\":true,\"default\":{}},"
        "\"$recursiveAnchor\":" ANCHOR ",\"$recursiveRef\":" URI_REFERENCE "}";
    json_t *schema = begin("schema", "Core and Validation specifications meta-schema");
    json_t *used = json_object(), *all = json_array();
    for (size_t i = 0; i < VOCABULARIES; i++) {
        if (!is_standard(i))
            continue;
        char name[96];
        snprintf(name, sizeof name, BASE "vocab/%s", vocabularies[i].name);
        json_object_set_new(used, name, json_true());
        json_array_append_new(all, json_pack("{s:o}", "$ref",
                                             json_sprintf("meta/%s", vocabularies[i].name)));
    }
    json_object_set_new(schema, "$vocabulary", used);
    json_object_set_new(schema, "allOf", all);
    json_object_set_new(schema, "properties", json_loads(earlier, 0, NULL));
    return schema;
}

json_t *metaschema_find(const char *uri)
{
    static const char base[] = BASE;
    if (strncmp(uri, base, sizeof base - 1) != 0)
        return NULL;
    const char *path = uri + sizeof base - 1;
    if (strcmp(path, "schema") == 0)
        return root_schema();
    for (size_t i = 0; i < VOCABULARIES; i++)
        if (strncmp(path, "meta/", 5) == 0 && strcmp(path + 5, vocabularies[i].name) == 0)
            return vocabulary_schema(i);
    return NULL;
}

/* The keywords of draft 2020-12. */
#include <string.h>

#include "schema/validator.h"

#define VALIDATION VOCABULARY_VALIDATION

static const struct keyword table[] = {
    {"$ref", SHAPE_REF, OF_ANY, 0, check_ref},
    {"$dynamicRef", SHAPE_REF, OF_ANY, 0, check_ref},
    {"$defs", SHAPE_MEMBERS, OF_ANY, 0, NULL},
    {"definitions", SHAPE_MEMBERS, OF_ANY, 0, NULL},
    {"type", SHAPE_TYPES, OF_ANY, VALIDATION, check_type},
    {"enum", SHAPE_LIST, OF_ANY, VALIDATION, check_enum},
    {"const", SHAPE_NOTE, OF_ANY, VALIDATION, check_const},
    {"maximum", SHAPE_NUMBER, OF_NUMBER, VALIDATION, check_maximum},
    {"exclusiveMaximum", SHAPE_NUMBER, OF_NUMBER, VALIDATION, check_exclusive_maximum},
    {"minimum", SHAPE_NUMBER, OF_NUMBER, VALIDATION, check_minimum},
    {"exclusiveMinimum", SHAPE_NUMBER, OF_NUMBER, VALIDATION, check_exclusive_minimum},
    {"multipleOf", SHAPE_STEP, OF_NUMBER, VALIDATION, check_multiple},
    {"maxLength", SHAPE_COUNT, OF_STRING, VALIDATION, check_max_length},
    {"minLength", SHAPE_COUNT, OF_STRING, VALIDATION, check_min_length},
    {"pattern", SHAPE_PATTERN, OF_STRING, VALIDATION, check_text_pattern},
    {"format", SHAPE_TEXT, OF_STRING, VOCABULARY_FORMAT, check_format},
    {"maxItems", SHAPE_COUNT, OF_ARRAY, VALIDATION, check_max_items},
    {"minItems", SHAPE_COUNT, OF_ARRAY, VALIDATION, check_min_items},
    {"uniqueItems", SHAPE_FLAG, OF_ARRAY, VALIDATION, check_unique},
    {"prefixItems", SHAPE_SCHEMAS, OF_ARRAY, 0, check_prefix_items},
    {"items", SHAPE_SCHEMA, OF_ARRAY, 0, check_items},
    {"minContains", SHAPE_COUNT, OF_ARRAY, VALIDATION, NULL},
    {"maxContains", SHAPE_COUNT, OF_ARRAY, VALIDATION, NULL},
    {"contains", SHAPE_SCHEMA, OF_ARRAY, 0, check_contains},
    {"maxProperties", SHAPE_COUNT, OF_OBJECT, VALIDATION, check_max_properties},
    {"minProperties", SHAPE_COUNT, OF_OBJECT, VALIDATION, check_min_properties},
    {"required", SHAPE_NAMES, OF_OBJECT, VALIDATION, check_required},
    {"dependentRequired", SHAPE_NAME_MAP, OF_OBJECT, VALIDATION, check_dependent_required},
    {"properties", SHAPE_MEMBERS, OF_OBJECT, 0, check_properties},
    {"patternProperties", SHAPE_PATTERNS, OF_OBJECT, 0, check_pattern_properties},
    {"additionalProperties", SHAPE_SCHEMA, OF_OBJECT, 0, check_additional},
    {"propertyNames", SHAPE_SCHEMA, OF_OBJECT, 0, check_property_names},
    {"dependentSchemas", SHAPE_MEMBERS, OF_OBJECT, 0, check_dependent_schemas},
    {"allOf", SHAPE_SCHEMAS, OF_ANY, 0, check_all_of},
    {"anyOf", SHAPE_SCHEMAS, OF_ANY, 0, check_any_of},
    {"oneOf", SHAPE_SCHEMAS, OF_ANY, 0, check_one_of},
    {"not", SHAPE_SCHEMA, OF_ANY, 0, check_not},
    {"then", SHAPE_SCHEMA, OF_ANY, 0, NULL},
    {"else", SHAPE_SCHEMA, OF_ANY, 0, NULL},
    {"if", SHAPE_SCHEMA, OF_ANY, 0, check_if},
    {"contentSchema", SHAPE_SCHEMA, OF_ANY, 0, NULL},
    {"unevaluatedItems", SHAPE_SCHEMA, OF_ARRAY, 0, check_unevaluated_items},
    {"unevaluatedProperties", SHAPE_SCHEMA, OF_OBJECT, 0, check_unevaluated_properties},
    {.name = NULL},
};

const struct keyword *keyword_table(void)
{
    return table;
}

const struct keyword *keyword_find(const char *name)
{
    for (const struct keyword *keyword = table; keyword->name; keyword++)
        if (strcmp(keyword->name, name) == 0)
            return keyword;
    return NULL;
}

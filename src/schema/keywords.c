#include "schema/keywords.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

enum use {
    USE_NOTE,    /* restricts nothing */
    USE_COMBINE, /* stands for the whole schema: nothing that restricts may be beside it */
    USE_VALUE,   /* type, enum, const */
    USE_DETAIL,  /* restricts values of one type, that must be declared */
    USE_SHAPE,   /* the same, and declares the type by itself */
    USE_REFUSED,
};

static const struct {
    const char *name;
    enum use use;
} keywords[] = {
    {"title", USE_NOTE},
    {"description", USE_NOTE},
    {"default", USE_NOTE},
    {"examples", USE_NOTE},
    {"example", USE_NOTE},
    {"format", USE_NOTE},
    {"deprecated", USE_NOTE},
    {"readOnly", USE_NOTE},
    {"writeOnly", USE_NOTE},
    {"discriminator", USE_NOTE},
    {"$defs", USE_NOTE},
    {"definitions", USE_NOTE},
    {"$schema", USE_NOTE},
    {"$id", USE_NOTE},
    {"$comment", USE_NOTE},
    {"contentEncoding", USE_NOTE},
    {"contentMediaType", USE_NOTE},
    {"$ref", USE_COMBINE},
    {"anyOf", USE_COMBINE},
    {"oneOf", USE_COMBINE},
    {"allOf", USE_COMBINE},
    {"type", USE_VALUE},
    {"enum", USE_VALUE},
    {"const", USE_VALUE},
    {"minLength", USE_DETAIL},
    {"maxLength", USE_DETAIL},
    {"minimum", USE_DETAIL},
    {"maximum", USE_DETAIL},
    {"exclusiveMinimum", USE_DETAIL},
    {"exclusiveMaximum", USE_DETAIL},
    {"multipleOf", USE_DETAIL},
    {"minItems", USE_DETAIL},
    {"maxItems", USE_DETAIL},
    {"uniqueItems", USE_DETAIL},
    {"minProperties", USE_DETAIL},
    {"maxProperties", USE_DETAIL},
    {"pattern", USE_DETAIL},
    {"trim", USE_DETAIL},
    {"items", USE_SHAPE},
    {"prefixItems", USE_SHAPE},
    {"patternProperties", USE_SHAPE},
    {"propertyNames", USE_SHAPE},
    {"properties", USE_SHAPE},
    {"required", USE_SHAPE},
    {"additionalProperties", USE_SHAPE},
    {"not", USE_REFUSED},
    {"if", USE_REFUSED},
    {"then", USE_REFUSED},
    {"else", USE_REFUSED},
    {"additionalItems", USE_REFUSED},
    {"contains", USE_REFUSED},
    {"minContains", USE_REFUSED},
    {"maxContains", USE_REFUSED},
    {"dependencies", USE_REFUSED},
    {"dependentRequired", USE_REFUSED},
    {"dependentSchemas", USE_REFUSED},
    {"unevaluatedItems", USE_REFUSED},
    {"unevaluatedProperties", USE_REFUSED},
    {"$dynamicRef", USE_REFUSED},
    {"$recursiveRef", USE_REFUSED},
};

enum { KEYWORD_COUNT = sizeof keywords / sizeof *keywords };

/* An unknown word that is nearly one of ours is a slip of the hand; others are notes. */
static enum use use_of(const char *name, const char **near)
{
    for (size_t i = 0; i < KEYWORD_COUNT; i++)
        if (strcmp(keywords[i].name, name) == 0)
            return keywords[i].use;
    const char *names[KEYWORD_COUNT + 1] = {NULL};
    for (size_t i = 0; i < KEYWORD_COUNT; i++)
        names[i] = keywords[i].name;
    *near = text_nearest(name, names);
    return *near ? USE_REFUSED : USE_NOTE;
}

static bool has(const json_t *json, enum use use)
{
    for (size_t i = 0; i < KEYWORD_COUNT; i++)
        if (keywords[i].use == use && json_object_get(json, keywords[i].name))
            return true;
    return false;
}

bool keyword_is_refused(const json_t *json, const char *key, const char **why, const char **near)
{
    *near = NULL;
    enum use use = use_of(key, near);
    *why = "is not understood";
    if (use == USE_REFUSED)
        return true;
    *why = "is not understood beside anyOf, oneOf, allOf or $ref";
    if ((use == USE_VALUE || use == USE_DETAIL || use == USE_SHAPE) && has(json, USE_COMBINE))
        return true;
    *why = "needs a type beside it";
    return use == USE_DETAIL && !has(json, USE_VALUE) && !has(json, USE_SHAPE);
}

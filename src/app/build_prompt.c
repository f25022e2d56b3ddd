/* Prompts and templates. */
#include "app/build_prompt.h"

#include <stdlib.h>
#include <string.h>

#include "app/build.h"
#include "app/kinds.h"
#include "base/list.h"
#include "base/mem.h"
#include "stages/parallel.h"
#include "stages/prompt_template.h"

static const char *const formats[] = {"f-string", "mustache", NULL}; /* enum template_format */

const struct option prompt_options[] = {
    {.name = "format",
     .type = OPTION_ENUM,
     .choices = formats,
     .fallback = "f-string",
     .offset = offsetof(struct prompt_fields, format),
     .doc = "How templates are written: `f-string` (`{name}`) or `mustache` (`{{name}}`)."},
    {.name = "partial",
     .type = OPTION_JSON,
     .offset = offsetof(struct prompt_fields, partial),
     .schema = "{\"type\":\"object\"}",
     .doc = "Variables that are known beforehand: `{name: value}`. Where the input has them, too, "
            "the input counts."},
    {.name = "partial_from",
     .type = OPTION_NODE,
     .offset = offsetof(struct prompt_fields, partial_from),
     .schema = "{\"type\":\"object\",\"minProperties\":1,\"additionalProperties\":"
               "{\"$ref\":\"#/$defs/expression\"}}",
     .doc = "Variables that are computed at each run: a mapping of expressions, which run on the "
            "prompt's input."},
    {.name = NULL},
};

/* ---- partial variables ---- */

/* Adds an expression, or puts it in place of the one of that name. */
static void set_computed(struct prompt_parts *parts, const struct node_member *member)
{
    struct node *map = parts->computed;
    for (size_t i = 0; i < map->as.map.count; i++)
        if (strcmp(map->as.map.members[i].key, member->key) == 0) {
            map->as.map.members[i].value = member->value;
            return;
        }
    node_set_at(parts->builder->arena, map, *member);
}

void prompt_parts_add_partials(struct prompt_parts *parts, const struct prompt_fields *fields,
                               struct place place)
{
    struct builder *builder = parts->builder;
    const struct node *from = fields->partial_from;
    if (fields->partial && !json_is_object(fields->partial)) {
        problems_error(builder->problems, place, "partial: expected a mapping of values");
        parts->failed = true;
    } else if (fields->partial) {
        parts->constants = parts->constants ? parts->constants : json_object();
        json_object_update(parts->constants, fields->partial);
    }
    if (!from)
        return;
    if (from->kind != NODE_MAP || from->as.map.count == 0) {
        problems_error(builder->problems, from->place,
                       "partial_from: expected a mapping of expressions");
        parts->failed = true;
        return;
    }
    if (!parts->computed)
        parts->computed = node_new(builder->arena, NODE_MAP, from->place);
    for (size_t i = 0; i < from->as.map.count; i++)
        set_computed(parts, &from->as.map.members[i]);
}

bool prompt_parts_partials(struct prompt_parts *parts, struct partials *partials)
{
    *partials = (struct partials){.constants = parts->constants};
    parts->constants = NULL;
    if (parts->failed || !parts->computed)
        return !parts->failed;
    partials->computed_names = json_object();
    for (size_t i = 0; i < parts->computed->as.map.count; i++)
        json_object_set_new_nocheck(partials->computed_names,
                                    parts->computed->as.map.members[i].key, json_null());
    partials->computed =
        build_named_parts(parts->builder, parts->computed, "partial_from", parallel_new);
    return partials->computed != NULL;
}

void prompt_parts_fini(struct prompt_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        prompt_part_fini(&parts->items[i]);
    free(parts->items);
    json_decref(parts->constants);
}

/* ---- the kinds ---- */

static const char stop_sentence[] =
    "a variable cannot be called 'stop': LangChain keeps that name for itself";

static bool names_stop(const struct prompt_base *base)
{
    size_t i;
    json_t *name;
    json_array_foreach(base->required, i, name)
        if (strcmp(json_string_value(name), "stop") == 0)
            return true;
    return json_object_get(base->partials.constants, "stop") ||
           json_object_get(base->partials.computed_names, "stop");
}

struct runnable *build_checked_prompt(struct builder *builder, struct runnable *made,
                                      struct place place)
{
    if (!made || !names_stop(container_of(made, struct prompt_base, runnable)))
        return made;
    problems_error(builder->problems, place, "%s", stop_sentence);
    runnable_rele(made);
    return NULL;
}

struct runnable *build_prompt(struct builder *builder, const struct node *value,
                              const struct node *map)
{
    struct prompt_fields fields = {0};
    struct prompt_parts parts = {.builder = builder};
    struct partials partials;
    kind_options_read(builder, "prompt", map, &fields);
    prompt_parts_read(&parts, value, (enum template_format)fields.format);
    prompt_parts_add_partials(&parts, &fields, map->place);
    struct runnable *made = NULL;
    if (prompt_parts_partials(&parts, &partials)) {
        made = prompt_new(parts.items, parts.count, &partials);
        parts.count = 0;
    } else {
        partials_fini(&partials);
    }
    prompt_parts_fini(&parts);
    return build_checked_prompt(builder, made, value->place);
}

struct runnable *build_template(struct builder *builder, const struct node *value,
                                const struct node *map)
{
    struct prompt_fields fields = {0};
    struct prompt_parts parts = {.builder = builder};
    struct partials partials;
    kind_options_read(builder, "template", map, &fields);
    struct template *template =
        build_template_text(builder, value, (enum template_format)fields.format);
    prompt_parts_add_partials(&parts, &fields, map->place);
    bool well = prompt_parts_partials(&parts, &partials) && template;
    struct runnable *made = well ? prompt_template_new(template, &partials) : NULL;
    if (!well) {
        template_free(&template);
        partials_fini(&partials);
    }
    prompt_parts_fini(&parts);
    return build_checked_prompt(builder, made, value->place);
}

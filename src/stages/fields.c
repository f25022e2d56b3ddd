#include "stages/fields.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/configurable.h"
#include "run/scope.h"
#include "stages/fail.h"
#include "stages/wrapper.h"

enum { VARIANTS = 32 };

/* A runnable with other values; those who run it hold it. */
struct variant {
    unsigned refs;
    json_t *values;
    struct arena *arena;
    struct runnable *runnable;
};

struct fields {
    struct wrapper wrapper;
    struct field *fields;
    size_t count;
    fields_make_fn *make;
    void *owner;
    struct variant **variants; /* VARIANTS of them, the newest first; NULL: none.  The one thing
                                  that changes */
};

static void variant_rele(void *ptr)
{
    struct variant *variant = ptr;
    if (--variant->refs > 0)
        return;
    runnable_rele(variant->runnable);
    json_decref(variant->values);
    arena_free(&variant->arena);
    free(variant);
}

json_t *field_value(const struct field *field, json_t *value)
{
    if (!field->options)
        return json_incref(value);
    if (json_is_string(value))
        return json_incref(json_object_get(field->options, json_string_value(value)));
    json_t *list = json_array(), *key;
    size_t i;
    json_array_foreach(value, i, key)
        if (json_object_get(field->options, json_string_value(key)))
            json_array_append(list, json_object_get(field->options, json_string_value(key)));
    return list;
}

/* What the defaults of fields with options stand for, where `values` does not say otherwise. */
static void add_defaults(const struct fields *fields, json_t *values)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->fields[i];
        if (field->options && field->fallback && !json_object_get(values, field->name))
            json_object_set_new(values, field->name, field_value(field, field->fallback));
    }
}

/* The values a run asks for (new reference); none when they are the defaults. */
static json_t *wanted_values(const struct fields *fields, const struct call *call)
{
    json_t *values = json_object();
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->fields[i];
        json_t *value = configurable_get(call, field->label.id);
        if (value && !(field->fallback && json_equal(value, field->fallback)))
            json_object_set_new(values, field->name, field_value(field, value));
    }
    if (json_object_size(values) > 0)
        add_defaults(fields, values);
    return values;
}

static struct variant *variant_new(const struct fields *fields, json_t *values, struct arena *error,
                                   const char **why)
{
    const char *fault = "the values are no use";
    struct arena *arena = arena_new(0);
    struct runnable *runnable = fields->make(fields->owner, values, arena, &fault);
    if (!runnable) {
        *why = arena_strdup(error, fault);
        arena_free(&arena);
        return NULL;
    }
    struct variant *variant = mem_alloc(sizeof *variant);
    *variant = (struct variant){
        .refs = 1, .values = json_incref(values), .arena = arena, .runnable = runnable};
    return variant;
}

/* Moves `variant` to the front; the ones before place `i` move back. */
static void to_front(const struct fields *fields, struct variant *variant, size_t i)
{
    memmove(fields->variants + 1, fields->variants, i * sizeof *fields->variants);
    fields->variants[0] = variant;
}

/* The variant with these values (borrowed), made if need be; NULL: *why says it. */
static struct variant *find_variant(const struct fields *fields, json_t *values,
                                    struct arena *arena, const char **why)
{
    size_t i = 0;
    while (i < VARIANTS && fields->variants[i] && !json_equal(fields->variants[i]->values, values))
        i++;
    struct variant *variant = i < VARIANTS ? fields->variants[i] : NULL;
    if (!variant) {
        variant = variant_new(fields, values, arena, why);
        if (variant && i == VARIANTS)
            variant_rele(fields->variants[--i]);
    }
    if (variant)
        to_front(fields, variant, i);
    return variant;
}

static struct sink *fields_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    const struct fields *fields = container_of(runnable, const struct fields, wrapper.runnable);
    json_auto_t *values = wanted_values(fields, call);
    const char *why = NULL;
    if (json_object_size(values) == 0)
        return runnable_open(fields->wrapper.bound, scope, call, out);
    struct variant *variant = find_variant(fields, values, scope->arena, &why);
    if (!variant)
        return fail_sink(scope, out, LS_BAD_INPUT, why);
    variant->refs++;
    arena_defer(scope->arena, variant_rele, variant);
    return runnable_open(variant->runnable, scope, call, out);
}

static json_t *spec_of(const struct field *field)
{
    json_t *fallback = json_incref(field->fallback);
    if (!field->options)
        return config_spec_value(&field->label, json_copy(field->schema), fallback);
    json_t *keys = json_array(), *value;
    const char *key;
    json_object_foreach(field->options, key, value)
        json_array_append_new(keys, json_string(key));
    return json_is_array(fallback) ? config_spec_choices(&field->label, keys, fallback)
                                   : config_spec_choice(&field->label, keys, fallback);
}

static void fields_config_specs(const struct runnable *runnable, struct config_specs *specs)
{
    const struct fields *fields = container_of(runnable, const struct fields, wrapper.runnable);
    for (size_t i = 0; i < fields->count; i++)
        config_specs_add(specs, fields->fields[i].label.id, spec_of(&fields->fields[i]));
    config_specs_of(fields->wrapper.bound, specs);
}

static void fields_fini(struct runnable *runnable)
{
    struct fields *fields = container_of(runnable, struct fields, wrapper.runnable);
    for (size_t i = 0; i < fields->count; i++) {
        struct field *field = &fields->fields[i];
        free((char *)field->name);
        free((char *)field->label.id);
        free((char *)field->label.name);
        free((char *)field->label.description);
        json_decref(field->schema);
        json_decref(field->options);
        json_decref(field->fallback);
    }
    for (size_t i = 0; i < VARIANTS && fields->variants[i]; i++)
        variant_rele(fields->variants[i]);
    free(fields->fields);
    free(fields->variants);
    wrapper_fini(runnable);
}

static const struct runnable_ops fields_ops = {
    .type = "RunnableConfigurableFields",
    .step = STEP_CHAIN,
    .streams = true,
    .unseen = true,
    .titles_config = true,
    .open = fields_open,
    .input_schema = wrapper_input_schema,
    .output_schema = wrapper_output_schema,
    .part = wrapper_part,
    .config_specs = fields_config_specs,
    .fini = fields_fini,
};

static struct field copy_field(const struct field *field)
{
    return (struct field){
        .name = mem_strdup(field->name),
        .label = {.id = mem_strdup(field->label.id),
                  .name = mem_strdup(field->label.name),
                  .description = mem_strdup(field->label.description)},
        .schema = json_incref(field->schema),
        .options = json_incref(field->options),
        .fallback = json_incref(field->fallback),
    };
}

struct runnable *fields_new(struct runnable *bound, const struct field *fields, size_t count,
                            fields_make_fn *make, void *owner)
{
    struct fields *made = mem_alloc(sizeof *made);
    wrapper_init(&made->wrapper, &fields_ops, bound);
    made->fields = mem_zalloc(count + 1, sizeof *made->fields);
    for (size_t i = 0; i < count; i++)
        made->fields[i] = copy_field(&fields[i]);
    made->count = count;
    made->make = make;
    made->owner = owner;
    made->variants = mem_zalloc(VARIANTS, sizeof *made->variants);
    return &made->wrapper.runnable;
}

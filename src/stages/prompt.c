#include "stages/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/gather.h"
#include "run/message.h"
#include "run/scope.h"
#include "schema/well_known.h"
#include "stages/schema_parts.h"
#include "stages/variables.h"

enum { MAX_TEXT = 64 << 20 }; /* bytes of one message */

struct prompt {
    struct runnable runnable;
    struct prompt_part *parts;
    size_t count;
    json_t *required; /* names of variables that must be there, sorted */
};

struct prompt_stage {
    const struct prompt *prompt;
    struct scope *scope;
    struct sink *out;
    char why[TEMPLATE_WHY_SIZE]; /* what was wrong with a variable */
};

static json_t *new_message(enum prompt_role role, const struct buf *text)
{
    if (role == PROMPT_AI)
        return message_ai(buf_str(text), text->len, NULL);
    json_auto_t *content = json_stringn_nocheck(buf_str(text), text->len);
    return message_plain(role == PROMPT_SYSTEM ? "system" : "human", content);
}

static enum ls_err add_templated(struct prompt_stage *stage, const struct prompt_part *part,
                                 const json_t *variables, json_t *messages)
{
    struct buf text;
    buf_init(&text, MAX_TEXT);
    enum ls_err err = template_print(part->template, variables, &text, stage->why);
    if (!err)
        json_array_append_new(messages, new_message(part->role, &text));
    buf_fini(&text);
    return err;
}

static enum ls_err add_placed(struct prompt_stage *stage, const struct prompt_part *part,
                              const json_t *variables, json_t *messages)
{
    json_t *value = json_object_get(variables, part->placeholder);
    if (part->optional && (!value || json_is_null(value)))
        return LS_OK;
    json_t *list = NULL;
    const char *why = NULL;
    if (!json_is_array(value) || message_list(&list, value, &why) != LS_OK) {
        snprintf(stage->why, sizeof stage->why, "variable '%s' should be a list of messages",
                 part->placeholder);
        return LS_BAD_VALUE;
    }
    json_array_extend(messages, list);
    json_decref(list);
    return LS_OK;
}

static enum ls_err add_part(struct prompt_stage *stage, const struct prompt_part *part,
                            const json_t *variables, json_t *messages)
{
    return part->template ? add_templated(stage, part, variables, messages)
                          : add_placed(stage, part, variables, messages);
}

static void print_prompt(struct prompt_stage *stage, const json_t *variables)
{
    const struct prompt *prompt = stage->prompt;
    json_t *messages = json_array();
    json_auto_t *value = json_object();
    json_object_set_new_nocheck(value, "messages", messages);
    json_object_set_new_nocheck(value, "type", json_string_nocheck("ChatPromptValueConcrete"));
    enum ls_err err = LS_OK;
    for (size_t i = 0; i < prompt->count && !err; i++)
        err = add_part(stage, &prompt->parts[i], variables, messages);
    if (err) {
        sink_fail(stage->out, err, stage->why);
        return;
    }
    sink_push_value(stage->out, value);
    sink_done(stage->out, &outcome_well);
}

static void on_input(void *owner, json_t *input, const struct outcome *outcome)
{
    struct prompt_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
        return;
    }
    json_auto_t *variables = variables_of(input, stage->prompt->required);
    const char *wrong = variables ? variables_missing(stage->scope->arena, variables,
                                                      stage->prompt->required, "ChatPromptTemplate")
                                  : "Input to ChatPromptTemplate is not an object of variables";
    if (wrong)
        sink_fail(stage->out, LS_BAD_VALUE, wrong);
    else
        print_prompt(stage, variables);
}

static struct sink *prompt_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    (void)call;
    struct prompt_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->prompt = container_of(runnable, const struct prompt, runnable);
    stage->scope = scope;
    stage->out = out;
    return gather_sink(scope, on_input, stage);
}

/* Adds the property of a placeholder; one that may be left out is null then. */
static void add_placeholder(json_t *properties, json_t *defs, const struct prompt_part *part)
{
    json_auto_t *title = schema_title(part->placeholder);
    json_t *own_defs = NULL;
    json_t *property = well_known_message_list(json_string_value(title), &own_defs);
    if (part->optional)
        json_object_set_new(property, "default", json_null());
    json_object_set_new(properties, part->placeholder, property);
    json_object_update(defs, own_defs);
    json_decref(own_defs);
}

static const struct prompt_part *find_placeholder(const struct prompt *prompt, const char *name)
{
    for (size_t i = 0; i < prompt->count; i++)
        if (prompt->parts[i].placeholder && strcmp(prompt->parts[i].placeholder, name) == 0)
            return &prompt->parts[i];
    return NULL;
}

/* The required variables in the order of their names, then those that may be left out. */
static json_t *prompt_input_schema(const struct runnable *runnable)
{
    const struct prompt *prompt = container_of(runnable, const struct prompt, runnable);
    json_t *schema = variables_schema(prompt->required);
    json_t *properties = json_object_get(schema, "properties");
    json_t *defs = json_object(), *name;
    size_t i;
    json_array_foreach(prompt->required, i, name) {
        const struct prompt_part *part = find_placeholder(prompt, json_string_value(name));
        if (part)
            add_placeholder(properties, defs, part);
    }
    for (i = 0; i < prompt->count; i++)
        if (prompt->parts[i].optional && !json_object_get(properties, prompt->parts[i].placeholder))
            add_placeholder(properties, defs, &prompt->parts[i]);
    return schema_finish(schema, defs);
}

static json_t *prompt_output_schema(const struct runnable *runnable)
{
    json_auto_t *title = json_sprintf("%sOutput", runnable->name);
    return well_known_prompt_output(json_string_value(title));
}

static void prompt_fini(struct runnable *runnable)
{
    struct prompt *prompt = container_of(runnable, struct prompt, runnable);
    for (size_t i = 0; i < prompt->count; i++) {
        template_free(&prompt->parts[i].template);
        free((char *)prompt->parts[i].placeholder);
    }
    free(prompt->parts);
    json_decref(prompt->required);
}

static const struct runnable_ops prompt_ops = {
    .type = "ChatPromptTemplate",
    .step = STEP_PROMPT,
    .open = prompt_open,
    .input_schema = prompt_input_schema,
    .output_schema = prompt_output_schema,
    .fini = prompt_fini,
};

static void add_variables(json_t *required, const struct prompt_part *part)
{
    const char *const *names;
    size_t count = part->template ? template_variables(part->template, &names) : 0;
    for (size_t i = 0; i < count; i++)
        variables_add(required, names[i]);
    if (!part->template && !part->optional)
        variables_add(required, part->placeholder);
}

struct runnable *prompt_new(const struct prompt_part *parts, size_t count)
{
    struct prompt *prompt = mem_zalloc(1, sizeof *prompt);
    runnable_init(&prompt->runnable, &prompt_ops, NULL);
    prompt->parts = mem_zalloc(count, sizeof *prompt->parts);
    prompt->count = count;
    prompt->required = json_array();
    for (size_t i = 0; i < count; i++) {
        prompt->parts[i] = parts[i];
        prompt->parts[i].placeholder = mem_strdup(parts[i].placeholder);
        add_variables(prompt->required, &parts[i]);
    }
    return &prompt->runnable;
}

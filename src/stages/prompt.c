#include "stages/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "run/message.h"
#include "schema/well_known.h"
#include "stages/schema_parts.h"
#include "stages/variables.h"

struct prompt {
    struct prompt_base base;
    struct prompt_part *parts;
    size_t count;
};

static const struct prompt *as_prompt(const struct runnable *runnable)
{
    return container_of(runnable, const struct prompt, base.runnable);
}

static json_t *new_message(enum prompt_role role, json_t *content)
{
    if (role != PROMPT_AI)
        return message_plain(role == PROMPT_SYSTEM ? "system" : "human", content);
    json_t *message = message_ai("", 0, NULL);
    json_object_set(message, "content", content);
    return message;
}

static enum ls_err add_templated(const struct prompt_part *part, json_t *variables,
                                 json_t *messages, char why[TEMPLATE_WHY_SIZE])
{
    enum ls_err err;
    json_auto_t *content = content_print(part->content, variables, &err, why);
    if (!err)
        json_array_append_new(messages, new_message(part->role, content));
    return err;
}

static enum ls_err add_placed(const struct prompt_part *part, const json_t *variables,
                              json_t *messages, char why[TEMPLATE_WHY_SIZE])
{
    json_t *value = json_object_get(variables, part->placeholder);
    if (part->optional && (!value || json_is_null(value)))
        return LS_OK;
    json_t *list = NULL;
    const char *ignored = NULL;
    if (!json_is_array(value) || message_list(&list, value, &ignored) != LS_OK) {
        (void)snprintf(why, TEMPLATE_WHY_SIZE, "variable '%s' should be a list of messages",
                       part->placeholder);
        return LS_BAD_VALUE;
    }
    size_t count = json_array_size(list);
    for (size_t i = part->most && part->most < count ? count - part->most : 0; i < count; i++)
        json_array_append(messages, json_array_get(list, i));
    json_decref(list);
    return LS_OK;
}

static enum ls_err add_examples(const struct prompt_part *part, const json_t *variables,
                                json_t *messages, char why[TEMPLATE_WHY_SIZE])
{
    size_t count;
    enum ls_err err = examples_choose(part->examples, variables, &count, why);
    for (size_t i = 0; i < count && !err; i++)
        json_array_extend(messages, json_array_get(part->examples->messages, i));
    return err;
}

enum ls_err prompt_messages(const struct prompt_part *parts, size_t count, json_t *variables,
                            json_t *messages, char why[TEMPLATE_WHY_SIZE])
{
    enum ls_err err = LS_OK;
    for (size_t i = 0; i < count && !err; i++) {
        const struct prompt_part *part = &parts[i];
        err = part->content    ? add_templated(part, variables, messages, why)
              : part->examples ? add_examples(part, variables, messages, why)
                               : add_placed(part, variables, messages, why);
    }
    return err;
}

static enum ls_err print_messages(const struct prompt_base *base, json_t *variables, json_t **value,
                                  char why[TEMPLATE_WHY_SIZE])
{
    const struct prompt *prompt = container_of(base, const struct prompt, base);
    json_auto_t *messages = json_array();
    enum ls_err err = prompt_messages(prompt->parts, prompt->count, variables, messages, why);
    if (!err)
        *value = json_pack("{s:O,s:s}", "messages", messages, "type", "ChatPromptValueConcrete");
    return err;
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
    const struct prompt *prompt = as_prompt(runnable);
    json_t *schema = variables_schema(prompt->base.required);
    json_t *properties = json_object_get(schema, "properties");
    json_t *defs = json_object(), *name;
    size_t i;
    json_array_foreach(prompt->base.required, i, name) {
        const struct prompt_part *part = find_placeholder(prompt, json_string_value(name));
        if (part)
            add_placeholder(properties, defs, part);
    }
    for (i = 0; i < prompt->count; i++)
        if (prompt->parts[i].optional && !json_object_get(properties, prompt->parts[i].placeholder))
            add_placeholder(properties, defs, &prompt->parts[i]);
    return schema_finish(schema, defs);
}

void prompt_part_fini(struct prompt_part *part)
{
    content_free(&part->content);
    if (part->examples)
        examples_fini(part->examples);
    free(part->examples);
    part->examples = NULL;
}

static void prompt_fini(struct runnable *runnable)
{
    struct prompt *prompt = container_of(runnable, struct prompt, base.runnable);
    for (size_t i = 0; i < prompt->count; i++) {
        prompt_part_fini(&prompt->parts[i]);
        free((char *)prompt->parts[i].placeholder);
    }
    free(prompt->parts);
    prompt_base_fini(&prompt->base);
}

static const struct runnable_ops prompt_ops = {
    .type = "ChatPromptTemplate",
    .step = STEP_PROMPT,
    .open = prompt_base_open,
    .input_schema = prompt_input_schema,
    .output_schema = prompt_base_output_schema,
    .part = prompt_base_part,
    .fini = prompt_fini,
};

static const struct runnable_ops few_shot_ops = {
    .type = "FewShotChatMessagePromptTemplate",
    .step = STEP_PROMPT,
    .open = prompt_base_open,
    .input_schema = prompt_input_schema,
    .output_schema = prompt_base_output_schema,
    .part = prompt_base_part,
    .fini = prompt_fini,
};

void prompt_names(const struct prompt_part *parts, size_t count, json_t *names)
{
    for (size_t i = 0; i < count; i++) {
        if (parts[i].content)
            content_names(parts[i].content, names);
        else if (parts[i].placeholder && !parts[i].optional)
            json_object_set_new_nocheck(names, parts[i].placeholder, json_null());
    }
}

static struct runnable *new_prompt(const struct runnable_ops *ops, const struct prompt_part *parts,
                                   size_t count, const struct partials *partials)
{
    struct prompt *prompt = mem_zalloc(1, sizeof *prompt);
    json_auto_t *names = json_object();
    prompt->parts = mem_zalloc(count, sizeof *prompt->parts);
    prompt->count = count;
    for (size_t i = 0; i < count; i++) {
        prompt->parts[i] = parts[i];
        prompt->parts[i].placeholder = mem_strdup(parts[i].placeholder);
    }
    prompt_names(parts, count, names);
    prompt_base_init(&prompt->base, ops, print_messages, names, partials);
    return &prompt->base.runnable;
}

struct runnable *prompt_new(const struct prompt_part *parts, size_t count,
                            const struct partials *partials)
{
    return new_prompt(&prompt_ops, parts, count, partials);
}

struct runnable *few_shot_chat_new(struct examples *examples, const struct partials *partials)
{
    struct prompt_part part = {.examples = examples};
    return new_prompt(&few_shot_ops, &part, 1, partials);
}

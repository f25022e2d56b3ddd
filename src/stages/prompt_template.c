#include "stages/prompt_template.h"

#include "base/list.h"
#include "base/mem.h"
#include "stages/variables.h"

enum { MAX_TEXT = 64 << 20 };

struct prompt_template {
    struct prompt_base base;
    struct few_shot shot; /* of a plain template the suffix alone */
};

static const struct prompt_template *as_template(const struct runnable *runnable)
{
    return container_of(runnable, const struct prompt_template, base.runnable);
}

/* Adds a piece (NULL: an empty one), behind a separator where another stands before it. */
static enum ls_err add_piece(const struct few_shot *shot, const struct template *piece,
                             json_t *variables, struct buf *text, bool *first,
                             char why[TEMPLATE_WHY_SIZE])
{
    enum ls_err err = LS_OK;
    if (!piece)
        return LS_OK;
    if (!*first && shot->separator)
        err = template_print(shot->separator, variables, text, why);
    *first = false;
    return err ? err : template_print(piece, variables, text, why);
}

static enum ls_err add_pieces(const struct few_shot *shot, json_t *variables, struct buf *text,
                              char why[TEMPLATE_WHY_SIZE])
{
    bool first = true;
    size_t count;
    enum ls_err err = examples_choose(&shot->examples, variables, &count, why);
    if (!err)
        err = add_piece(shot, shot->prefix, variables, text, &first, why);
    for (size_t i = 0; i < count && !err; i++)
        err = add_piece(shot, shot->examples.texts[i], variables, text, &first, why);
    return err ? err : add_piece(shot, shot->suffix, variables, text, &first, why);
}

static enum ls_err print_text(const struct prompt_base *base, json_t *variables, json_t **value,
                              char why[TEMPLATE_WHY_SIZE])
{
    struct buf text;
    buf_init(&text, MAX_TEXT);
    enum ls_err err = add_pieces(&container_of(base, const struct prompt_template, base)->shot,
                                 variables, &text, why);
    if (!err)
        *value =
            json_pack("{s:s%,s:s}", "text", buf_str(&text), text.len, "type", "StringPromptValue");
    buf_fini(&text);
    return err;
}

static json_t *template_input_schema(const struct runnable *runnable)
{
    const struct prompt_template *prompt = as_template(runnable);
    json_t *schema = prompt->shot.suffix ? template_schema(prompt->shot.suffix) : NULL;
    return schema ? schema : variables_schema(prompt->base.required);
}

void few_shot_fini(struct few_shot *shot)
{
    template_free(&shot->prefix);
    template_free(&shot->separator);
    template_free(&shot->suffix);
    examples_fini(&shot->examples);
}

static void template_fini(struct runnable *runnable)
{
    struct prompt_template *prompt = container_of(runnable, struct prompt_template, base.runnable);
    few_shot_fini(&prompt->shot);
    prompt_base_fini(&prompt->base);
}

static const struct runnable_ops prompt_template_ops = {
    .type = "PromptTemplate",
    .step = STEP_PROMPT,
    .open = prompt_base_open,
    .input_schema = template_input_schema,
    .output_schema = prompt_base_output_schema,
    .part = prompt_base_part,
    .fini = template_fini,
};

static const struct runnable_ops few_shot_ops = {
    .type = "FewShotPromptTemplate",
    .step = STEP_PROMPT,
    .open = prompt_base_open,
    .input_schema = template_input_schema,
    .output_schema = prompt_base_output_schema,
    .part = prompt_base_part,
    .fini = template_fini,
};

static struct runnable *new_template(const struct runnable_ops *ops, const struct few_shot *shot,
                                     const struct partials *partials)
{
    struct prompt_template *prompt = mem_zalloc(1, sizeof *prompt);
    json_auto_t *names = json_object();
    prompt->shot = *shot;
    if (shot->prefix)
        template_names(shot->prefix, names);
    if (shot->suffix)
        template_names(shot->suffix, names);
    prompt_base_init(&prompt->base, ops, print_text, names, partials);
    return &prompt->base.runnable;
}

struct runnable *prompt_template_new(struct template *template, const struct partials *partials)
{
    struct few_shot shot = {.suffix = template};
    return new_template(&prompt_template_ops, &shot, partials);
}

struct runnable *few_shot_new(const struct few_shot *shot, const struct partials *partials)
{
    return new_template(&few_shot_ops, shot, partials);
}

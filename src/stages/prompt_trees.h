/* For tests of stages: the prompts of stage_trees.h.  {"prompt": "text"}, {"template": "text"},
 * {"mustache": "text"}; {"few_shot": "text"} and {"few_shot_chat": "text"}: with two examples, and
 * the text behind them; {"computed": t}: a prompt of {x}, which t computes. */
#pragma once

#include "stages/model_trees.h"
#include "stages/parallel.h"
#include "stages/prompt.h"
#include "stages/prompt_template.h"

static inline struct runnable *tree_of(json_t *words);

static inline struct template *tree_format(json_t *text, enum template_format format)
{
    struct template *template = NULL;
    char why[TEMPLATE_WHY_SIZE];
    if (template_compile(&template, format, json_string_value(text), json_string_length(text), why))
        fail_msg("%s", why);
    return template;
}

static inline struct template *tree_template(const char *text)
{
    json_auto_t *json = json_string(text);
    return tree_format(json, TEMPLATE_FSTRING);
}

static inline struct runnable *tree_prompt(json_t *text)
{
    struct prompt_part parts[] = {
        {.role = PROMPT_SYSTEM, .content = content_of_text(tree_template("Be brief."))},
        {.role = PROMPT_HUMAN, .content = content_of_text(tree_format(text, TEMPLATE_FSTRING))}};
    return prompt_new(parts, 2, NULL);
}

static inline struct runnable *tree_plain_template(json_t *text)
{
    return prompt_template_new(tree_format(text, TEMPLATE_FSTRING), NULL);
}

static inline struct runnable *tree_mustache(json_t *text)
{
    return prompt_template_new(tree_format(text, TEMPLATE_MUSTACHE), NULL);
}

static inline struct runnable *tree_few_shot(json_t *text)
{
    struct few_shot shot = {.separator = tree_template("\n"),
                            .suffix = tree_format(text, TEMPLATE_FSTRING)};
    shot.examples.texts = mem_zalloc(2, sizeof(struct template *));
    shot.examples.texts[0] = tree_template("one");
    shot.examples.texts[1] = tree_template("{a}");
    shot.examples.count = 2;
    return few_shot_new(&shot, NULL);
}

static inline struct runnable *tree_few_shot_chat(json_t *text)
{
    struct examples *examples = mem_zalloc(1, sizeof *examples);
    examples->messages = json_pack("[[{s:s,s:s}],[]]", "type", "human", "content", "one");
    examples->count = 2;
    examples->lengths = mem_zalloc(2, sizeof *examples->lengths);
    examples->lengths[0] = examples->lengths[1] = 2;
    examples->max_length = 5;
    struct prompt_part parts[] = {
        {.examples = examples},
        {.role = PROMPT_AI, .content = content_of_text(tree_format(text, TEMPLATE_FSTRING))}};
    return prompt_new(parts, 2, NULL);
}

static inline struct runnable *tree_computed(json_t *words)
{
    const char *const keys[] = {"x"};
    struct runnable *part = tree_of(words);
    struct partials partials = {.constants = json_pack("{s:s}", "a", "constant"),
                                .computed = parallel_new(keys, &part, 1),
                                .computed_names = json_pack("{s:n}", "x")};
    struct prompt_part message = {.role = PROMPT_HUMAN,
                                  .content = content_of_text(tree_template("{a} {x}"))};
    return prompt_new(&message, 1, &partials);
}

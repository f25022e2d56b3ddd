/* What the files that build prompts share. */
#pragma once

#include "app/builder.h"
#include "stages/prompt.h"
#include "yaml/option.h"

/* What stands beside a prompt. */
struct prompt_fields {
    int format; /* enum template_format */
    json_t *partial;
    const struct node *partial_from;
};

extern const struct option prompt_options[];

/* A template: a text, or {file: …}.  NULL when it has a mistake, which is told. */
struct template *build_template_text(struct builder *builder, const struct node *node,
                                     enum template_format format);

/* A message's content: a template, or a list of parts; likewise. */
struct content *build_content(struct builder *builder, const struct node *node,
                              enum template_format format);

/* A list of messages under construction. */
struct prompt_parts {
    struct builder *builder;
    struct prompt_part *items;
    size_t count;
    unsigned depth;        /* of prompts within prompts */
    bool failed;           /* a mistake was told */
    json_t *constants;     /* partial variables of the whole; owned */
    struct node *computed; /* likewise, those of `partial_from`: expressions by name */
};

/* Adds the partial variables of `fields`. */
void prompt_parts_add_partials(struct prompt_parts *parts, const struct prompt_fields *fields,
                               struct place place);

/* Adds the messages of a `prompt:` or of an `example:`: a text, or a list. */
void prompt_parts_read(struct prompt_parts *parts, const struct node *value,
                       enum template_format format);

/* The partial variables as the prompt takes them; what was added is handed over. */
bool prompt_parts_partials(struct prompt_parts *parts, struct partials *partials);

/* Frees what was not handed over. */
void prompt_parts_fini(struct prompt_parts *parts);

/* Adds the messages of the prompt that `node` names or is: {messages: …}. */
void prompt_parts_include(struct prompt_parts *parts, const struct node *node);

/* The examples of a chat's {few_shot: …}; NULL, and told, when there is a mistake. */
struct examples *build_chat_examples(struct builder *builder, const struct node *value,
                                     enum template_format format);

/* Tells of variables that LangChain refuses; returns `made`, or NULL. */
struct runnable *build_checked_prompt(struct builder *builder, struct runnable *made,
                                      struct place place);

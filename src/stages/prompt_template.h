/* PromptTemplate: variables to one prompt text; and FewShotPromptTemplate, whose text has examples
 * in it. */
#pragma once

#include "stages/examples.h"
#include "stages/prompt_base.h"

/* A new instance; the template and `partials` (NULL: none) are taken over. */
struct runnable *prompt_template_new(struct template *template, const struct partials *partials);

/* What stands around the examples of texts. */
struct few_shot {
    struct template *prefix, *separator, *suffix; /* NULL: empty */
    struct examples examples;
};

/* Frees what is in there. */
void few_shot_fini(struct few_shot *shot);

/* A new instance of FewShotPromptTemplate; what is in `shot`, and `partials`, is taken over. */
struct runnable *few_shot_new(const struct few_shot *shot, const struct partials *partials);

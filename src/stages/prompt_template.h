/* PromptTemplate: variables to one prompt text. */
#pragma once

#include "run/runnable.h"
#include "stages/template.h"

/* A new instance; the template is taken over. */
struct runnable *prompt_template_new(struct template *template);

/* ChatPromptTemplate: variables to the messages of a chat. */
#pragma once

#include "run/runnable.h"
#include "stages/template.h"

enum prompt_role { PROMPT_SYSTEM, PROMPT_HUMAN, PROMPT_AI };

/* One message, or a place for a list of messages. */
struct prompt_part {
    enum prompt_role role;
    struct template *template; /* NULL: a placeholder */
    const char *placeholder;   /* the variable that holds a list of messages */
    bool optional;             /* the variable may be left out */
};

/* A new instance of `count` > 0 parts; the templates are taken over, the texts copied. */
struct runnable *prompt_new(const struct prompt_part *parts, size_t count);

/* A tool, as models call them: a function with a name, a description and a schema of its arguments,
 * whose work is a body. */
#pragma once

#include "base/err.h"
#include "run/runnable.h"

struct tool_options {
    const char *description; /* NULL: none */
    json_t *args;            /* JSON Schema of an object; NULL: any arguments */
    bool bare;               /* traces do not show the body as a step */
};

/* A tool with that body (taken over, and freed where this fails); its name is given with
 * runnable_set_name().  Its input is an object of arguments, text (the first argument), or a tool
 * call of a model's message, which is answered with a tool message.  LS_BAD_CONFIG with a sentence
 * in `why` where `args` is not understood. */
enum ls_err tool_new(struct runnable **out, const struct tool_options *options,
                     struct runnable *body, char why[256]) LS_MUST_CHECK;

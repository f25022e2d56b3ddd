/* What prompts share: an object of variables comes in, some are known beforehand or computed at
 * each run, and one value goes out. */
#pragma once

#include "run/runnable.h"
#include "stages/template.h"

/* Variables that a prompt has by itself; where the input has them, too, the input counts. */
struct partials {
    json_t *constants;         /* an object, or NULL */
    struct runnable *computed; /* gives an object of the variables' input, or NULL */
    json_t *computed_names;    /* an object with the names it gives, or NULL */
};

/* Drops what is in there. */
void partials_fini(struct partials *partials);

struct prompt_base;

/* Makes *value (a new reference) of `variables`, which are whole; LS_BAD_VALUE with a sentence in
 * `why`, or LS_TOO_BIG. */
typedef enum ls_err prompt_print_fn(const struct prompt_base *base, json_t *variables,
                                    json_t **value, char why[TEMPLATE_WHY_SIZE]);

/* Stands first in a kind of prompt. */
struct prompt_base {
    struct runnable runnable;
    prompt_print_fn *print;
    struct partials partials;
    json_t *required; /* names that the input must have, sorted */
};

/* Readies a new instance that needs the variables in the object `names`; `partials` (what is in
 * there; NULL: none) is taken over. */
void prompt_base_init(struct prompt_base *base, const struct runnable_ops *ops,
                      prompt_print_fn *print, const json_t *names, const struct partials *partials);

/* For the tables of runnables. */
struct sink *prompt_base_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out);
json_t *prompt_base_output_schema(const struct runnable *runnable);
const struct runnable *prompt_base_part(const struct runnable *runnable, unsigned i,
                                        const char **label);
void prompt_base_fini(struct prompt_base *base);

/* A JSON value with templates instead of some of its texts. */
#pragma once

#include "stages/template.h"

struct stencil;

/* A value that stays as it is, and a text that is printed (both taken over); a list and an object,
 * to be filled. */
struct stencil *stencil_of_value(json_t *value);
struct stencil *stencil_of_text(struct template *template);
struct stencil *stencil_of_list(void);
struct stencil *stencil_of_object(void);

/* Adds `item` (taken over) to a list, or under `key` (copied) to an object. */
void stencil_add(struct stencil *stencil, const char *key, struct stencil *item);

/* Frees a stencil (or NULL) and nulls *ptr. */
void stencil_free(struct stencil **ptr);

/* Adds the names of its variables to the object `names`. */
void stencil_names(const struct stencil *stencil, json_t *names);

/* The value (a new reference), NULL with an error as template_print() has them.  Its texts take at
 * most *room bytes together, which is lessened. */
json_t *stencil_print(const struct stencil *stencil, json_t *variables, size_t *room,
                      enum ls_err *err, char why[TEMPLATE_WHY_SIZE]);

/* What a message of a prompt says: a text, or a list of parts (texts, images, data). */
#pragma once

#include "stages/stencil.h"

struct content;

enum content_sort {
    CONTENT_TEXT,  /* a text: left out where it comes out empty */
    CONTENT_IMAGE, /* {"url": …, "detail": …}: an image by its URL */
    CONTENT_DATA,  /* any object */
};

/* A text (taken over); a list, to be filled by content_add(). */
struct content *content_of_text(struct template *template);
struct content *content_of_parts(void);
void content_add(struct content *content, enum content_sort sort, struct stencil *stencil);

/* Frees a content (or NULL) and nulls *ptr. */
void content_free(struct content **ptr);

/* Adds the names of its variables to the object `names`. */
void content_names(const struct content *content, json_t *names);

/* The content (a new reference), NULL with an error as template_print() has them. */
json_t *content_print(const struct content *content, json_t *variables, enum ls_err *err,
                      char why[TEMPLATE_WHY_SIZE]);

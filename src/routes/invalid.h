/* Validation errors that are not about a schema: of the request's own frame. */
#pragma once

#include <jansson.h>

/* Appends {type, loc, msg, input, url} to `errors`; `loc` is taken over, `input` borrowed. */
void invalid_add(json_t *errors, const char *type, json_t *loc, const char *msg, json_t *input);

/* The list for a request body that is no object; `frame` names what was expected. */
json_t *invalid_body(json_t *body, const char *frame);

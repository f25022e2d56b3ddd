/* The bodies of answers that tell of errors, in the shapes that a route may choose. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "http/server.h"
#include "routes/site.h"

/* What an answer tells. */
struct error_said {
    enum error_shape shape;
    enum ls_err err; /* gives the code where its own status is the answer's */
    int status;
    const char *sentence;
    json_t *detail; /* a list of validation errors, or NULL; borrowed */
    const char *request_id;
};

/* The shape of the answer to a request: the route's (or site's), unless its Accept header names
 * application/problem+json. */
enum error_shape error_shape_for(const struct http_request *request, enum error_shape shape);

/* The code (new reference) of an error's kind; where that would tell more, or something else, than
 * the status does, the status in one word: "method_not_allowed". */
json_t *error_body_code(enum ls_err err, int status);

/* Prints the body onto `out`; its content type. */
const char *error_body_print(struct buf *out, const struct error_said *said);

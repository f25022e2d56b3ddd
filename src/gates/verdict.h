/* What a gate has to say to a request that it does not let through.  Gates write no bodies: the
 * routes answer, in the shape of errors that theirs have. */
#pragma once

#include "base/err.h"
#include "http/server.h"

enum { VERDICT_HEADERS = 4 };

struct verdict {
    enum ls_err err; /* its code is told where the shape has one */
    int status;
    const char *sentence;
    const char *missing; /* a header that was not sent: told as a validation error, not as the
                            sentence; NULL: none */
    struct http_header headers[VERDICT_HEADERS]; /* of the answer */
    unsigned header_count;
};

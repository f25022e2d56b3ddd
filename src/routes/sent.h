/* What a request sends beside its body: headers and cookies, by name. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "http/server.h"

struct sent {
    bool cookie; /* else a header */
    const char *name;
};

/* A rule about one of them: in `require` what must be sent, in `deny` what must not. */
struct sent_rule {
    struct sent sent;
    const char *const *values; /* what it may be; NULL: anything */
    size_t count;
    int status; /* the answer to who breaks the rule */
    const char *detail;
};

/* The value, of *len bytes, or NULL when the request does not send it. */
const char *sent_value(const struct http_request *request, const struct sent *sent, size_t *len);

/* Whether a value is one of the rule's; the time that takes does not depend on where they
 * differ. */
bool sent_matches(const struct sent_rule *rule, const char *value, size_t len);

/* A value as JSON text: UTF-8 as it is, anything else as Latin-1.  New reference. */
json_t *sent_json(const char *value, size_t len);

/* Adds the error "Field required" in FastAPI's form. */
void sent_add_missing(json_t *errors, const struct sent *sent);

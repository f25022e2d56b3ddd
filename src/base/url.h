/* Addresses of other servers, as people write them into files and command lines. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"

/* Whether `text` is an http or https URL to which a path can be added: a host, perhaps with a user
 * and a port, perhaps a path; no query, no fragment, no blanks or controls. */
bool url_is_http(const char *text);

/* Appends at most `len` bytes of a text percent-encoded, but for letters, digits and those in
 * `kept` (RFC 3986, 2.1). */
void url_add_encoded(struct buf *out, const char *text, size_t len, const char *kept);

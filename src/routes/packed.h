/* Files that are built into the program, compressed. */
#pragma once

#include "http/server.h"

struct packed {
    const unsigned char *data; /* gzip */
    const size_t *len;
};

/* Answers with a file: as it is to who takes gzip, else inflated.  The answer may be kept for an
 * hour. */
void packed_respond(struct http_exchange *exchange, const struct packed *packed, const char *type);

/* Whether an Accept-Encoding header (or NULL) allows gzip. */
bool packed_is_accepted(const char *accepted);

/* Addresses of other servers, as people write them into files and command lines. */
#pragma once

#include <stdbool.h>

/* Whether `text` is an http or https URL to which a path can be added: a host, perhaps with a user
 * and a port, perhaps a path; no query, no fragment, no blanks or controls. */
bool url_is_http(const char *text);

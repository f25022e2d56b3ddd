/* What stands before the paths of a site where a proxy publishes it: the option `root_path`, or
 * what a trusted proxy says in X-Forwarded-Prefix. */
#pragma once

#include "http/server.h"
#include "routes/site.h"

/* How much of a request's path is the site's root path, which routes know nothing of. */
size_t prefix_len_of(const struct site *site, const struct http_request *request);

/* The prefix that URLs in an answer need: "" or "/a/b"; valid as long as the request. */
const char *prefix_for_urls(const struct site *site, const struct http_request *request);

/* `path` of the site behind that prefix, percent-encoded as a URL needs it, in `arena`. */
const char *prefix_path(const struct site *site, const struct http_request *request,
                        const char *path, struct arena *arena);

/* "https" where a trusted proxy says so, else "http". */
const char *prefix_scheme(const struct site *site, const struct http_request *request);

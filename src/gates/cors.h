/* Cross-origin requests (the CORS protocol of the Fetch standard): which pages of other origins
 * may call, and what they may send and see. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "http/server.h"

/* What an app allows; NULL-terminated lists; not the struct's own. */
struct cors {
    const char *const *origins; /* exact, or with `*` for any letters, digits, `.` and `-` */
    const char *const *methods; /* besides GET, HEAD and POST; "*": any */
    const char *const *headers; /* "*": whatever is asked for */
    const char *expose;         /* names, separated by commas; NULL: none */
    const char *max_age;        /* seconds */
    bool any_origin;            /* `origins` has "*" */
    bool credentials;
};

/* Adds to the answer that others will make what the request's page may see of it. */
void cors_tell(const struct cors *cors, struct http_exchange *exchange);

/* Answers a preflight request (then true), or does as cors_tell() (false). */
bool cors_answer(const struct cors *cors, struct http_exchange *exchange);

/* Whether a page of `origin` may call. */
bool cors_allows(const struct cors *cors, const char *origin);

/* What is wrong with a pattern of origins, or NULL: it must be "*", "null" or
 * scheme://host[:port], as browsers write it. */
const char *cors_origin_fault(const char *pattern);

/* Whether a pattern leaves the host to the page, as "*" does: whoever has some page may call. */
bool cors_fits_any_host(const char *pattern);

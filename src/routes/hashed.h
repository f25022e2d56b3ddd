/* Paths with a config hash: "/translate/c/{config_hash}/invoke" is "/translate/invoke" with a
 * config that is part of the URL. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "http/server.h"

struct route;

struct hashed_path {
    size_t prefix_len; /* of the route's path, at the beginning */
    const char *hash;  /* not empty */
    size_t hash_len;
    const char *rest; /* "/invoke" */
    size_t rest_len;
};

/* Takes a path apart, if "/c/{config_hash}/" stands at `prefix_len`; false when it does not. */
bool hashed_path_at(const char *path, size_t len, size_t prefix_len, struct hashed_path *out);

/* The config hash, of *len bytes, in the path of a request that `route` answers; NULL: none. */
const char *config_hash_of(const struct route *route, const struct http_request *request,
                           size_t *len);

/* The gate that asks for a key: who sends the request, and may they?
 *
 * The key comes in one header, or as `Authorization: Bearer …`.  What it opens is decided on the
 * route that the path was found to lead to, never on the path's text. */
#pragma once

#include "gates/key_ring.h"
#include "gates/verdict.h"

/* How a site or a route asks for keys; made when the app is loaded. */
struct auth {
    const char *header;   /* "x-api-key", in lower case */
    const char *shown;    /* "X-API-Key", as people write it */
    bool bearer;          /* `Authorization: Bearer` counts as well */
    bool stored;          /* keys of the store count */
    struct key_set *keys; /* those of the file */
    int missing;          /* status when no key is sent: 401, 403, or 422 in FastAPI's form */
    int status;           /* when it is wrong */
    const char *detail;
};

enum auth_answer {
    AUTH_PASSES,
    AUTH_REFUSES, /* *verdict says how */
    AUTH_WAITS,   /* key_ring_wait(), then ask again */
};

/* Whether `request` may use the route on `path` ("/" for that of ""); NULL: something that any key
 * opens.  `ring` may be NULL when no keys are stored.  *caller is whose key it is, may they or not;
 * NULL: nobody's.  It, and what the verdict says, live as long as `arena`. */
enum auth_answer auth_ask(const struct auth *auth, struct key_ring *ring,
                          const struct http_request *request, const char *path, struct arena *arena,
                          const struct api_key **caller, struct verdict *verdict);

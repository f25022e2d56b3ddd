/* Where a Redis server is: redis://[[user]:password@]host[:port][/db],
 * unix://[[user]:password@]/path[?db=N]. */
#pragma once

#include "base/arena.h"

struct redis_target {
    const char *host; /* a name, an address, or unix:PATH */
    int port;
    const char *user, *password; /* NULL: none */
    int db;
};

/* Takes an URL apart, into `arena`; NULL, or a sentence that tells what is wrong and nothing of what
 * the URL holds. */
const char *redis_url_read(struct arena *arena, const char *url, struct redis_target *target);

/* The sockets that a server listens on, bound before its workers are forked. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { MAX_LISTENERS = 2 };

struct listeners {
    int fds[MAX_LISTENERS];
    char *paths[MAX_LISTENERS]; /* of those that are Unix sockets */
    size_t count;
    char *url; /* of the first */
};

/* Binds `host` (a name, an address, unix:PATH) and port, and the Unix socket `path` too unless it
 * is NULL.  False: told in the log. */
bool listeners_bind(struct listeners *listeners, const char *host, int port, const char *path);

/* Closes them; once the workers have closed theirs too, new connections are refused. */
void listeners_close(struct listeners *listeners);

/* Frees what is kept besides. */
void listeners_fini(struct listeners *listeners);

#include "app/listeners.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "loop/net.h"

static bool is_unix(const char *host)
{
    return strncmp(host, "unix:", 5) == 0;
}

static bool add(struct listeners *listeners, const char *host, int *port)
{
    char why[256];
    int fd;
    if (net_bind(&fd, host, port, why) != LS_OK) {
        log_event(LOG_ERROR, "listen_failed", "%s", why);
        return false;
    }
    if (is_unix(host))
        listeners->paths[listeners->count] = mem_strdup(host + 5);
    listeners->fds[listeners->count++] = fd;
    return true;
}

bool listeners_bind(struct listeners *listeners, const char *host, int port, const char *path)
{
    if (!add(listeners, host, &port))
        return false;
    bool v6 = strchr(host, ':') != NULL;
    listeners->url = is_unix(host) ? mem_strdup(host)
                                   : mem_printf(v6 ? "http://[%s]:%d" : "http://%s:%d", host, port);
    if (!path)
        return true;
    char *other = mem_printf("unix:%s", path);
    bool bound = add(listeners, other, &port);
    free(other);
    return bound;
}

void listeners_close(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++) {
        close(listeners->fds[i]);
        if (listeners->paths[i])
            unlink(listeners->paths[i]);
    }
    listeners->count = 0;
}

void listeners_fini(struct listeners *listeners)
{
    for (size_t i = 0; i < MAX_LISTENERS; i++)
        free(listeners->paths[i]);
    free(listeners->url);
    *listeners = (struct listeners){0};
}

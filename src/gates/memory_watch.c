#include "gates/memory_watch.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAUSE_MS = 100 };

/* The bytes in memory that are this process's own, without what files and other processes share;
 * 0 when the system does not tell. */
static int64_t own_bytes(void)
{
    char text[256];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (len <= 0)
        return 0;
    text[len] = '\0';
    char *at = text;
    (void)strtoll(at, &at, 10); /* all that is mapped */
    int64_t resident = strtoll(at, &at, 10), shared = strtoll(at, &at, 10);
    return (resident - shared) * sysconf(_SC_PAGESIZE);
}

bool memory_is_short(struct memory_watch *watch, int64_t now)
{
    if (watch->most == 0)
        return false;
    if (now < watch->again)
        return watch->short_of;
    watch->again = now + PAUSE_MS;
    watch->short_of = own_bytes() > watch->most;
    if (watch->short_of) {
        (void)malloc_trim(0);
        watch->short_of = own_bytes() > watch->most;
    }
    return watch->short_of;
}

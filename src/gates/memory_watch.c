#include "gates/memory_watch.h"

#include <malloc.h>

#include "base/process.h"

enum { PAUSE_MS = 100 };

/* The bytes in memory that are this process's own, without what files and other processes share. */
static int64_t own_bytes(void)
{
    struct process_memory memory;
    (void)process_memory(0, &memory);
    return memory.resident - memory.shared;
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

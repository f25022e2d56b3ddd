#include "app/written.h"

#include <stdlib.h>

#include "base/mem.h"

void written_fini(struct written *written)
{
    free(written->items);
    *written = (struct written){0};
}

void written_add(struct written *written, const struct runnable *runnable, const char *kind,
                 struct place place)
{
    if (!runnable)
        return;
    if (written->count == written->cap) {
        written->cap = written->cap ? written->cap * 2 : 32;
        written->items = mem_resize(written->items, written->cap, sizeof *written->items);
    }
    written->items[written->count++] = (struct writing){runnable, kind, place};
}

/* From the newest on: an older one at the same address is gone. */
const struct writing *written_find(const struct written *written, const struct runnable *runnable)
{
    for (size_t i = written->count; i-- > 0;)
        if (written->items[i].runnable == runnable)
            return &written->items[i];
    return NULL;
}

/* Design: an id may stand in any of the WINDOW places from the one of its hash on, so nothing is
 * ever moved.  `owner` is the last to be written and the first to be cleared; a reader that meets
 * an entry while it changes hands may take one id for another only if they had the same owner. */
#include "base/shared_ids.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

enum { PLACES = 1 << 16, WINDOW = 64 };

struct entry {
    _Atomic uint64_t
        owner; /* 0: free; else the process's number, twice, plus 1 when `half` is set */
    _Atomic uint64_t half[2];
};

struct shared_ids {
    struct entry places[PLACES];
};

struct shared_ids *shared_ids_new(void)
{
    return mem_shared(sizeof(struct shared_ids));
}

void shared_ids_free(struct shared_ids **ids)
{
    mem_shared_free(*ids, sizeof **ids);
    *ids = NULL;
}

static void split(uint64_t half[2], const struct uuid *id)
{
    memcpy(half, id->bytes, sizeof id->bytes);
}

/* The place `i` of the window of an id. */
static struct entry *place(struct shared_ids *ids, const uint64_t half[2], unsigned i)
{
    uint64_t hash = (half[0] ^ half[1] * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
    return &ids->places[((hash >> 32) + i) % PLACES];
}

static uint64_t whole(pid_t pid)
{
    return (uint64_t)pid * 2 + 1;
}

/* The entry of an id, of the process `pid` or (0) of any; NULL: none. */
static struct entry *find(struct shared_ids *ids, const struct uuid *id, pid_t pid)
{
    uint64_t half[2];
    split(half, id);
    for (unsigned i = 0; i < WINDOW; i++) {
        struct entry *entry = place(ids, half, i);
        uint64_t owner = atomic_load(&entry->owner);
        if ((pid ? owner == whole(pid) : owner & 1) && atomic_load(&entry->half[0]) == half[0] &&
            atomic_load(&entry->half[1]) == half[1] && atomic_load(&entry->owner) == owner)
            return entry;
    }
    return NULL;
}

bool shared_ids_add(struct shared_ids *ids, const struct uuid *id, pid_t pid)
{
    uint64_t half[2];
    split(half, id);
    for (unsigned i = 0; i < WINDOW; i++) {
        struct entry *entry = place(ids, half, i);
        uint64_t nobody = 0;
        if (!atomic_compare_exchange_strong(&entry->owner, &nobody, whole(pid) - 1))
            continue;
        atomic_store(&entry->half[0], half[0]);
        atomic_store(&entry->half[1], half[1]);
        atomic_store(&entry->owner, whole(pid));
        return true;
    }
    return false;
}

void shared_ids_remove(struct shared_ids *ids, const struct uuid *id, pid_t pid)
{
    struct entry *entry = find(ids, id, pid);
    if (entry)
        atomic_store(&entry->owner, 0);
}

pid_t shared_ids_find(struct shared_ids *ids, const struct uuid *id)
{
    const struct entry *entry = find(ids, id, 0);
    return entry ? (pid_t)(atomic_load(&entry->owner) / 2) : 0;
}

void shared_ids_forget(struct shared_ids *ids, pid_t pid)
{
    for (size_t i = 0; i < PLACES; i++)
        if (atomic_load(&ids->places[i].owner) / 2 == (uint64_t)pid)
            atomic_store(&ids->places[i].owner, 0);
}

#include "base/heartbeats.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include "base/clock.h"

struct heartbeats {
    _Atomic int64_t last_us[HEARTBEATS];
};

struct heartbeats *heartbeats_new(void)
{
    void *map = mmap(NULL, sizeof(struct heartbeats), PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return map == MAP_FAILED ? NULL : map;
}

void heartbeats_free(struct heartbeats **beats)
{
    if (*beats)
        munmap(*beats, sizeof **beats);
    *beats = NULL;
}

void heartbeats_beat(struct heartbeats *beats, unsigned place)
{
    assert(place < HEARTBEATS);
    atomic_store_explicit(&beats->last_us[place], clock_steady_us(), memory_order_relaxed);
}

int64_t heartbeats_silence(const struct heartbeats *beats, unsigned place)
{
    assert(place < HEARTBEATS);
    int64_t last = atomic_load_explicit(&beats->last_us[place], memory_order_relaxed);
    return (clock_steady_us() - last) / 1000;
}

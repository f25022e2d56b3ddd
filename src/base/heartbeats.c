#include "base/heartbeats.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/mem.h"

struct heartbeats {
    _Atomic int64_t last_us[HEARTBEATS];
};

struct heartbeats *heartbeats_new(void)
{
    return mem_shared(sizeof(struct heartbeats));
}

void heartbeats_free(struct heartbeats **beats)
{
    mem_shared_free(*beats, sizeof **beats);
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

#include "app/relief.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/process.h"

/* A worker that begins above its limit of memory is replaced now and then, not all the time. */
enum { MIN_LIFE_MS = 3000 };

/* `limit` and up to a tenth more. */
static int64_t scattered(int64_t limit)
{
    uint32_t random;
    random_bytes((unsigned char *)&random, sizeof random);
    return limit + (int64_t)((double)limit / 10 * random / UINT32_MAX);
}

void relief_init(struct relief *relief, int64_t requests, int64_t age_ms, int64_t memory)
{
    *relief = (struct relief){
        .requests = (uint64_t)scattered(requests),
        .at_ms = age_ms > 0 ? clock_steady_us() / 1000 + scattered(age_ms) : 0,
        .memory = memory,
        .heavy_ms = clock_steady_us() / 1000 + MIN_LIFE_MS,
    };
}

static bool is_heavy(const struct relief *relief)
{
    struct process_memory memory;
    return process_memory(0, &memory) && memory.resident >= relief->memory;
}

bool relief_is_due(struct relief *relief, uint64_t served)
{
    if (relief->asked)
        return false;
    const char *why = NULL;
    int64_t now = clock_steady_us() / 1000;
    if (relief->requests > 0 && served >= relief->requests)
        why = "requests";
    else if (relief->at_ms > 0 && now >= relief->at_ms)
        why = "age";
    else if (relief->memory > 0 && now >= relief->heavy_ms && is_heavy(relief))
        why = "memory";
    relief->asked = why != NULL;
    if (why)
        log_event(LOG_INFO, "recycle", "the limit of %s is reached: asks to be replaced", why);
    return relief->asked;
}

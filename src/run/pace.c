/* Design: the generic cell rate algorithm.  What is in the bucket follows from the moment at which
 * it would be full again: taking something puts that off. */
#include "run/pace.h"

#include <stddef.h>

#include "base/mem.h"

enum { NS_PER_MS = 1000000, PLACES = 1024 };

/* How long the bucket takes to fill by so much, in ns. */
static int64_t filling(const struct pace *pace, int64_t cost)
{
    double part = (double)cost / (double)pace->count;
    return (int64_t)(part * (double)pace->window * NS_PER_MS);
}

int64_t pace_take(const struct pace *pace, pace_word *word, int64_t cost, int64_t now)
{
    if (pace->count == 0)
        return 0;
    int64_t full = atomic_load(word), next;
    int64_t at = now * NS_PER_MS, latest = at + pace->window * NS_PER_MS;
    do {
        next = (full > at ? full : at) + filling(pace, cost < pace->count ? cost : pace->count);
        if (next > latest)
            return (next - latest + NS_PER_MS - 1) / NS_PER_MS;
    } while (!atomic_compare_exchange_strong(word, &full, next));
    return 0;
}

void pace_correct(const struct pace *pace, pace_word *word, int64_t more, int64_t now)
{
    if (pace->count == 0)
        return;
    int64_t full = atomic_load(word), next;
    int64_t at = now * NS_PER_MS, latest = at + 2 * pace->window * NS_PER_MS;
    int64_t most = 2 * pace->count;
    more = more > most ? most : more < -most ? -most : more;
    do {
        next = (full > at ? full : at) + filling(pace, more);
        if (next > latest)
            next = latest;
    } while (!atomic_compare_exchange_strong(word, &full, next));
}

/* ---- words by key ---- */

struct paces {
    struct {
        _Atomic uintptr_t key; /* 0: nobody's */
        pace_word words[2];
    } places[PLACES];
};

struct paces *paces_new(void)
{
    return mem_shared(sizeof(struct paces));
}

void paces_free(struct paces **paces)
{
    if (*paces)
        mem_shared_free(*paces, sizeof **paces);
    *paces = NULL;
}

pace_word *paces_of(struct paces *paces, const void *key)
{
    for (size_t i = 0; paces && i < PLACES; i++) {
        uintptr_t other = 0;
        if (atomic_compare_exchange_strong(&paces->places[i].key, &other, (uintptr_t)key) ||
            other == (uintptr_t)key)
            return paces->places[i].words;
    }
    return NULL;
}

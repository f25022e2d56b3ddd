/* Design: who counts finds the key, reads the word, sees that the key is still there, reads the
 * clock, and swaps the word.  Who gives a place to another key holds the bucket's lock, and first
 * swaps the idle word for BUSY: then no swap of the old key's can succeed any more, because the
 * word it read is of a window long over, and none that is written later is. */
#include "gates/rate_table.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/siphash.h"

enum { BUCKET_BITS = 14, BUCKETS = 1 << BUCKET_BITS, PLACES = 15, PATIENCE = 10000 };

#define BUSY UINT64_MAX /* no count is that high */

struct place {
    _Atomic uint64_t key; /* its hash; 0: nobody's */
    _Atomic uint64_t word;
};

struct bucket {
    _Atomic uint64_t lock;   /* the process that gives a place away; 0: none */
    _Atomic uint64_t common; /* the word of keys that found no place */
    struct place places[PLACES];
};

struct shared {
    unsigned char secret[SIPHASH_KEY];
    _Atomic uint64_t single; /* the word of no key */
    struct bucket buckets[BUCKETS];
};

struct rate_table {
    int64_t window;
    rate_clock *clock;
    struct shared *shared;
};

int64_t rate_steady_clock(void)
{
    return clock_coarse_ms();
}

struct rate_table *rate_table_new(int64_t window, rate_clock *clock)
{
    void *memory = mem_shared(sizeof(struct shared));
    if (!memory)
        return NULL;
    struct rate_table *table = mem_alloc(sizeof *table);
    *table = (struct rate_table){window, clock, memory};
    random_bytes(table->shared->secret, sizeof table->shared->secret);
    return table;
}

void rate_table_free(struct rate_table **table)
{
    if (*table)
        mem_shared_free((*table)->shared, sizeof *(*table)->shared);
    free(*table);
    *table = NULL;
}

static struct bucket *bucket_of(struct rate_table *table, uint64_t hash)
{
    return &table->shared->buckets[hash >> (64 - BUCKET_BITS)];
}

static struct place *find(struct bucket *bucket, uint64_t hash)
{
    for (unsigned i = 0; i < PLACES; i++)
        if (atomic_load(&bucket->places[i].key) == hash)
            return &bucket->places[i];
    return NULL;
}

/* ---- one word ---- */

/* Counts in the word of a place, as long as it is the key's; false when it is no more. */
static bool take_in(const struct rate_table *table, const struct rate *rate, struct place *place,
                    uint64_t hash, struct rate_said *said)
{
    for (;;) {
        uint64_t word = atomic_load(&place->word);
        if (word == BUSY || atomic_load(&place->key) != hash)
            return false;
        uint64_t next = rate_take(rate, word, table->clock(), said);
        if (!said->allowed || atomic_compare_exchange_strong(&place->word, &word, next))
            return true;
    }
}

/* Counts in a word that is never given away. */
static void take_at(const struct rate_table *table, const struct rate *rate, _Atomic uint64_t *at,
                    struct rate_said *said)
{
    uint64_t word, next;
    do {
        word = atomic_load(at);
        next = rate_take(rate, word, table->clock(), said);
    } while (said->allowed && !atomic_compare_exchange_strong(at, &word, next));
}

static void give_to(const struct rate_table *table, _Atomic uint64_t *at)
{
    const struct rate any = {1, table->window}; /* the count does not matter here */
    uint64_t word, next;
    do {
        word = atomic_load(at);
        if (word == BUSY)
            return;
        next = rate_give(&any, word, table->clock());
    } while (!atomic_compare_exchange_strong(at, &word, next));
}

/* ---- places ---- */

/* False when who holds the lock does not let go: it was stopped, or is dead and not yet known. */
static bool lock(struct bucket *bucket)
{
    for (int i = 0; i < PATIENCE; i++) {
        uint64_t nobody = 0;
        if (atomic_compare_exchange_strong(&bucket->lock, &nobody, (uint64_t)getpid()))
            return true;
        sched_yield();
    }
    return false;
}

static void unlock(struct bucket *bucket)
{
    atomic_store(&bucket->lock, 0);
}

/* Makes a place BUSY that is nobody's or idle; NULL: there is none. */
static struct place *claim(const struct rate_table *table, const struct rate *rate,
                           struct bucket *bucket)
{
    for (unsigned i = 0; i < PLACES; i++) {
        struct place *place = &bucket->places[i];
        uint64_t word = atomic_load(&place->word);
        bool is_free = atomic_load(&place->key) == 0;
        if ((is_free || rate_is_idle(rate, word, table->clock())) &&
            atomic_compare_exchange_strong(&place->word, &word, BUSY))
            return place;
    }
    return NULL;
}

enum settled { SETTLED_NOW, SETTLED_BEFORE, SETTLED_NOT };

/* Gives the key a place, and counts there, unless it has got one meanwhile or there is none. */
static enum settled settle(const struct rate_table *table, const struct rate *rate,
                           struct bucket *bucket, uint64_t hash, struct rate_said *said)
{
    if (!lock(bucket))
        return SETTLED_NOT;
    bool found = find(bucket, hash) != NULL;
    struct place *place = found ? NULL : claim(table, rate, bucket);
    if (place) {
        uint64_t common = atomic_load(&bucket->common);
        atomic_store(&place->key, hash);
        atomic_store(&place->word, rate_take(rate, common, table->clock(), said));
    }
    unlock(bucket);
    return found ? SETTLED_BEFORE : place ? SETTLED_NOW : SETTLED_NOT;
}

static uint64_t hash_of(const struct rate_table *table, const void *key, size_t len)
{
    uint64_t hash = siphash(table->shared->secret, key, len);
    return hash ? hash : 1;
}

/* Counts in the key's place; false when there is none for it. */
static bool take_own(const struct rate_table *table, const struct rate *rate, struct bucket *bucket,
                     uint64_t hash, struct rate_said *said)
{
    for (;;) {
        struct place *place = find(bucket, hash);
        if (place && take_in(table, rate, place, hash, said))
            return true;
        enum settled settled = settle(table, rate, bucket, hash, said);
        if (settled != SETTLED_BEFORE)
            return settled == SETTLED_NOW;
    }
}

void rate_table_take(struct rate_table *table, int64_t count, const void *key, size_t len,
                     struct rate_said *said)
{
    const struct rate rate = {count, table->window};
    if (len == 0) {
        take_at(table, &rate, &table->shared->single, said);
        return;
    }
    uint64_t hash = hash_of(table, key, len);
    struct bucket *bucket = bucket_of(table, hash);
    if (!take_own(table, &rate, bucket, hash, said))
        take_at(table, &rate, &bucket->common, said);
}

void rate_table_give(struct rate_table *table, const void *key, size_t len)
{
    if (len == 0) {
        give_to(table, &table->shared->single);
        return;
    }
    uint64_t hash = hash_of(table, key, len);
    struct bucket *bucket = bucket_of(table, hash);
    struct place *place = find(bucket, hash);
    give_to(table, place ? &place->word : &bucket->common);
}

void rate_table_forget(struct rate_table *table, pid_t pid)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct bucket *bucket = &table->shared->buckets[i];
        if (atomic_load(&bucket->lock) != (uint64_t)pid)
            continue;
        for (unsigned k = 0; k < PLACES; k++)
            if (atomic_load(&bucket->places[k].word) == BUSY) {
                atomic_store(&bucket->places[k].key, 0);
                atomic_store(&bucket->places[k].word, 0);
            }
        unlock(bucket);
    }
}

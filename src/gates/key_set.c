#include "gates/key_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

struct key_set {
    unsigned refs;
    struct arena *arena; /* of the set, too */
    struct api_key *keys;
    size_t count;
    size_t *slots; /* 0: free; else the key at that place less one */
    size_t size;   /* of `slots`, a power of two */
};

/* Digests are spread evenly as they are. */
static size_t hash_of(const unsigned char digest[DIGEST_LEN])
{
    size_t hash;
    memcpy(&hash, digest, sizeof hash);
    return hash;
}

static bool has_digest(const struct api_key *key, const unsigned char digest[DIGEST_LEN])
{
    return text_equal_secret((const char *)key->digest, (const char *)digest, DIGEST_LEN);
}

/* The slot that holds the digest, or the free one where it would be. */
static size_t *slot_for(const struct key_set *set, const unsigned char digest[DIGEST_LEN])
{
    size_t i = hash_of(digest) & (set->size - 1);
    while (set->slots[i] != 0 && !has_digest(&set->keys[set->slots[i] - 1], digest))
        i = (i + 1) & (set->size - 1);
    return &set->slots[i];
}

static struct key_set *set_new(size_t most)
{
    struct arena *arena = arena_new(0);
    struct key_set *set = arena_zalloc(arena, sizeof *set);
    set->refs = 1;
    set->arena = arena;
    set->keys = arena_zalloc(arena, (most + 1) * sizeof *set->keys);
    return set;
}

/* Makes the keys findable, once all are there. */
static void set_close(struct key_set *set)
{
    for (set->size = 8; set->size < 2 * set->count; set->size *= 2)
        ;
    set->slots = arena_zalloc(set->arena, set->size * sizeof *set->slots);
    for (size_t i = 0; i < set->count; i++) {
        size_t *slot = slot_for(set, set->keys[i].digest);
        if (*slot == 0)
            *slot = i + 1;
    }
}

static void add_copy(struct key_set *set, const struct api_key *key)
{
    const char **scopes = arena_alloc(set->arena, (key->scope_count + 1) * sizeof *scopes);
    struct api_key *copy = &set->keys[set->count++];
    for (size_t i = 0; i < key->scope_count; i++)
        scopes[i] = arena_strdup(set->arena, key->scopes[i]);
    *copy = *key;
    copy->name = arena_strdup(set->arena, key->name);
    copy->limit = arena_strdup(set->arena, key->limit);
    copy->scopes = scopes;
}

struct key_set *key_set_new(const struct api_key *keys, size_t count)
{
    struct key_set *set = set_new(count);
    for (size_t i = 0; i < count; i++)
        add_copy(set, &keys[i]);
    set_close(set);
    return set;
}

/* A log that is being read, from its end. */
struct reading {
    struct key_set *set;
    json_t *revoked; /* names that later items end */
    json_t *places;  /* of names: which of the set's keys is theirs */
};

/* A name has one key at a time: of several, which only come of being added at once, the first. */
static void take_key(struct reading *reading, const struct api_key *key)
{
    struct key_set *set = reading->set;
    json_t *later = json_object_get(reading->places, key->name);
    size_t place = later ? (size_t)json_integer_value(later) : set->count++;
    set->keys[place] = *key;
    json_object_set_new(reading->places, key->name, json_integer((json_int_t)place));
}

static void take_item(struct reading *reading, struct store_text item)
{
    json_t *json;
    if (json_read(&json, item.data, item.len, NULL) != LS_OK)
        return;
    const char *ended = json_get_string(json, "revoke");
    struct api_key key;
    if (ended)
        json_object_set_new(reading->revoked, ended, json_true());
    else if (api_key_from_json(&key, json_object_get(json, "key"), reading->set->arena) &&
             !json_object_get(reading->revoked, key.name))
        take_key(reading, &key);
    json_decref(json);
}

struct key_set *key_set_read(const struct store_text *log, size_t count)
{
    struct key_set *set = set_new(count);
    struct reading reading = {set, json_object(), json_object()};
    for (size_t i = count; i-- > 0;)
        take_item(&reading, log[i]);
    json_decref(reading.revoked);
    json_decref(reading.places);
    for (size_t i = 0; i < set->count / 2; i++) {
        struct api_key other = set->keys[i];
        set->keys[i] = set->keys[set->count - 1 - i];
        set->keys[set->count - 1 - i] = other;
    }
    set_close(set);
    return set;
}

struct key_set *key_set_hold(struct key_set *set)
{
    set->refs++;
    return set;
}

void key_set_rele(struct key_set *set)
{
    if (!set || --set->refs > 0)
        return;
    struct arena *arena = set->arena;
    arena_free(&arena);
}

const struct api_key *key_set_find(const struct key_set *set,
                                   const unsigned char digest[DIGEST_LEN])
{
    size_t slot = *slot_for(set, digest);
    return slot ? &set->keys[slot - 1] : NULL;
}

const struct api_key *key_set_all(const struct key_set *set, size_t *count)
{
    *count = set->count;
    return set->keys;
}

/* An object (taken over) as text. */
static char *print(json_t *json)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    enum ls_err err = json_print(&text, json, JSON_WIRE);
    assert(!err);
    (void)err;
    json_decref(json);
    return buf_take(&text);
}

char *key_log_add(const struct api_key *key)
{
    return print(json_pack("{s:o}", "key", api_key_to_json(key)));
}

char *key_log_revoke(const char *name, int64_t at)
{
    return print(json_pack("{s:s,s:I}", "revoke", name, "at", (json_int_t)at));
}

/* A set of keys, found by their digests: those written in a file, or those of the store at some
 * moment.  Never changed once made; counted by reference, for a request that came in by a key
 * keeps it until its end.
 *
 * The store's keys are a log, the list KEY_LOG: an item {"key": {…}} adds a key, an item
 * {"revoke": name, "at": ms} ends all that the name has so far.  So nothing of it is ever changed,
 * and whoever knows the last item knows whether there is news. */
#pragma once

#include <stddef.h>

#include "gates/api_key.h"
#include "store/store.h"

#define KEY_LOG "auth/keys"

enum { KEY_LOG_MAX = 50000 }; /* items of the log that `keys add` goes up to */

struct key_set;

/* A set of `count` keys (copied, with their texts), with one reference; of two with one digest the
 * first is found. */
struct key_set *key_set_new(const struct api_key *keys, size_t count);

/* The keys that a log leaves, in its order: of each name the first since it was revoked; items that
 * are none are passed over. */
struct key_set *key_set_read(const struct store_text *log, size_t count);

struct key_set *key_set_hold(struct key_set *set);
void key_set_rele(struct key_set *set);

/* The key of a digest, or NULL; the time that takes tells nothing of the digests that are there. */
const struct api_key *key_set_find(const struct key_set *set,
                                   const unsigned char digest[DIGEST_LEN]);

/* All keys (borrowed), and how many there are. */
const struct api_key *key_set_all(const struct key_set *set, size_t *count);

/* Items of the log (new text, JSON). */
char *key_log_add(const struct api_key *key);
char *key_log_revoke(const char *name, int64_t at);

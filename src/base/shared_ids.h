/* Which process has what: a table of ids in memory that a process and its children share.
 *
 * It is made before the fork, has a fixed size, and needs no locks: an entry is claimed with one
 * compare-and-swap and belongs to one process, whose entries the parent clears when it dies.  What
 * find() says may be out of date when it is used. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/id.h"

struct shared_ids;

/* An empty table; NULL when the system refuses the memory. */
struct shared_ids *shared_ids_new(void);

/* Lets go of the table in this process; nulls *ids. */
void shared_ids_free(struct shared_ids **ids);

/* Says that the process `pid` has `id`; false when there is no room. */
bool shared_ids_add(struct shared_ids *ids, const struct uuid *id, pid_t pid);

/* Takes back what shared_ids_add() said; harmless when it said nothing. */
void shared_ids_remove(struct shared_ids *ids, const struct uuid *id, pid_t pid);

/* The process that has `id`, or 0. */
pid_t shared_ids_find(struct shared_ids *ids, const struct uuid *id);

/* Clears all that `pid` has. */
void shared_ids_forget(struct shared_ids *ids, pid_t pid);

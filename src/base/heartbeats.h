/* Signs of life of the processes that a parent watches: a clock for each in memory that they share.
 *
 * It is made before the fork; each process has a place of its own, so there are no locks. */
#pragma once

#include <stdint.h>

enum { HEARTBEATS = 16384 }; /* places, from 0 */

struct heartbeats;

/* An empty table; NULL when the system refuses the memory. */
struct heartbeats *heartbeats_new(void);

/* Lets go of the table in this process; nulls *beats. */
void heartbeats_free(struct heartbeats **beats);

/* Says that who has the place lives. */
void heartbeats_beat(struct heartbeats *beats, unsigned place);

/* Milliseconds since it last said so. */
int64_t heartbeats_silence(const struct heartbeats *beats, unsigned place);

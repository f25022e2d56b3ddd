/* Writes what tapes record, one line after the other, on a thread of its own: the loop does not
 * wait for the disk.  The thread is there from the first line on. */
#pragma once

#include "models/tape.h"

struct scribe;

struct scribe *scribe_new(struct loop *loop);

/* Waits until all lines are written.  Nulls *scribe; NULL is harmless. */
void scribe_free(struct scribe **scribe);

/* Appends a line to the tape's file; what fails is logged.  Without a scribe it is done at once. */
void scribe_append(struct scribe *scribe, struct tape *tape, const char *line, size_t len);

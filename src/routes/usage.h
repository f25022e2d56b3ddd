/* What a run took, in the metadata of its answer. */
#pragma once

#include "base/buf.h"
#include "run/run.h"

/* Appends the member `usage` behind others, where models with a price were asked; else nothing. */
void usage_print(struct buf *out, const struct tally *tally);

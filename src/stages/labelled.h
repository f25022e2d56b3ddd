/* RunnableBinding: a runnable under another name, with tags, metadata and schemas of its own. */
#pragma once

#include "run/runnable.h"

/* A new instance around `bound` (reference taken over).  Set `tags`, `metadata`, `input` and
 * `output` of the instance, and with `runnable_set_name()` its name, before it is used. */
struct runnable *labelled_new(struct runnable *bound);

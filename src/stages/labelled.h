/* RunnableBinding: a runnable under another name, with tags, metadata, schemas and a config of its
 * own. */
#pragma once

#include "run/runnable.h"

/* A new instance around `bound` (reference taken over).  Set `tags`, `metadata`, `input` and
 * `output` of the instance, and with `runnable_set_name()` its name, before it is used. */
struct runnable *labelled_new(struct runnable *bound);

/* Gives an instance that was just made a config (an object: configurable, max_concurrency, …):
 * what a run does not say itself is taken from there. */
void labelled_set_config(struct runnable *labelled, json_t *config);

/* YAML text to nodes, by libyaml: YAML 1.2 core scalars (`no` is a string), anchors and aliases
 * (bounded: an alias bomb is refused), merge keys (`<<`) not supported and refused by name.
 * One document; tags other than the core ones are errors; duplicate keys are errors. */
#pragma once

#include "base/err.h"
#include "yaml/node.h"
#include "yaml/problems.h"

enum { YAML_MAX_DEPTH = 100, YAML_MAX_NODES = 200000, YAML_MAX_BYTES = 8 << 20 };

/* Reads `len` bytes; `file` names them in places (copied).  The tree lives in `arena`.  NULL when
 * the text is no YAML; the reasons (and those of a tree that is given nevertheless, such as a
 * duplicate key) are in `problems`.  An empty document is a NODE_NULL. */
struct node *yaml_read(struct arena *arena, const char *file, const char *data, size_t len,
                       struct problems *problems);

/* Reads a file, or standard input where `path` is "-"; as yaml_read(). */
struct node *yaml_read_file(struct arena *arena, const char *path, struct problems *problems);

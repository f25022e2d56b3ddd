/* One node and all below it from libyaml's events.
 *
 * A mistake in what is said (a tag, a key) is told and reading goes on; one in the grammar, or a
 * limit passed, sets `failed` and every function returns NULL.  Aliases share their node, so the
 * size and the height of what they stand for are counted again at each use: whoever walks the
 * tree meets at most YAML_MAX_NODES nodes, YAML_MAX_DEPTH deep. */
#pragma once

#include <yaml.h>

#include "yaml/node.h"
#include "yaml/problems.h"

struct yaml_anchor {
    const struct node *node; /* NULL while it is being read */
    size_t nodes;
    int height;
};

struct yaml_reader {
    yaml_parser_t parser;
    struct arena *arena;
    struct problems *problems;
    const char *file, *data;
    size_t len;
    json_t *anchor_index; /* name -> index of the newest in `anchors` */
    struct yaml_anchor *anchors;
    size_t anchor_count, anchor_cap;
    size_t nodes;
    bool failed;
};

/* Where `event` begins. */
struct place yaml_tree_place(const struct yaml_reader *reader, const yaml_event_t *event);

/* The next event (yaml_event_delete() it), or false and a problem. */
bool yaml_tree_next(struct yaml_reader *reader, yaml_event_t *event);

/* The node that begins with `event`, inside of `depth` lists and mappings; *height is how many
 * it nests itself. */
struct node *yaml_tree_read(struct yaml_reader *reader, const yaml_event_t *event, int depth,
                            int *height);

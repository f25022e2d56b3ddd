/* Scalars with their tags (`!!int 1`), and which tags lists and mappings may carry. */
#pragma once

#include <yaml.h>

#include "yaml/node.h"
#include "yaml/problems.h"

#define YAML_TAG_CORE "tag:yaml.org,2002:" /* what `!!` stands for */

/* The node of a scalar event: a string when it is quoted or tagged as one, else what the core
 * schema makes of it.  A tag that is unknown, or that the text does not fit, is an error. */
struct node *yaml_tag_scalar(struct arena *arena, const yaml_event_t *event, struct place place,
                             struct problems *problems);

/* Tells an error when a list or a mapping has a `tag` (or NULL) other than `wanted`. */
void yaml_tag_check(const yaml_char_t *tag, const char *wanted, struct place place,
                    struct problems *problems);

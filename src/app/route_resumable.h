/* `resumable`: what is kept of the streams of a route, so that they can be resumed. */
#pragma once

#include "app/builder.h"
#include "routes/site.h"
#include "yaml/option.h"

extern const struct option resumable_options[];

/* What `node` (NULL: absent; a boolean or a mapping) says. */
struct resumption build_resumption(struct builder *builder, const struct node *node);

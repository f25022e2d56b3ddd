/* What an expression is, as text that changes whenever what it does may change: the digest of all
 * that it is written as, with the models and chains it names, and of the files it is written in. */
#pragma once

#include "app/builder.h"

/* The identity of `what`, 64 hexadecimal digits in the builder's arena.  `version` (NULL: none) is
 * the user's own, for what cannot be seen; the member `cache` of `what` does not count. */
const char *identity_of(struct builder *builder, const struct node *what, const char *version);

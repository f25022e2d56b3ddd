/* `server: cors:`, which pages of other origins may call. */
#pragma once

#include "gates/cors.h"
#include "yaml/node.h"
#include "yaml/option.h"
#include "yaml/problems.h"

extern const struct option cors_options[];

/* What the section says, in `arena`; NULL when it is absent or wrong. */
const struct cors *build_cors(const struct node *section, struct arena *arena,
                              struct problems *problems);

/* For tests of stages: a guard of a few words. */
#pragma once

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "stages/guard.h"

/* {"guard": "strip"|"reject"} takes out, or refuses, every "y". */
static inline struct runnable *tree_guard(json_t *words)
{
    char why[256];
    struct guard_rules rules = {
        .action = strcmp(json_string_value(words), "strip") == 0 ? GUARD_STRIP : GUARD_REJECT,
        .patterns = mem_zalloc(1, sizeof *rules.patterns),
        .count = 1,
    };
    if (pattern_compile(&rules.patterns[0], "y", 1, PATTERN_PYTHON, why) != LS_OK)
        fail_msg("%s", why);
    return guard_new(&rules);
}

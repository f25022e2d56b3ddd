/* `tool`: its own options, for the table of kinds. */
#pragma once

#include "yaml/option.h"

extern const struct option tool_options[];

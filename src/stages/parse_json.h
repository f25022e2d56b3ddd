/* JsonOutputParser: the JSON in what a model says; growing snapshots while it streams. */
#pragma once

#include "run/runnable.h"

/* A new instance (one reference). */
struct runnable *parse_json_new(void);

/* StrOutputParser: the text of what a model says. */
#pragma once

#include "run/runnable.h"

/* A new instance (one reference). */
struct runnable *parse_str_new(void);

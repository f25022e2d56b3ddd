/* RunnablePassthrough: gives what it takes. */
#pragma once

#include "run/runnable.h"

/* A new instance (one reference). */
struct runnable *passthrough_new(void);

/* Lua as steps of a chain: LangChain's RunnableLambda and RunnableGenerator. */
#pragma once

#include "lua/box.h"
#include "run/runnable.h"

/* How a box's function is used. */
struct lua_lambda_traits {
    bool emits;        /* a generator: gives chunks by emit() */
    bool streams;      /* one that takes its input in chunks, by chunks(), as they come */
    bool wants_config; /* it looks at `config` */
};

/* A step that calls the function in `box` (taken over) with its whole input; or with none, when
 * it streams. */
struct runnable *lua_lambda_new(struct box *box, const struct lua_lambda_traits *traits);

/* Steps in Lua (docs/lua.md).  Include <langserved/langserved.h>, which includes this. */
#pragma once

#include <langserved/runnable.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A lambda: an expression over `input` and `config`, or a body that returns. */
LS_API ls_runnable *ls_lambda_lua(const char *source);

/* The function of that name in a file of Lua; a relative path begins at the working directory. */
LS_API ls_runnable *ls_lambda_lua_file(const char *path, const char *function);

/* A generator: a body that gives its output in chunks, each by emit(chunk); or such a function of
 * a file.  One that says `chunks` and not `input`, or a function without parameters, takes its
 * input as it comes, by chunks(). */
LS_API ls_runnable *ls_generator_lua(const char *source);
LS_API ls_runnable *ls_generator_lua_file(const char *path, const char *function);

#ifdef __cplusplus
}
#endif

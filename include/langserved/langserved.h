/* langserved: chains of language-model calls behind LangServe's REST API, from C.
 *
 *     ls_app *app = ls_app_new("Translator", "1.0");
 *     ls_runnable *chain = ls_sequence(ls_prompt("Translate to {language}:\n\n{text}"),
 *                                      ls_model("openai", "gpt-4o-mini", NULL),
 *                                      ls_str_parser(), LS_END);
 *     ls_add_routes(app, chain, "/translate", NULL);
 *     return ls_app_serve(app, "127.0.0.1", 8000);
 *
 * Link with -llangserved -ljansson.  The functions are for one thread at a time, but those of
 * langserved/lambda.h that say otherwise. */
#pragma once

#include <langserved/app.h>
#include <langserved/error.h>
#include <langserved/lambda.h>
#include <langserved/lua.h>
#include <langserved/metrics.h>
#include <langserved/runnable.h>
#include <langserved/schema.h>

/* The store that a command of the command line works on. */
#pragma once

#include <stdbool.h>

#include "app/app.h"

/* The store of `app`, or, without one (NULL), the SQLite file at `path` (NULL: where a server has it
 * by default).  NULL, and told, when the file is not there and is not to be made, or is no store. */
struct store *cli_store(const struct app *app, const char *path, bool make, struct loop *loop);

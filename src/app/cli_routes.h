/* What `serve` shows to people. */
#pragma once

#include "app/app.h"

/* Prints the URLs of the routes on standard error, and a command that works; `url` is where the
 * server listens, or unix:PATH. */
void cli_print_routes(const struct app *app, const char *url);

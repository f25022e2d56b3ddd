/* `server: ready:` and `server: warm_up:`, what a server must have before it is ready. */
#pragma once

#include "app/app.h"

extern const struct option ready_options[];

/* What the sections of a built app say, in its arena; mistakes are told. */
const struct health_options *build_health(struct app *app, struct problems *problems);

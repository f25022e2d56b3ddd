/* What is not wrong but probably not meant: unused names, steps that stop a stream. */
#pragma once

#include "app/app.h"
#include "app/builder.h"

/* Adds warnings about the app that `builder` has built from what stands at `place` to the
 * builder's problems. */
void check_app(const struct app *app, struct builder *builder, struct place place);

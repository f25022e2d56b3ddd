/* What is not wrong but probably not meant: unused names, steps that stop a stream. */
#pragma once

#include "app/app.h"
#include "app/builder.h"

/* Adds warnings about the app that `builder` has built to the builder's problems. */
void check_app(const struct app *app, struct builder *builder);

/* The first step that keeps what a model streams from reaching the output of `runnable` piece by
 * piece; NULL when there is none. */
const struct runnable *check_blocking_step(const struct runnable *runnable);

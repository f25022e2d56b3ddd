/* Reading from a descriptor that may block (a terminal, a pipe, a file), piece by piece as asked: a
 * thread waits for it, not the loop. */
#pragma once

#include <stddef.h>

#include "loop/loop.h"

struct input;

/* Takes the next bytes, borrowed for the call; len 0: the end, or, with an input_fault(), nothing can
 * be read any more. */
typedef void input_fn(void *owner, const char *data, size_t len);

/* Reads from `fd`, which stays open and the caller's. */
struct input *input_new(struct loop *loop, int fd, input_fn *on_bytes, void *owner);

/* Asks for the next bytes; on_bytes is called once, later.  Not before the last call came. */
void input_ask(struct input *input);

/* Whether bytes were asked for and have not come yet. */
bool input_is_asked(const struct input *input);

/* Why the last read failed, as errno has it; 0: it did not. */
int input_fault(const struct input *input);

/* Frees an input of which nothing is asked; nulls *input.  NULL is harmless. */
void input_free(struct input **input);

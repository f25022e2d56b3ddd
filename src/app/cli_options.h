/* Reading a command's options. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "app/cli.h"

/* What a command takes; a row with a NULL name ends the table. */
struct cli_option {
    const char *name;   /* "--port" */
    const char **value; /* where its argument goes, or NULL */
    bool *flag;         /* where an option without argument is noted, or NULL */
};

enum { CLI_GO_ON = -1 };

/* Sorts argv[1 …] into options and at most `max` words (argv keeps them alive); behind `--` all are
 * words.  Returns
 * CLI_GO_ON, or the exit status when `--help` was answered or something was wrong. */
int cli_parse(const struct command *command, int argc, char **argv,
              const struct cli_option *options, const char **words, size_t max, size_t *count);

/* A whole number from `least` to `most` out of an option's text.  False, and told, when it is
 * none. */
bool cli_number(const struct command *command, const char *option, const char *text, long least,
                long most, long *out);

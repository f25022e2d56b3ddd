/* The commands of the `langserved` program. */
#pragma once

#include <stdbool.h>

/* Exit statuses. */
enum {
    EXIT_WELL = 0,
    EXIT_FAILED = 1, /* a run failed, a server could not start or be reached */
    EXIT_USAGE = 2,  /* wrong options, wrong input, a file with mistakes */
};

struct command {
    const char *name;
    const char *usage;   /* "FILE [--host H] …" */
    const char *summary; /* one line */
    const char *help;    /* the rest of --help */
    /* argv[0] is the command's name; returns the exit status. */
    int (*run)(const struct command *command, int argc, char **argv);
};

struct app;

/* Loads a file and prints its problems on standard error (warnings too, if wanted); NULL when it has
 * errors. */
struct app *cli_load(const char *file, bool warnings);

/* Runs the program. */
int cli_main(int argc, char **argv);

/* Prints a command's help on standard output. */
void cli_help(const struct command *command);

/* Says what is wrong with the options, and where help is; returns EXIT_USAGE. */
int cli_misused(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

int cli_serve(const struct command *command, int argc, char **argv);
int cli_check(const struct command *command, int argc, char **argv);
int cli_config_schema(const struct command *command, int argc, char **argv);
int cli_invoke(const struct command *command, int argc, char **argv);
int cli_stream(const struct command *command, int argc, char **argv);
int cli_feedback(const struct command *command, int argc, char **argv);
int cli_keys(const struct command *command, int argc, char **argv);
int cli_batch(const struct command *command, int argc, char **argv);

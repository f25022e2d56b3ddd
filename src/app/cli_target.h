/* What `invoke`, `stream` and `batch` run: a chain of a file, or a route of a server. */
#pragma once

#include "app/app.h"
#include "app/cli_options.h"
#include "routes/config.h"
#include "run/run.h"
#include "schema/schema.h"

enum { CLI_MAX_INPUT = 256 << 20 };

struct cli_target {
    struct app *app; /* NULL for a URL */
    struct runnable *runnable;
    struct schema *input; /* of a file's chain; NULL for a URL, whose server checks */
    struct loop *loop;
    struct run_services services;
    json_t *config;               /* as it was given */
    struct run_config run_config; /* of each run: for a URL all of it, for its server checks it */
    struct arena *arena;          /* of the decoded config */
};

/* What the three commands share of their options. */
struct cli_run_options {
    const char *words[3]; /* the target, and the input */
    size_t count;
    const char *config; /* JSON text, or NULL */
};

/* Opens the target that the first words name and reads the config; *input is the word behind them,
 * or NULL.  CLI_GO_ON, or the exit status of what was wrong (told). */
int cli_target_open(const struct command *command, const struct cli_run_options *options,
                    struct cli_target *target, const char **input);

/* Lets go of a target. */
void cli_target_close(struct cli_target *target);

/* Makes of *input (a reference, replaced) what a server's route would make of it.  False: it does
 * not fit, *why says so (free() it). */
bool cli_target_check(struct cli_target *target, json_t **input, char **why);

/* Starts a run of the target on `input`; returns the run.  `make_out` gives the sink. */
struct run *cli_target_start(struct cli_target *target, json_t *input, bool streaming,
                             struct sink *(*make_out)(struct run *run, void *owner), void *owner);

/* Reads a file ("-": standard input) as JSON; NULL (told) when it cannot be. */
json_t *cli_read_json(const struct command *command, const char *text_or_dash);

/* Tells of a run that failed, on standard error. */
void cli_tell_failure(const struct outcome *outcome);

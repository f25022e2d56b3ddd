#include "app/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define RUN_HELP                                                                           \
    "TARGET is the URL of a LangServe route (http://host:8000/translate), or a YAML file " \
    "followed\n"                                                                           \
    "by the name of one of its chains or models, which is then run here, without a server.\n"

static const struct command commands[] = {
    {"serve", "FILE [--host H] [--port P] [--workers N] [--reload]",
     "Serve the app of a YAML file over HTTP.",
     "Options:\n"
     "  --host H       name or address to listen on, or unix:PATH (default: the file's, or\n"
     "                 127.0.0.1)\n"
     "  --port P       TCP port, 0 for any (default: the file's, or 8000)\n"
     "  --workers N    worker processes (default: the file's, or one per processor)\n"
     "  --reload       watch the file and serve it anew when it changes (for development)\n\n"
     "SIGTERM and SIGINT end the server once running requests have ended; SIGHUP reads the file\n"
     "again, SIGUSR1 opens the log files again. `-` reads the file from standard input.\n",
     cli_serve},
    {"check", "FILE…", "Check YAML files: every mistake with its line and column.",
     "Says what is wrong, and warns of what is probably not meant: unused chains and models, "
     "steps\n"
     "that keep a chain from streaming token by token. `-` reads from standard input.\n",
     cli_check},
    {"config-schema", "[--markdown]", "Print the JSON Schema of app files, for editors.",
     "Options:\n"
     "  --markdown     the reference page of the documentation instead\n",
     cli_config_schema},
    {"invoke", "TARGET [INPUT] [--config JSON] [--json]", "Run a chain and print its output.",
     RUN_HELP "\n"
              "INPUT is JSON; `-`, or nothing, reads it from standard input.\n\n"
              "Options:\n"
              "  --config JSON  the run's config: {\"tags\": [...], ...}\n"
              "  --json         print the output as JSON even when it is text\n",
     cli_invoke},
    {"stream", "TARGET [INPUT] [--config JSON] [--json]",
     "Run a chain and print its output as it comes.",
     RUN_HELP
     "\n"
     "INPUT is JSON; `-`, or nothing, reads it from standard input. Text is printed as it comes,\n"
     "other chunks as one line of JSON each.\n\n"
     "Options:\n"
     "  --config JSON  the run's config: {\"tags\": [...], ...}\n"
     "  --json         print every chunk as a line of JSON\n",
     cli_stream},
    {"batch", "TARGET [INPUTS] [--config JSON] [--concurrency N]",
     "Run a chain on each line of a file.",
     RUN_HELP
     "\n"
     "INPUTS is a file of JSON lines, one input each; `-`, or nothing, reads standard input. The\n"
     "outputs are printed as JSON lines in the order of the inputs; an input that failed gives\n"
     "{\"error\": {\"code\": ..., \"message\": ...}} and exit status 1.\n\n"
     "Options:\n"
     "  --config JSON    the config of every run\n"
     "  --concurrency N  runs under way at once (default 10)\n",
     cli_batch},
    {"feedback", "list [FILE] [--run-id ID] [--store PATH]",
     "Print the feedback in a store, one piece a line.",
     "Prints JSON lines, run by run, of each run the oldest first.\n\n"
     "The store is that of the app of FILE, or the SQLite file of --store.\n\n"
     "Options:\n"
     "  --run-id ID    of this run alone\n"
     "  --store PATH   the SQLite file (default: .langserved/store.db)\n",
     cli_feedback},
    {"keys", "add NAME|list|revoke NAME [FILE] [--store PATH] [options]",
     "Make, list and revoke API keys in a store.",
     "`add NAME` makes a key and prints it, this once: the store has no more of it than its "
     "digest.\n"
     "`list` prints the keys as JSON lines. `revoke NAME` ends NAME's keys; running servers know "
     "it\n"
     "within a second. They open apps with `auth: {store: true}`.\n\n"
     "The store is that of the app of FILE, or the SQLite file of --store.\n\n"
     "Options:\n"
     "  --store PATH     the SQLite file (default: .langserved/store.db)\n"
     "  --scopes PATHS   routes that the new key opens, with commas (default: all)\n"
     "  --expires WHEN   its end: a date (2027-01-31), a time (2027-01-31T12:00:00Z), or from now\n"
     "                   on (30d)\n"
     "  --limit RATE     a rate of requests of its own (10/minute)\n",
     cli_keys},
    {NULL, NULL, NULL, NULL, NULL},
};

static void print_usage(FILE *out)
{
    fputs("usage: langserved COMMAND ...\n\nServes LangChain chains over HTTP, with LangServe's "
          "protocol.\n\nCommands:\n",
          out);
    for (const struct command *c = commands; c->name; c++)
        fprintf(out, "  %-14s %s\n", c->name, c->summary);
    fputs("\n`langserved COMMAND --help` tells more; `langserved --version` prints the version.\n"
          "Exit status: 0 success; 1 a run failed, or the server could not start or be reached;\n"
          "2 wrong options, wrong input, or a file with mistakes.\n",
          out);
}

void cli_help(const struct command *command)
{
    printf("usage: langserved %s %s\n\n%s\n\n%s", command->name, command->usage, command->summary,
           command->help);
}

int cli_misused(const struct command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "langserved %s: ", command->name);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\nusage: langserved %s %s\n", command->name, command->usage);
    va_end(args);
    return EXIT_USAGE;
}

static const char *nearest_command(const char *name)
{
    const char *words[sizeof commands / sizeof commands[0]];
    size_t count = 0;
    for (const struct command *c = commands; c->name; c++)
        words[count++] = c->name;
    words[count] = NULL;
    return text_nearest(name, words);
}

/* What could not be written makes a success none. */
static int finish(int status)
{
    bool written = fflush(stdout) == 0 && !ferror(stdout);
    if (!written)
        fputs("langserved: not all of the output could be written\n", stderr);
    return written || status != EXIT_WELL ? status : EXIT_FAILED;
}

static const struct command *find_command(const char *name)
{
    for (const struct command *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static int misnamed(const char *name)
{
    const char *near = nearest_command(name);
    fprintf(stderr, "langserved: there is no command '%s'", name);
    if (near) {
        fprintf(stderr, ", did you mean '%s'?\n", near);
        return EXIT_USAGE;
    }
    fputs("\n", stderr);
    print_usage(stderr);
    return EXIT_USAGE;
}

/* Help about a command, or (NULL) about all. */
static int help(const char *name)
{
    const struct command *command = name ? find_command(name) : NULL;
    if (name && !command)
        return misnamed(name);
    if (command)
        cli_help(command);
    else
        print_usage(stdout);
    return finish(EXIT_WELL);
}

int cli_main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    if (!name) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(name, "help") == 0)
        return help(argc > 2 ? argv[2] : NULL);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(NULL);
    if (strcmp(name, "--version") == 0) {
        puts("langserved " LS_VERSION);
        return finish(EXIT_WELL);
    }
    const struct command *command = find_command(name);
    return command ? finish(command->run(command, argc - 1, argv + 1)) : misnamed(name);
}

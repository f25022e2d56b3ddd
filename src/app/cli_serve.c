/* serve, check and config-schema. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/app.h"
#include "app/cli_options.h"
#include "app/cli_routes.h"
#include "app/master.h"
#include "app/reference.h"
#include "base/log.h"

/* Keys of providers and what clients said are in memory: no core file, and no process of the same
 * user, is to read it. */
static void keep_memory_private(void)
{
#ifndef __SANITIZE_ADDRESS__ /* whose search for leaks reads it from another process */
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

/* Each connection is an open file: as many as the system lets the process have, and not the 1024
 * that a shell starts it with. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void print_problems(const struct problems *problems)
{
    struct buf text;
    buf_init(&text, 16 << 20);
    problems_print(problems, &text);
    fputs(buf_str(&text), stderr);
    buf_fini(&text);
}

struct app *cli_load(const char *file, bool warnings)
{
    struct problems problems;
    problems_init(&problems);
    struct app *app = app_load(file, &problems);
    if (warnings || !app)
        print_problems(&problems);
    problems_fini(&problems);
    return app;
}

/* Whether people read the log: what is no log line may stand in it. */
static bool is_for_people(const struct server_options *server)
{
    return server->log_format == LOG_TEXT ||
           (server->log_format == LOG_AUTO && isatty(STDERR_FILENO));
}

/* The app of a file, with the log that it wants; its warnings are lines of that. */
static struct app *load_to_serve(const char *file)
{
    struct problems problems;
    problems_init(&problems);
    struct app *app = app_load(file, &problems);
    if (app)
        app_set_log(app);
    if (app && !is_for_people(&app->server))
        problems_log(&problems, APP_WARNING);
    else
        print_problems(&problems);
    problems_fini(&problems);
    return app;
}

struct serving {
    const struct app *app;
};

static void on_ready(void *owner, const char *url)
{
    const struct serving *serving = owner;
    log_event(LOG_INFO, "serving", "\"%s\" on %s", serving->app->info.title, url);
    if (is_for_people(&serving->app->server))
        cli_print_routes(serving->app, url);
}

int cli_serve(const struct command *command, int argc, char **argv)
{
    const char *file = NULL, *host = NULL, *port = NULL, *workers = NULL;
    bool reload = false;
    const struct cli_option options[] = {{"--host", &host, NULL},
                                         {"--port", &port, NULL},
                                         {"--workers", &workers, NULL},
                                         {"--reload", NULL, &reload},
                                         {NULL, NULL, NULL}};
    size_t count;
    long port_number = -1, worker_count = 0;
    int status = cli_parse(command, argc, argv, options, &file, 1, &count);
    if (status != CLI_GO_ON)
        return status;
    if (count == 0)
        return cli_misused(command, "which file?");
    if ((port && !cli_number(command, "--port", port, 0, 65535, &port_number)) ||
        (workers && !cli_number(command, "--workers", workers, 1, 9999, &worker_count)))
        return EXIT_USAGE;
    bool from_stdin = strcmp(file, "-") == 0;
    if (reload && from_stdin)
        return cli_misused(command, "standard input cannot be watched with --reload");
    struct app *app = load_to_serve(file);
    if (!app)
        return EXIT_USAGE;
    raise_file_limit();
    if (!app->server.core_dumps)
        keep_memory_private();
    struct serving serving = {app};
    const struct master_options master = {.file = from_stdin ? NULL : file,
                                          .host = host,
                                          .port = port_number,
                                          .workers = (unsigned)worker_count,
                                          .reload = reload,
                                          .on_ready = on_ready,
                                          .owner = &serving};
    return master_run(app, &master) == 0 ? EXIT_WELL : EXIT_FAILED;
}

int cli_check(const struct command *command, int argc, char **argv)
{
    enum { MAX_FILES = 1000 };
    const char *files[MAX_FILES];
    const struct cli_option none[] = {{NULL, NULL, NULL}};
    size_t count;
    int status = cli_parse(command, argc, argv, none, files, MAX_FILES, &count);
    if (status != CLI_GO_ON)
        return status;
    if (count == 0)
        return cli_misused(command, "which file?");
    int worst = EXIT_WELL;
    for (size_t i = 0; i < count; i++) {
        struct app *app = cli_load(files[i], true);
        if (app)
            printf("%s: well\n", files[i]);
        else
            worst = EXIT_USAGE;
        app_free(&app);
    }
    return worst;
}

int cli_config_schema(const struct command *command, int argc, char **argv)
{
    bool markdown = false;
    const struct cli_option options[] = {{"--markdown", NULL, &markdown}, {NULL, NULL, NULL}};
    size_t count;
    int status = cli_parse(command, argc, argv, options, NULL, 0, &count);
    if (status != CLI_GO_ON)
        return status;
    struct buf text;
    buf_init(&text, 16 << 20);
    if (markdown)
        reference_markdown(&text);
    else
        reference_json_schema(&text);
    fputs(buf_str(&text), stdout);
    buf_fini(&text);
    return EXIT_WELL;
}

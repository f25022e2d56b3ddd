#include "app/cli_target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "base/url.h"
#include "loop/fetch.h"
#include "stages/remote.h"
#include "store/store.h"

/* Whether a URL is meant, be it a good one or not. */
static bool is_url(const char *word)
{
    return strstr(word, "://") != NULL;
}

/* The runnable of a file's chain; NULL when there is none (told). */
static struct runnable *find_chain(const struct command *command, struct cli_target *target,
                                   const char *file, const char *name)
{
    target->app = cli_load(file, false);
    if (!target->app)
        return NULL;
    struct runnable *found = app_find(target->app, name);
    if (found)
        return runnable_hold(found);
    fprintf(stderr, "langserved %s: %s has no chain or model '%s'; it has:", command->name, file,
            name);
    for (size_t i = 0; i < target->app->name_count; i++)
        fprintf(stderr, " %s", target->app->names[i].name);
    fputs("\n", stderr);
    return NULL;
}

static bool compile_input(const struct command *command, struct cli_target *target)
{
    char why[256];
    json_auto_t *schema = runnable_input_schema(target->runnable);
    if (schema_compile(&target->input, schema, why) == LS_OK)
        return true;
    cli_misused(command, "the input's schema: %s", why);
    return false;
}

static bool read_config(const struct command *command, const char *text, json_t **config)
{
    const char *why = NULL;
    if (!text)
        return true;
    if (json_read(config, text, strlen(text), &why) == LS_OK && json_is_object(*config))
        return true;
    cli_misused(command, "--config takes a JSON object%s%s", why ? ": " : "", why ? why : "");
    return false;
}

/* Makes of the config what a route that lets all of it through would. */
static bool decode_config(const struct command *command, struct cli_target *target)
{
    const struct route route = {.runnable = target->runnable};
    json_auto_t *json = config_schema(&route, CONFIG_ALL), *errors = NULL;
    json_t *decoded = NULL;
    struct schema *schema = NULL;
    char why[256];
    enum ls_err err = schema_compile(&schema, json, why);
    if (err)
        cli_misused(command, "the config's schema: %s", why);
    else if ((err = config_decode(schema, target->config, target->arena, &decoded, &errors))) {
        char *text = schema_errors_text(errors);
        cli_misused(command, "--config: %s", text);
        free(text);
    }
    schema_free(&schema);
    target->run_config = config_for_run(decoded, target->arena);
    return !err;
}

int cli_target_open(const struct command *command, const struct cli_run_options *options,
                    struct cli_target *target, const char **input)
{
    *target = (struct cli_target){0};
    if (options->count == 0)
        return cli_misused(command, "which target?");
    bool url = is_url(options->words[0]);
    if (url && !url_is_http(options->words[0]))
        return cli_misused(command, "%s is no URL of a route, such as http://host:8000/translate",
                           options->words[0]);
    size_t used = url ? 1 : 2;
    if (options->count < used)
        return cli_misused(command, "which chain of %s?", options->words[0]);
    if (options->count > used + 1)
        return cli_misused(command, "one word too many: %s", options->words[used + 1]);
    if (!read_config(command, options->config, &target->config))
        return EXIT_USAGE;
    *input = options->count > used ? options->words[used] : NULL;
    static const struct remote_setup remote = {.timeouts = {.connect = 10000}};
    target->runnable = url ? remote_new(options->words[0], &remote)
                           : find_chain(command, target, options->words[0], options->words[1]);
    if (!target->runnable)
        return EXIT_USAGE;
    target->arena = arena_new(0);
    target->run_config =
        (struct run_config){.tags = json_object_get(target->config, "tags"),
                            .metadata = json_object_get(target->config, "metadata"),
                            .config = target->config};
    if (!url && (!compile_input(command, target) || !decode_config(command, target)))
        return EXIT_USAGE;
    log_setup(STDERR_FILENO, LOG_AUTO, LOG_WARNING);
    target->loop = loop_new();
    if (!target->loop)
        return EXIT_FAILED;
    target->services.pool = fetch_pool_new(target->loop, NULL);
    if (target->app) {
        target->services.find = app_find_for_run;
        target->services.store = app_store(target->app, target->loop);
        target->services.find_owner = target->app;
    }
    return CLI_GO_ON;
}

void cli_target_close(struct cli_target *target)
{
    store_free(&target->services.store);
    fetch_pool_free(&target->services.pool);
    loop_free(&target->loop);
    schema_free(&target->input);
    runnable_rele(target->runnable);
    app_free(&target->app);
    arena_free(&target->arena);
    json_decref(target->config);
}

bool cli_target_check(struct cli_target *target, json_t **input, char **why)
{
    json_t *decoded = NULL;
    json_auto_t *errors = NULL;
    if (!target->input)
        return true;
    if (schema_decode(target->input, *input, &decoded, &errors) != LS_OK) {
        *why = schema_errors_text(errors);
        return false;
    }
    json_decref(*input);
    *input = decoded;
    return true;
}

struct run *cli_target_start(struct cli_target *target, json_t *input, bool streaming,
                             struct sink *(*make_out)(struct run *run, void *owner), void *owner)
{
    struct run *run = run_new(target->loop, NULL);
    const struct call call = {
        .tags = target->run_config.tags,
        .metadata = target->run_config.metadata,
        .config = target->run_config.config,
        .streaming = streaming,
    };
    run->services = &target->services;
    run_start(run, target->runnable, &call, input, make_out(run, owner));
    return run;
}

/* All of standard input; why it cannot be had, or NULL. */
static const char *read_stdin(struct buf *text)
{
    size_t got;
    do {
        char *place = buf_reserve(text, 1 << 16);
        if (!place)
            return "it is too large";
        got = fread(place, 1, 1 << 16, stdin);
        buf_commit(text, got);
    } while (got > 0);
    return ferror(stdin) ? strerror(errno) : NULL;
}

static json_t *read_input(const struct command *command, const char *text, size_t len)
{
    json_t *value = NULL;
    const char *why = NULL;
    if (json_read(&value, text, len, &why) != LS_OK)
        cli_misused(command, "the input is no JSON (%s); write text in quotes: '\"like this\"'",
                    why);
    return value;
}

json_t *cli_read_json(const struct command *command, const char *text_or_dash)
{
    json_t *value = NULL;
    struct buf text;
    if (text_or_dash && strcmp(text_or_dash, "-") != 0)
        return read_input(command, text_or_dash, strlen(text_or_dash));
    buf_init(&text, CLI_MAX_INPUT);
    const char *why = read_stdin(&text);
    if (why)
        cli_misused(command, "cannot read standard input: %s", why);
    else
        value = read_input(command, buf_str(&text), text.len);
    buf_fini(&text);
    return value;
}

void cli_tell_failure(const struct outcome *outcome)
{
    fprintf(stderr, "langserved: %s: %s\n", err_code(outcome->err), outcome_message(outcome));
}

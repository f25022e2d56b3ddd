#include "app/cli_target.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/log.h"
#include "loop/fetch.h"
#include "routes/config.h"
#include "stages/remote.h"
#include "store/store.h"

static bool is_url(const char *word)
{
    return strncmp(word, "http://", 7) == 0 || strncmp(word, "https://", 8) == 0;
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

int cli_target_open(const struct command *command, const struct cli_run_options *options,
                    struct cli_target *target, const char **input)
{
    *target = (struct cli_target){0};
    if (options->count == 0)
        return cli_misused(command, "which target?");
    bool url = is_url(options->words[0]);
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
    if (!url && !compile_input(command, target))
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
        .tags = json_object_get(target->config, "tags"),
        .metadata = json_object_get(target->config, "metadata"),
        .config = target->config,
        .streaming = streaming,
    };
    run->services = &target->services;
    run_start(run, target->runnable, &call, input, make_out(run, owner));
    return run;
}

/* All of standard input; NULL when it is too large or cannot be read. */
static char *read_stdin(size_t *len)
{
    struct buf text;
    size_t got;
    buf_init(&text, CLI_MAX_INPUT);
    do {
        char *place = buf_reserve(&text, 1 << 16);
        if (!place)
            break;
        got = fread(place, 1, 1 << 16, stdin);
        buf_commit(&text, got);
    } while (got > 0);
    *len = text.len;
    return buf_take(&text);
}

json_t *cli_read_json(const struct command *command, const char *text_or_dash)
{
    json_t *value = NULL;
    const char *why = NULL;
    bool from_stdin = !text_or_dash || strcmp(text_or_dash, "-") == 0;
    size_t len = from_stdin ? 0 : strlen(text_or_dash);
    char *read = from_stdin ? read_stdin(&len) : NULL;
    enum ls_err err = json_read(&value, from_stdin ? read : text_or_dash, len, &why);
    free(read);
    if (!err)
        return value;
    cli_misused(command, "the input is no JSON (%s); write text in quotes: '\"like this\"'", why);
    return NULL;
}

void cli_tell_failure(const struct outcome *outcome)
{
    fprintf(stderr, "langserved: %s: %s\n", err_code(outcome->err), outcome_message(outcome));
}

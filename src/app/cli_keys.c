/* keys add, list and revoke: the API keys of a store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli_options.h"
#include "app/cli_store.h"
#include "base/clock.h"
#include "base/json.h"
#include "gates/key_set.h"
#include "store/store.h"
#include "yaml/units.h"

/* One command at work on a store. */
struct keys_job {
    struct store *store;
    struct arena *arena;
    const char *name;           /* whose keys */
    struct api_key key;         /* add: without digest until it is made */
    char text[API_KEY_LEN + 1]; /* add: the key itself */
    void (*go)(struct keys_job *job, const struct key_set *set, size_t logged);
    int status;
};

static void fail(struct keys_job *job, const char *message)
{
    fprintf(stderr, "langserved: %s\n", message);
    job->status = EXIT_FAILED;
}

static bool has_name(const struct key_set *set, const char *name)
{
    size_t count;
    const struct api_key *keys = key_set_all(set, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i].name, name) == 0)
            return true;
    return false;
}

/* Adds an item (taken over) to the log. */
static void append(struct keys_job *job, char *item, store_fn *fn)
{
    const struct store_text text = {item, strlen(item)};
    const struct store_request request = {
        .verb = STORE_APPEND, .key = {KEY_LOG, sizeof KEY_LOG - 1}, .items = &text, .count = 1};
    store_ask(job->store, &request, fn, job);
    free(item);
}

static void read_log(struct keys_job *job, store_fn *fn)
{
    const struct store_request request = {.verb = STORE_READ, .key = {KEY_LOG, sizeof KEY_LOG - 1}};
    store_ask(job->store, &request, fn, job);
}

/* ---- add ---- */

static void fail_taken(struct keys_job *job)
{
    fprintf(stderr, "langserved: '%s' has a key: revoke it, or choose another name\n", job->name);
    job->status = EXIT_FAILED;
}

/* Somebody else may have added one for the name at the same time, and been first. */
static void on_seen(void *owner, const struct store_answer *answer)
{
    struct keys_job *job = owner;
    if (answer->err) {
        fail(job, answer->message);
        return;
    }
    struct key_set *set = key_set_read(answer->items, answer->count);
    if (key_set_find(set, job->key.digest))
        puts(job->text);
    else
        fail_taken(job);
    key_set_rele(set);
}

static void on_added(void *owner, const struct store_answer *answer)
{
    struct keys_job *job = owner;
    if (answer->err)
        fail(job, answer->message);
    else
        read_log(job, on_seen);
}

static void add_key(struct keys_job *job, const struct key_set *set, size_t logged)
{
    if (has_name(set, job->name)) {
        fail_taken(job);
        return;
    }
    if (logged >= KEY_LOG_MAX) {
        fail(job, "the store has had as many keys as it can: begin another one");
        return;
    }
    api_key_make(job->text);
    digest_bytes(job->key.digest, job->text, API_KEY_LEN);
    append(job, key_log_add(&job->key), on_added);
}

/* ---- revoke ---- */

static void on_revoked(void *owner, const struct store_answer *answer)
{
    if (answer->err)
        fail(owner, answer->message);
}

static void revoke_keys(struct keys_job *job, const struct key_set *set, size_t logged)
{
    (void)logged;
    if (has_name(set, job->name)) {
        append(job, key_log_revoke(job->name, clock_wall_us() / 1000), on_revoked);
        return;
    }
    fprintf(stderr, "langserved: '%s' has no key here\n", job->name);
    job->status = EXIT_FAILED;
}

/* ---- list ---- */

static json_t *time_json(int64_t ms)
{
    char text[25];
    if (ms == 0)
        return json_null();
    clock_format_iso(text, ms * 1000);
    return json_string(text);
}

static void list_keys(struct keys_job *job, const struct key_set *set, size_t logged)
{
    size_t count;
    const struct api_key *keys = key_set_all(set, &count);
    int64_t now = clock_wall_us() / 1000;
    (void)job, (void)logged;
    for (size_t i = 0; i < count; i++) {
        struct buf line;
        json_auto_t *shown =
            json_pack("{s:s,s:o,s:o,s:o,s:s?,s:b}", "name", keys[i].name, "scopes",
                      api_key_scopes(&keys[i]), "created", time_json(keys[i].created), "expires",
                      time_json(keys[i].expires), "limit", keys[i].limit, "expired",
                      api_key_has_expired(&keys[i], now));
        buf_init(&line, 1 << 20);
        (void)json_print(&line, shown, JSON_WIRE);
        puts(buf_str(&line));
        buf_fini(&line);
    }
}

/* ---- all of them ---- */

static void on_log(void *owner, const struct store_answer *answer)
{
    struct keys_job *job = owner;
    if (answer->err) {
        fail(job, answer->message);
        return;
    }
    struct key_set *set = key_set_read(answer->items, answer->count);
    job->go(job, set, answer->count);
    key_set_rele(set);
}

static int run(struct keys_job *job, const struct app *app, const char *path)
{
    struct loop *loop = loop_new();
    if (!loop) {
        fputs("langserved: the system refuses an event loop\n", stderr);
        return EXIT_FAILED;
    }
    job->store = cli_store(app, path, job->go == add_key, loop);
    if (job->store)
        read_log(job, on_log);
    else
        job->status = EXIT_FAILED;
    loop_run(loop);
    store_free(&job->store);
    loop_free(&loop);
    return job->status;
}

/* Texts of the options of `add`. */
struct add_options {
    const char *scopes, *expires, *limit;
};

/* "/a,/b" taken apart.  False, and told, when there is something else in it. */
static bool read_scopes(const struct command *command, struct keys_job *job, const char *text)
{
    const char **scopes = arena_alloc(job->arena, (strlen(text) + 1) * sizeof *scopes);
    while (true) {
        size_t len = strcspn(text, ",");
        if (len == 0 || *text != '/') {
            cli_misused(command, "--scopes takes paths of routes, like /translate,/summarize");
            return false;
        }
        scopes[job->key.scope_count++] = arena_strndup(job->arena, text, len);
        if (!text[len])
            break;
        text += len + 1;
    }
    job->key.scopes = scopes;
    return true;
}

static bool read_expiry(const struct command *command, struct keys_job *job, const char *text)
{
    int64_t span;
    if (!api_key_read_time(&job->key.expires, text)) {
        if (!duration_parse(text, &span) || span == 0) {
            cli_misused(command,
                        "--expires takes 2027-01-31, 2027-01-31T12:00:00Z or 30d, not '%s'", text);
            return false;
        }
        job->key.expires = job->key.created + span;
    }
    if (job->key.expires > job->key.created)
        return true;
    cli_misused(command, "--expires: '%s' is over", text);
    return false;
}

static bool read_add(const struct command *command, struct keys_job *job,
                     const struct add_options *given)
{
    const char *fault = api_key_name_fault(job->name);
    job->key.name = job->name;
    job->key.created = clock_wall_us() / 1000;
    job->key.limit = given->limit;
    if (!fault && given->limit)
        fault = api_key_limit_fault(given->limit);
    if (fault) {
        cli_misused(command, "%s", fault);
        return false;
    }
    return (!given->scopes || read_scopes(command, job, given->scopes)) &&
           (!given->expires || read_expiry(command, job, given->expires));
}

/* A key for a route that the app lacks would open nothing. */
static bool scopes_exist(const struct command *command, const struct keys_job *job,
                         const struct app *app)
{
    for (size_t i = 0; i < job->key.scope_count; i++)
        if (!site_has_route(app->site, job->key.scopes[i])) {
            cli_misused(command, "--scopes: the app has no route %s", job->key.scopes[i]);
            return false;
        }
    return true;
}

/* Does the work on the store of the app of `file`, or at `path`. */
static int work(const struct command *command, struct keys_job *job, const char *file,
                const char *path)
{
    struct app *app = file ? cli_load(file, false) : NULL;
    if (file && !app)
        return EXIT_USAGE;
    int status = EXIT_USAGE;
    if (!app || scopes_exist(command, job, app))
        status = run(job, app, path);
    app_free(&app);
    return status;
}

/* Sorts the words: what to do, whose keys, which file.  False, and told, when they are others. */
static bool read_words(const struct command *command, struct keys_job *job,
                       const char *const *words, size_t count, const char **file)
{
    static const struct {
        const char *verb;
        void (*go)(struct keys_job *job, const struct key_set *set, size_t logged);
        bool named;
    } verbs[] = {{"add", add_key, true}, {"list", list_keys, false}, {"revoke", revoke_keys, true}};
    for (size_t i = 0; count > 0 && i < sizeof verbs / sizeof *verbs; i++) {
        size_t named = verbs[i].named ? 1 : 0;
        if (strcmp(words[0], verbs[i].verb) != 0 || count < 1 + named || count > 2 + named)
            continue;
        job->go = verbs[i].go;
        job->name = verbs[i].named ? words[1] : NULL;
        *file = count == 2 + named ? words[1 + named] : NULL;
        return true;
    }
    cli_misused(command, "expected `keys add NAME`, `keys list` or `keys revoke NAME`");
    return false;
}

int cli_keys(const struct command *command, int argc, char **argv)
{
    const char *words[3] = {NULL, NULL, NULL}, *store = NULL, *file = NULL;
    struct add_options given = {NULL, NULL, NULL};
    const struct cli_option options[] = {{"--store", &store, NULL},
                                         {"--scopes", &given.scopes, NULL},
                                         {"--expires", &given.expires, NULL},
                                         {"--limit", &given.limit, NULL},
                                         {NULL, NULL, NULL}};
    struct keys_job job = {.status = EXIT_WELL};
    size_t count;
    int status = cli_parse(command, argc, argv, options, words, 3, &count);
    if (status != CLI_GO_ON)
        return status;
    if (!read_words(command, &job, words, count, &file))
        return EXIT_USAGE;
    if (file && store)
        return cli_misused(command, "expected a file or --store, and not both");
    if (job.go != add_key && (given.scopes || given.expires || given.limit))
        return cli_misused(command, "--scopes, --expires and --limit are options of `keys add`");
    job.arena = arena_new(0);
    status = EXIT_USAGE;
    if (job.go != add_key || read_add(command, &job, &given))
        status = work(command, &job, file, store);
    arena_free(&job.arena);
    return status;
}

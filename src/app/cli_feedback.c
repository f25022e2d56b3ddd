/* feedback list: what people said of runs, out of the store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli_options.h"
#include "app/cli_store.h"
#include "base/mem.h"
#include "routes/feedback.h"
#include "store/store.h"

enum { KEYS_AT_ONCE = 1000 };

/* Runs whose feedback is printed one after the other, of the keys of which a page at a time is
 * known. */
struct listing {
    struct store *store;
    char **keys;
    size_t count, next;
    bool more; /* there may be keys behind these */
    int status;
};

static void ask_keys(struct listing *listing, const char *behind);

static void on_items(void *owner, const struct store_answer *answer);

static bool tell_failure(struct listing *listing, const struct store_answer *answer)
{
    if (answer->err) {
        fprintf(stderr, "langserved: %s\n", answer->message);
        listing->status = EXIT_FAILED;
    }
    return answer->err != LS_OK;
}

static void forget_keys(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->keys[i]);
    free(listing->keys);
    listing->keys = NULL;
    listing->count = listing->next = 0;
}

static void ask_items(struct listing *listing, const char *key)
{
    const struct store_request request = {.verb = STORE_READ, .key = {key, strlen(key)}};
    store_ask(listing->store, &request, on_items, listing);
}

static void go_on(struct listing *listing)
{
    if (listing->next < listing->count)
        ask_items(listing, listing->keys[listing->next++]);
    else if (listing->more)
        ask_keys(listing, listing->keys[listing->count - 1]);
}

static void on_items(void *owner, const struct store_answer *answer)
{
    struct listing *listing = owner;
    if (tell_failure(listing, answer))
        return;
    for (size_t i = 0; i < answer->count; i++) {
        fwrite(answer->items[i].data, 1, answer->items[i].len, stdout);
        putchar('\n');
    }
    go_on(listing);
}

static void on_keys(void *owner, const struct store_answer *answer)
{
    struct listing *listing = owner;
    if (tell_failure(listing, answer))
        return;
    forget_keys(listing);
    listing->keys = mem_zalloc(answer->count + 1, sizeof *listing->keys);
    listing->count = answer->count;
    listing->more = answer->count == KEYS_AT_ONCE;
    for (size_t i = 0; i < answer->count; i++)
        listing->keys[i] = mem_strndup(answer->items[i].data, answer->items[i].len);
    go_on(listing);
}

static void ask_keys(struct listing *listing, const char *behind)
{
    const struct store_text last = {behind, behind ? strlen(behind) : 0};
    const struct store_request request = {.verb = STORE_KEYS,
                                          .key = {FEEDBACK_KEY, sizeof FEEDBACK_KEY - 1},
                                          .items = &last,
                                          .count = behind ? 1 : 0,
                                          .window = KEYS_AT_ONCE};
    store_ask(listing->store, &request, on_keys, listing);
}

/* Prints what the store has; `run_id` NULL: of all runs. */
static int list(const struct app *app, const char *path, const struct uuid *run_id)
{
    struct loop *loop = loop_new();
    if (!loop) {
        fputs("langserved: the system refuses an event loop\n", stderr);
        return EXIT_FAILED;
    }
    struct listing listing = {.store = cli_store(app, path, false, loop), .status = EXIT_WELL};
    if (!listing.store) {
        loop_free(&loop);
        return EXIT_FAILED;
    }
    char key[sizeof FEEDBACK_KEY + UUID_LEN] = FEEDBACK_KEY;
    if (run_id) {
        uuid_format(key + sizeof FEEDBACK_KEY - 1, run_id);
        ask_items(&listing, key);
    } else {
        ask_keys(&listing, NULL);
    }
    loop_run(loop);
    forget_keys(&listing);
    store_free(&listing.store);
    loop_free(&loop);
    return listing.status;
}

int cli_feedback(const struct command *command, int argc, char **argv)
{
    const char *words[2] = {NULL, NULL}, *run_id = NULL, *store = NULL;
    const struct cli_option options[] = {{"--run-id", &run_id, NULL},
                                         {"--store", &store, NULL},
                                         {NULL, NULL, NULL}};
    struct uuid id;
    size_t count;
    int status = cli_parse(command, argc, argv, options, words, 2, &count);
    if (status != CLI_GO_ON)
        return status;
    if (count == 0 || strcmp(words[0], "list") != 0)
        return cli_misused(command, "expected `feedback list`");
    if (words[1] && store)
        return cli_misused(command, "expected a file or --store, and not both");
    if (run_id && !uuid_parse(&id, run_id))
        return cli_misused(command, "--run-id: '%s' is no id of a run", run_id);
    struct app *app = words[1] ? cli_load(words[1], false) : NULL;
    if (words[1] && !app)
        return EXIT_USAGE;
    status = list(app, store, run_id ? &id : NULL);
    app_free(&app);
    return status;
}

#include "app/build_health.h"

#include <string.h>

#include "routes/health.h"

struct given {
    struct option_strings models;
    int64_t every, timeout, patience;
    bool store;
};

#define READY(member) offsetof(struct given, member)

const struct option ready_options[] = {
    {.name = "models",
     .type = OPTION_STRING_LIST,
     .offset = READY(models),
     .doc = "Names of models, and of chains for the models in them, that must answer. They are "
            "asked for what costs nothing: the provider's list of models."},
    {.name = "store",
     .type = OPTION_BOOL,
     .offset = READY(store),
     .doc = "Whether the [store](#store) must answer: when absent, true for Redis where some chain "
            "has "
            "a `history`. Caches and limits do without it."},
    {.name = "every",
     .type = OPTION_DURATION,
     .offset = READY(every),
     .fallback = "10s",
     .min = 100,
     .max = 36e5,
     .doc = "How often each worker asks; `/ready` tells what was found last."},
    {.name = "timeout",
     .type = OPTION_DURATION,
     .offset = READY(timeout),
     .fallback = "5s",
     .min = 1,
     .max = 36e5,
     .doc = "How long an answer may take."},
    {.name = "warm_up_timeout",
     .type = OPTION_DURATION,
     .offset = READY(patience),
     .fallback = "60s",
     .min = 1,
     .max = 36e5,
     .doc = "How long `warm_up` may take; then the worker is ready without."},
    {.name = NULL},
};

/* The chain or model of a name; NULL: told that there is none. */
static const struct runnable *named(const struct app *app, const char *name, struct place place,
                                    struct problems *problems)
{
    const struct runnable *found = app_find(app, name);
    const char **names = arena_zalloc(app->arena, (app->name_count + 1) * sizeof *names);
    for (size_t i = 0; i < app->name_count; i++)
        names[i] = app->names[i].name;
    if (!found)
        problems_unknown(problems, place, "chain or model", name, names);
    return found;
}

static void add_models(const struct app *app, struct health_options *options,
                       const struct option_strings *names, struct place place,
                       struct problems *problems)
{
    struct watched_model *models = arena_zalloc(app->arena, (names->count + 1) * sizeof *models);
    for (size_t i = 0; i < names->count; i++) {
        const struct runnable *found = named(app, names->items[i], place, problems);
        if (found)
            models[options->model_count++] = (struct watched_model){names->items[i], found};
    }
    options->models = models;
}

static void add_warm_ups(const struct app *app, struct health_options *options,
                         const struct node *section, struct problems *problems)
{
    if (!section)
        return;
    struct warm_up *list = arena_zalloc(app->arena, (section->as.map.count + 1) * sizeof *list);
    for (size_t i = 0; i < section->as.map.count; i++) {
        const struct node_member *member = &section->as.map.members[i];
        const struct runnable *found = named(app, member->key, member->key_place, problems);
        if (found)
            list[options->warm_up_count++] =
                (struct warm_up){member->key, found,
                                 arena_give_json(app->arena, node_to_json(member->value))};
    }
    options->warm_ups = list;
}

const struct health_options *build_health(struct app *app, struct problems *problems)
{
    const struct node *ready = problems_map(problems, app->server.ready, "ready");
    const struct node *warm_up = problems_map(problems, app->server.warm_up, "warm_up");
    struct given given = {0};
    struct health_options *options = arena_zalloc(app->arena, sizeof *options);
    options_read(ready_options, ready, &given, NULL, "ready", app->arena, problems);
    options->every = given.every;
    options->timeout = given.timeout;
    options->patience = given.patience;
    bool said = ready && node_get(ready, "store");
    /* To ask an SQLite file is to make it: that is left to who needs it first. */
    options->store = said ? given.store : app->needs_store && app->store.url;
    if (ready)
        add_models(app, options, &given.models, ready->place, problems);
    add_warm_ups(app, options, warm_up, problems);
    return options;
}

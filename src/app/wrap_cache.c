/* The `cache` modifier, and the route's option of that name. */
#include <string.h>

#include "app/identity.h"
#include "app/wraps.h"
#include "stages/cache.h"
#include "yaml/option.h"

#define FIELD(member) offsetof(struct cache_words, member)

struct cache_words {
    int64_t ttl;
    const char *mark, *version;
    struct option_strings by;
};

const struct option cache_options[] = {
    {.name = "ttl",
     .type = OPTION_DURATION,
     .offset = FIELD(ttl),
     .required = true,
     .min = 1,
     .max = 3.1536e11,
     .doc = "How long a result is given again."},
    {.name = "mark",
     .type = OPTION_STRING,
     .offset = FIELD(mark),
     .doc = "The member of an output object that is set to true where the result was there "
            "already, and to false where it was made."},
    {.name = "by",
     .type = OPTION_STRING_LIST,
     .offset = FIELD(by),
     .doc = "Fields of `configurable` that tell callers apart, who then share no results: what a "
            "route's `config_from` sets. A run that lacks one of them is given none, and none of "
            "it is kept."},
    {.name = "version",
     .type = OPTION_STRING,
     .offset = FIELD(version),
     .doc = "A word of your own: another one forgets all results, after a change that the file "
            "does not show (a service behind a URL, data that a function reads)."},
    {.name = NULL},
};

/* The answers of a conversation depend on more than what is asked. */
static bool has_history(const struct runnable *runnable)
{
    const struct runnable *part;
    const char *label;
    bool found = strcmp(runnable->ops->type, "RunnableWithMessageHistory") == 0;
    for (unsigned i = 0;
         !found && runnable->ops->part && (part = runnable->ops->part(runnable, i, &label)); i++)
        found = has_history(part);
    return found;
}

/* Whether it is a chat model, with what else its mapping says. */
static bool is_chat_model(const struct runnable *runnable)
{
    const char *label;
    while (runnable->ops->unseen && runnable->ops->part &&
           !runnable->ops->part(runnable, 1, &label))
        runnable = runnable->ops->part(runnable, 0, &label);
    return runnable->ops->step == STEP_CHAT_MODEL;
}

static void check_words(struct builder *builder, const struct node *node,
                        const struct cache_words *words, const struct runnable *bound)
{
    if (has_history(bound))
        problems_error(builder->problems, node->place,
                       "cache: a history is inside it, and answers depend on what was said before: "
                       "write `cache` beside `history`, or on a step inside");
    if (words->mark && !*words->mark)
        problems_error(builder->problems, node_get(node, "mark")->place,
                       "mark: a member has a name");
    for (size_t i = 0; i < words->by.count; i++)
        if (!*words->by.items[i])
            problems_error(builder->problems, node_get(node, "by")->place,
                           "by: a field has a name");
}

struct runnable *wrap_cache(struct builder *builder, const struct node *node,
                            const struct node *what, struct runnable *bound)
{
    struct cache_words words = {0};
    size_t mistakes = builder->problems->told;
    if (node->kind != NODE_MAP) {
        problems_error(builder->problems, node->place,
                       "cache: expected a mapping such as {ttl: 24h}, not %s",
                       node_kind_name(node->kind));
        return bound;
    }
    options_read(cache_options, node, &words, NULL, "cache", builder->arena, builder->problems);
    check_words(builder, node, &words, bound);
    if (builder->problems->told > mistakes)
        return bound;
    builder->caches = true;
    const struct cache_options options = {.ttl = words.ttl,
                                          .mark = words.mark,
                                          .by = (const char *const *)words.by.items,
                                          .by_count = words.by.count,
                                          .messages = is_chat_model(bound),
                                          .identity = identity_of(builder, what, words.version)};
    return cache_new(bound, &options);
}

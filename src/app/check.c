#include "app/check.h"

#include <string.h>

#include "stages/sequence.h"

static bool is_model(const struct runnable *runnable)
{
    return runnable->ops->step == STEP_CHAT_MODEL || runnable->ops->step == STEP_LLM;
}

/* Whether a model is somewhere inside. */
static bool has_model(const struct runnable *runnable)
{
    const struct runnable *part;
    const char *label;
    if (is_model(runnable))
        return true;
    for (unsigned i = 0; runnable->ops->part && (part = runnable->ops->part(runnable, i, &label));
         i++)
        if (has_model(part))
            return true;
    return false;
}

static const struct runnable *blocking_in_sequence(const struct runnable *sequence)
{
    const struct runnable *part, *found = NULL;
    const char *label;
    bool streaming = false;
    for (unsigned i = 0; !found && (part = sequence->ops->part(sequence, i, &label)); i++) {
        if (streaming && !part->ops->streams && !is_model(part))
            found = part;
        else
            found = check_blocking_step(part);
        streaming = streaming || has_model(part);
    }
    return found;
}

const struct runnable *check_blocking_step(const struct runnable *runnable)
{
    const struct runnable *part, *found = NULL;
    const char *label;
    if (!runnable->ops->part)
        return NULL;
    if (runnable_is_sequence(runnable))
        return blocking_in_sequence(runnable);
    for (unsigned i = 0; !found && (part = runnable->ops->part(runnable, i, &label)); i++)
        found = check_blocking_step(part);
    return found;
}

static void check_names(struct builder *builder)
{
    if (builder->by_name)
        return; /* who knows? */
    for (size_t i = 0; i < builder->count; i++)
        if (!builder->names[i].used && builder->names[i].sort == NAMED_CHAIN)
            problems_warn(builder->problems, builder->names[i].place, "the chain '%s' is not used",
                          builder->names[i].name);
}

void check_app(const struct app *app, struct builder *builder)
{
    for (size_t i = 0; i < app->site->count; i++) {
        const struct route *route = app->site->routes[i];
        const struct runnable *step = check_blocking_step(route->runnable);
        if (step)
            problems_warn(builder->problems, app->route_places[i],
                          "%s does not stream token by token: the step %s needs its whole input "
                          "first",
                          *route->path ? route->path : "/", step->name);
    }
    check_names(builder);
    if (app->site->count == 0 && builder->problems->errors == 0)
        problems_warn(builder->problems, (struct place){0}, "no routes: nothing is served");
}

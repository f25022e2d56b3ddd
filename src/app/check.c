#include "app/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stages/sequence.h"

static bool is_model(const struct runnable *runnable)
{
    return runnable->ops->step == STEP_CHAT_MODEL || runnable->ops->step == STEP_LLM;
}

/* Steps that take what a model streams as a whole. */
struct blocking {
    const struct runnable **steps;
    size_t count;
};

static void add_step(struct blocking *blocking, const struct runnable *step)
{
    blocking->steps = mem_resize(blocking->steps, blocking->count + 1, sizeof *blocking->steps);
    blocking->steps[blocking->count++] = step;
}

static bool flows(const struct runnable *runnable, bool flowing, struct blocking *blocking);

/* Once a later step streams by itself, what an earlier one kept back is not missed. */
static bool flows_in_sequence(const struct runnable *sequence, bool flowing,
                              struct blocking *blocking)
{
    const struct runnable *part;
    const char *label;
    size_t first = blocking->count;
    for (unsigned i = 0; (part = sequence->ops->part(sequence, i, &label)); i++) {
        size_t before = blocking->count;
        bool was = flowing;
        flowing = flows(part, flowing, blocking);
        if (was || !flowing || before == first)
            continue;
        memmove(blocking->steps + first, blocking->steps + before,
                (blocking->count - before) * sizeof *blocking->steps);
        blocking->count -= before - first;
    }
    return flowing;
}

/* Whether what a model streams leaves `runnable` piece by piece; `flowing`: whether it comes to it
 * so.  What needs it as a whole is added to `blocking`. */
static bool flows(const struct runnable *runnable, bool flowing, struct blocking *blocking)
{
    const struct runnable *part;
    const char *label;
    if (is_model(runnable))
        return true;
    if (runnable_is_sequence(runnable))
        return flows_in_sequence(runnable, flowing, blocking);
    if (flowing && !runnable->ops->streams) {
        add_step(blocking, runnable);
        flowing = false;
    }
    bool out = flowing && !runnable->ops->part;
    for (unsigned i = 0; runnable->ops->part && (part = runnable->ops->part(runnable, i, &label));
         i++)
        out |= flows(part, flowing, blocking);
    return out;
}

/* Warns of each step that keeps a route from streaming, where the step was written. */
static void check_streaming(struct builder *builder, const struct route *route,
                            struct place route_place)
{
    struct blocking blocking = {0};
    flows(route->runnable, false, &blocking);
    for (size_t i = 0; i < blocking.count; i++) {
        const struct writing *writing = written_find(&builder->written, blocking.steps[i]);
        problems_warn(builder->problems, writing ? writing->place : route_place,
                      "%s does not stream token by token: the step '%s' needs its whole input "
                      "first",
                      *route->path ? route->path : "/",
                      writing ? writing->kind : blocking.steps[i]->ops->type);
    }
    free(blocking.steps);
}

/* Where the environment chooses a model, the others wait for their turn. */
static void check_names(struct builder *builder)
{
    if (builder->by_name)
        return; /* who knows? */
    for (size_t i = 0; i < builder->count; i++) {
        const struct named *named = &builder->names[i];
        bool model = named->sort == NAMED_MODEL;
        if (!named->used && !(model && builder->chosen))
            problems_warn(builder->problems, named->place, "the %s '%s' is not used",
                          model ? "model" : "chain", named->name);
    }
}

void check_app(const struct app *app, struct builder *builder, struct place place)
{
    for (size_t i = 0; i < app->site->count; i++)
        check_streaming(builder, app->site->routes[i], app->route_places[i]);
    check_names(builder);
    if (app->site->count == 0 && builder->problems->errors == 0)
        problems_warn(builder->problems, (struct place){.file = place.file},
                      "no routes: nothing is served");
}

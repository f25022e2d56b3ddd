/* The rate limits of an app: what counts them, and for how long. */
#include <errno.h>
#include <string.h>

#include "app/app.h"
#include "base/log.h"
#include "gates/shared_limits.h"

/* The i-th set of rate limits, of the server, of keys or of a route; NULL where there is none. */
static struct limits *limits_at(const struct app *app, size_t i)
{
    return i == 0   ? app->site->limits
           : i == 1 ? app->site->key_limits
                    : app->site->routes[i - 2]->limits;
}

static size_t limits_count(const struct app *app)
{
    return app->site->count + 2;
}

/* Moves the tables of limits that both apps have. */
static void hand_over(struct app *to, struct app *from)
{
    for (size_t i = 0; i < limits_count(to); i++)
        for (size_t k = 0; limits_at(to, i) && k < limits_count(from); k++)
            if (limits_at(from, k))
                limits_take_over(limits_at(to, i), limits_at(from, k));
}

bool app_share_limits(struct app *app, struct app *old)
{
    if (old)
        hand_over(app, old);
    for (size_t i = 0; i < limits_count(app); i++) {
        struct limits *limits = limits_at(app, i);
        if (!limits || limits_share(limits))
            continue;
        log_event(LOG_ERROR, "start_failed", "no memory for the rate limits: %s", strerror(errno));
        if (old)
            hand_over(old, app);
        return false;
    }
    return true;
}

struct shared_limits *app_shared_limits(const struct app *app, struct loop *loop)
{
    const struct server_options *server = &app->server;
    const struct shared_limits_options options = {.link = {.target = app->store.redis,
                                                           .connect_timeout =
                                                               server->limits_timeout,
                                                           .timeout = server->limits_timeout},
                                                  .prefix = app->store.prefix,
                                                  .secret = server->secret};
    bool limited = false;
    for (size_t i = 0; i < limits_count(app); i++)
        limited |= limits_at(app, i) != NULL;
    return limited && server->limits_store == LIMITS_REDIS ? shared_limits_new(loop, &options)
                                                           : NULL;
}

void app_forget_limits(struct app *app, pid_t pid)
{
    for (size_t i = 0; i < limits_count(app); i++)
        if (limits_at(app, i))
            limits_forget(limits_at(app, i), pid);
}

void app_drop_limits(struct app *app)
{
    for (size_t i = 0; i < limits_count(app); i++)
        if (limits_at(app, i))
            limits_fini(limits_at(app, i));
}

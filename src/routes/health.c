/* Design: what readiness depends on is a list of signs, each good or bad; of the endpoints of a model
 * one good sign is enough.  A round asks for all of them; the next one begins some time after it.
 * Before the first answer a sign is bad. */
#include "routes/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "loop/fetch.h"
#include "routes/service.h"
#include "routes/warm_up.h"
#include "store/store.h"

/* One thing that is asked for. */
struct sign {
    struct health *health;
    const char *kind, *name; /* "model", "gpt"; "store", "" */
    const char *url;         /* NULL: the store */
    const char *const *headers;
    const void *model;   /* whose endpoint it is; NULL: the store */
    bool alone;          /* it has no other */
    struct fetch *fetch; /* under way, one of the two */
    struct store_op *op;
    int status;
    bool known;
    char fault[160]; /* "": it is well */
};

struct health {
    struct service *service;
    const struct health_options *options;
    struct warm_ups *warm_ups; /* while they run */
    void (*on_warm)(void *owner);
    void *owner;
    struct timer next;
    struct sign *signs;
    size_t count;
};

/* ---- what signs say ---- */

/* What stands between a kind and a name. */
static const char *gap(const struct sign *sign)
{
    return *sign->name ? " " : "";
}

/* Whether two signs are of one thing. */
static bool are_one(const struct sign *sign, const struct sign *other)
{
    return other == sign || (sign->model && other->model == sign->model);
}

static bool is_well(const struct sign *sign)
{
    const struct health *health = sign->health;
    for (size_t i = 0; i < health->count; i++)
        if (are_one(sign, &health->signs[i]) && !*health->signs[i].fault)
            return true;
    return false;
}

static bool is_known(const struct sign *sign)
{
    const struct health *health = sign->health;
    for (size_t i = 0; i < health->count; i++)
        if (are_one(sign, &health->signs[i]) && !health->signs[i].known)
            return false;
    return true;
}

static void judge(struct sign *sign, const char *fault)
{
    bool was_known = is_known(sign), was_well = is_well(sign);
    snprintf(sign->fault, sizeof sign->fault, "%s", fault);
    sign->known = true;
    bool well = is_well(sign);
    if (!is_known(sign))
        return;
    if (!well && (was_well || !was_known))
        log_event(LOG_WARNING, "not_ready", "%s%s%s: %s", sign->kind, gap(sign), sign->name, fault);
    else if (well && was_known && !was_well)
        log_event(LOG_INFO, "ready_again", "%s%s%s answers", sign->kind, gap(sign), sign->name);
}

static void on_head(void *owner, struct fetch *fetch, int status)
{
    struct sign *sign = owner;
    (void)fetch;
    sign->status = status;
}

static bool on_data(void *owner, struct fetch *fetch, const char *data, size_t len)
{
    (void)owner, (void)fetch, (void)data, (void)len;
    return true;
}

/* Whoever answers lives, also one that knows no list of models; one that refuses the key is of no
 * use. */
static void on_done(void *owner, const struct fetch_result *result)
{
    struct sign *sign = owner;
    char fault[64] = "";
    sign->fetch = NULL;
    if (result->err != LS_OK)
        snprintf(fault, sizeof fault, "%s", ls_strerror(result->err));
    else if (sign->status >= 500 || sign->status == 401 || sign->status == 403)
        snprintf(fault, sizeof fault, "it answers %d", sign->status);
    judge(sign, fault);
}

static void on_stored(void *owner, const struct store_answer *answer)
{
    struct sign *sign = owner;
    sign->op = NULL;
    judge(sign, answer->err == LS_OK ? "" : ls_strerror(answer->err));
}

/* ---- rounds ---- */

static void ask_model(struct sign *sign)
{
    static const struct fetch_events events = {on_head, on_data, on_done};
    int64_t timeout = sign->health->options->timeout;
    const struct fetch_request request = {
        .method = "GET",
        .url = sign->url,
        .headers = sign->headers,
        .timeouts = {timeout, timeout, timeout, timeout},
    };
    sign->fetch = fetch_start(sign->health->service->resources->pool, &request, &events, sign);
}

static void ask_store(struct sign *sign)
{
    static const char key[] = "health";
    const struct store_request request = {.verb = STORE_GET,
                                          .key = {.data = key, .len = sizeof key - 1}};
    sign->op = store_ask(sign->health->service->resources->store, &request, on_stored, sign);
}

/* What did not answer in time is bad, and is asked again. */
static void ask(struct sign *sign)
{
    if (sign->fetch)
        return; /* it has a timeout of its own */
    if (sign->op)
        judge(sign, "it does not answer");
    else if (sign->url)
        ask_model(sign);
    else
        ask_store(sign);
}

static void on_next(struct timer *timer)
{
    struct health *health = container_of(timer, struct health, next);
    for (size_t i = 0; i < health->count; i++)
        ask(&health->signs[i]);
    timer_start(&health->next, health->options->every);
}

/* ---- the list ---- */

static void add_sign(struct health *health, struct sign sign)
{
    sign.health = health;
    snprintf(sign.fault, sizeof sign.fault, "not asked yet");
    health->signs = mem_resize(health->signs, health->count + 1, sizeof *health->signs);
    health->signs[health->count++] = sign;
}

/* Whether the model is asked already, or (`only`: its single endpoint) another one that has just
 * that endpoint. */
static bool is_asked(const struct health *health, const void *model, const char *only)
{
    for (size_t i = 0; i < health->count; i++) {
        const struct sign *sign = &health->signs[i];
        if (sign->model == model || (only && sign->alone && strcmp(sign->url, only) == 0))
            return true;
    }
    return false;
}

/* The endpoints of a model. */
static void add_model(struct health *health, const char *name, const struct runnable *model)
{
    const char *const *headers = NULL;
    const char *first = model->ops->probe(model, 0, &headers), *url;
    bool alone = !model->ops->probe(model, 1, &headers);
    if (is_asked(health, model, alone ? first : NULL))
        return;
    for (unsigned i = 0; (url = model->ops->probe(model, i, &headers)); i++)
        add_sign(health, (struct sign){.kind = "model",
                                       .name = name,
                                       .url = url,
                                       .headers = headers,
                                       .model = model,
                                       .alone = alone});
}

/* The models in a runnable. */
static void add_models(struct health *health, const char *name, const struct runnable *runnable)
{
    const char *label;
    const struct runnable *part;
    if (runnable->ops->probe)
        add_model(health, name, runnable);
    for (unsigned i = 0; runnable->ops->part && (part = runnable->ops->part(runnable, i, &label));
         i++)
        add_models(health, name, part);
}

static void on_warm(void *owner)
{
    struct health *health = owner;
    warm_ups_free(&health->warm_ups);
    if (health->on_warm)
        health->on_warm(health->owner);
}

struct health *health_new(struct service *service, const struct health_options *options,
                          void (*on_warm_up)(void *owner), void *owner)
{
    struct health *health = mem_zalloc(1, sizeof *health);
    *health = (struct health){
        .service = service, .options = options, .on_warm = on_warm_up, .owner = owner};
    if (options->store)
        add_sign(health, (struct sign){.kind = "store", .name = ""});
    for (size_t i = 0; i < options->model_count; i++)
        add_models(health, options->models[i].name, options->models[i].runnable);
    timer_init(&health->next, service->loop, on_next);
    if (health->count > 0)
        on_next(&health->next);
    if (options->warm_up_count > 0)
        health->warm_ups = warm_ups_start(service, options, on_warm, health);
    else if (on_warm_up)
        on_warm_up(owner);
    return health;
}

void health_free(struct health **health)
{
    if (!*health)
        return;
    timer_stop(&(*health)->next);
    warm_ups_free(&(*health)->warm_ups);
    for (size_t i = 0; i < (*health)->count; i++) {
        if ((*health)->signs[i].fetch)
            fetch_stop((*health)->signs[i].fetch);
        if ((*health)->signs[i].op)
            store_cancel((*health)->signs[i].op);
    }
    free((*health)->signs);
    free(*health);
    *health = NULL;
}

/* Whether the sign is bad, and so are all others of its model, of which the first one is told. */
static bool is_fault(const struct health *health, const struct sign *sign)
{
    for (const struct sign *other = health->signs; other < sign; other++)
        if (are_one(sign, other))
            return false;
    return !is_well(sign);
}

void health_faults(const struct health *health, struct buf *out)
{
    if (health->warm_ups)
        buf_add_str(out, "warming up");
    for (size_t i = 0; i < health->count; i++) {
        const struct sign *sign = &health->signs[i];
        if (is_fault(health, sign))
            buf_printf(out, "%s%s%s%s: %s", out->len > 0 ? "; " : "", sign->kind, gap(sign),
                       sign->name, sign->fault);
    }
}

#include "stages/history_load.h"

#include "base/json.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/run.h"
#include "run/source.h"
#include "stages/history_messages.h"
#include "stages/history_session.h"
#include "stages/wrapper.h"

/* ---- load_history ---- */

struct load {
    struct runnable runnable;
    const struct history_options *options;
};

struct load_stage {
    struct source source;
    const struct history_options *options;
    struct scope *scope;
    json_t *config;
    struct store_op *op; /* under way, or NULL */
    struct store_text key;
    json_t *asked; /* the arena's; NULL: the past stands alone */
};

/* The messages as they were kept (new reference), NULL when one cannot be read. */
static json_t *read_messages(const struct store_answer *answer)
{
    json_t *past = json_array(), *message = NULL;
    for (size_t i = 0; i < answer->count; i++) {
        if (json_read(&message, answer->items[i].data, answer->items[i].len, NULL) != LS_OK) {
            json_decref(past);
            return NULL;
        }
        json_array_append_new(past, message);
    }
    return past;
}

static void on_loaded(void *owner, const struct store_answer *answer)
{
    struct load_stage *stage = owner;
    struct outcome failed = outcome_error(answer->err, answer->message);
    json_auto_t *past = answer->err ? NULL : read_messages(answer);
    stage->op = NULL;
    if (!answer->err && !past)
        failed = outcome_error(LS_STORE, "a message in the store is no JSON");
    if (past) {
        if (stage->asked)
            json_array_extend(past, stage->asked);
        struct chunk chunk = chunk_adds(past);
        source_push(&stage->source, &chunk);
    }
    source_done(&stage->source, past ? &outcome_well : &failed);
}

static void load_go(struct source *source)
{
    struct load_stage *stage = container_of(source, struct load_stage, source);
    const struct store_request request = {.verb = STORE_READ,
                                          .key = stage->key,
                                          .window = stage->options->window};
    const struct run_services *services = stage->scope->run->services;
    if (services && services->store) {
        stage->op = store_ask(services->store, &request, on_loaded, stage);
        return;
    }
    struct outcome failed = outcome_error(LS_STORE, "this run has no store");
    source_done(source, &failed);
}

static void load_stop(struct source *source)
{
    struct load_stage *stage = container_of(source, struct load_stage, source);
    if (stage->op)
        store_cancel(stage->op);
    stage->op = NULL;
}

static const struct source_ops load_source = {load_go, load_stop};

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct load_stage *stage = owner;
    const struct history_options *options = stage->options;
    struct arena *arena = stage->scope->arena;
    const char *why = NULL;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->source.out, outcome);
        return;
    }
    enum ls_err err = history_session_key(options, stage->config, arena, &stage->key, &why);
    if (!err && !options->history) {
        err = history_asked(arena, &stage->asked, value, options->input, &why);
        if (!err)
            arena_give_json(arena, stage->asked);
    }
    if (err)
        sink_fail(stage->source.out, err, why);
    else
        source_start(&stage->source);
}

static struct sink *load_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    struct load_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->options = container_of(runnable, const struct load, runnable)->options;
    stage->scope = scope;
    stage->config = arena_hold_json(scope->arena, call->config);
    source_init(&stage->source, &load_source, scope, out);
    return gather_sink(scope, on_input, stage);
}

static const struct runnable_ops load_ops = {
    .type = "load_history",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .open = load_open,
};

struct runnable *history_load_new(const struct history_options *options)
{
    struct load *load = mem_alloc(sizeof *load);
    runnable_init(&load->runnable, &load_ops, NULL);
    load->options = options;
    return &load->runnable;
}

/* ---- check_sync_or_async ---- */

static void on_whole(void *owner, json_t *value, const struct outcome *outcome)
{
    struct sink *bound = owner;
    if (outcome->kind == OUTCOME_WELL && value)
        sink_push_value(bound, value);
    sink_done(bound, outcome->kind == OUTCOME_WELL ? &outcome_well : outcome);
}

static struct sink *around_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    struct call part = call_for_part(call, NULL);
    struct sink *bound = runnable_open(wrapper_bound(runnable), scope, &part, out);
    return gather_sink(scope, on_whole, bound);
}

static const struct runnable_ops around_ops = {
    .type = "check_sync_or_async",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .open = around_open,
    .input_schema = wrapper_input_schema,
    .output_schema = wrapper_output_schema,
    .part = wrapper_part,
    .fini = wrapper_fini,
};

struct runnable *history_around_new(struct runnable *bound)
{
    struct wrapper *around = mem_alloc(sizeof *around);
    wrapper_init(around, &around_ops, bound);
    runnable_set_name(&around->runnable, around_ops.type);
    return &around->runnable;
}

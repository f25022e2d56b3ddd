/* Design: a step before the bound runnable puts the conversation into the input (history_load.h); a
 * source behind it begins when that has ended well, keeps what was asked and answered, and then ends
 * the stage.  Chunks go through as they come.  The steps are those that LangChain's traces show. */
#include "stages/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/run.h"
#include "run/source.h"
#include "stages/assign.h"
#include "stages/history_load.h"
#include "stages/history_messages.h"
#include "stages/history_schema.h"
#include "stages/history_session.h"
#include "stages/parallel.h"
#include "stages/wrapper.h"

enum { MAX_MESSAGE = STORE_MAX_READ }; /* bytes of one message's JSON */

struct history {
    struct wrapper wrapper;
    struct runnable *before, *around;
    struct history_options options; /* its texts are owned */
};

struct history_stage {
    const struct history_options *options;
    struct scope *scope;
    json_t *config;
    struct sink *out, *first; /* of the steps */
    struct sink bound_out;
    struct source saving;
    struct store_op *op; /* under way, or NULL */
    struct store_text key;
    json_t *asked; /* the arena's */
    struct gather answer;
    bool stopped; /* nobody wanted the rest of the answer */
    struct outcome outcome;
};

static void stop(struct history_stage *stage)
{
    if (stage->op)
        store_cancel(stage->op);
    stage->op = NULL;
}

/* ---- keeping what was said ---- */

/* The run has its answer already: that it is not kept is told to the log alone. */
static void tell_lost(struct history_stage *stage, const char *why)
{
    char id[UUID_LEN + 1];
    uuid_format(id, &stage->scope->run->id);
    const struct log_field fields[] = {
        log_said("message", why),
        log_str("run_id", id),
        log_str("trace_id", run_trace(stage->scope->run)->trace_id),
    };
    log_fields(LOG_ERROR, "history_not_kept", fields, sizeof fields / sizeof fields[0]);
}

static void on_saved(void *owner, const struct store_answer *answer)
{
    struct history_stage *stage = owner;
    stage->op = NULL;
    if (answer->err)
        tell_lost(stage, answer->message);
    source_done(&stage->saving, &stage->outcome);
}

/* What is to be kept: what was asked, then what was answered (the arena's); NULL when it cannot
 * be kept, which is told. */
static json_t *said(struct history_stage *stage)
{
    struct arena *arena = stage->scope->arena;
    json_t *sum = arena_give_json(arena, gather_take(&stage->answer)), *answered = NULL;
    json_t *answer = stage->outcome.value ? stage->outcome.value : sum;
    const char *why;
    if (history_answered(arena, &answered, answer, stage->options->output, &why) != LS_OK) {
        tell_lost(stage, why);
        return NULL;
    }
    json_t *both = arena_give_json(arena, json_copy(stage->asked));
    json_array_extend(both, answered);
    json_decref(answered);
    return both;
}

/* The messages as texts in the arena; NULL when one is too large, which is told. */
static struct store_text *print_all(struct history_stage *stage, json_t *messages)
{
    struct arena *arena = stage->scope->arena;
    struct store_text *items = arena_alloc(arena, (json_array_size(messages) + 1) * sizeof *items);
    size_t i;
    json_t *message;
    json_array_foreach(messages, i, message) {
        struct buf text;
        buf_init(&text, MAX_MESSAGE);
        enum ls_err err = json_print(&text, message, JSON_WIRE);
        items[i] = (struct store_text){arena_strndup(arena, buf_str(&text), text.len), text.len};
        buf_fini(&text);
        if (err) {
            tell_lost(stage, "a message is too large for the store");
            return NULL;
        }
    }
    return items;
}

static void go_saving(struct source *source)
{
    struct history_stage *stage = container_of(source, struct history_stage, saving);
    struct store *store = stage->scope->run->services->store; /* the first step has read it */
    json_t *messages = said(stage);
    struct store_text *items = messages ? print_all(stage, messages) : NULL;
    if (items && store) {
        const struct store_request request = {.verb = STORE_APPEND,
                                              .key = stage->key,
                                              .items = items,
                                              .count = json_array_size(messages),
                                              .window = stage->options->window,
                                              .ttl = stage->options->ttl};
        stage->op = store_ask(store, &request, on_saved, stage);
        return;
    }
    if (items)
        tell_lost(stage, "the store is closed");
    source_done(source, &stage->outcome);
}

static void stop_saving(struct source *source)
{
    stop(container_of(source, struct history_stage, saving));
}

static const struct source_ops saving_ops = {go_saving, stop_saving};

/* ---- what the bound runnable gives ---- */

static enum flow answer_push(struct sink *sink, const struct chunk *chunk)
{
    struct history_stage *stage = container_of(sink, struct history_stage, bound_out);
    gather_add(&stage->answer, chunk);
    enum flow flow = sink_push(stage->out, chunk);
    stage->stopped = flow == FLOW_STOP;
    return flow;
}

static void answer_done(struct sink *sink, const struct outcome *outcome)
{
    struct history_stage *stage = container_of(sink, struct history_stage, bound_out);
    if (outcome->kind != OUTCOME_WELL || stage->stopped) {
        sink_done(stage->out, outcome);
        return;
    }
    stage->outcome = outcome_keep(stage->scope->arena, outcome);
    source_start(&stage->saving);
}

static const struct sink_ops answer_ops = {answer_push, answer_done};

/* ---- the stage ---- */

/* Keeps what the input asks. */
static enum ls_err take_input(struct history_stage *stage, json_t *value, const char **why)
{
    const struct history_options *options = stage->options;
    struct arena *arena = stage->scope->arena;
    if ((options->history || options->input) && !json_is_object(value)) {
        *why = "history: the input is no object";
        return LS_BAD_VALUE;
    }
    enum ls_err err = history_asked(arena, &stage->asked, value, options->input, why);
    if (!err)
        arena_give_json(arena, stage->asked);
    return err;
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct history_stage *stage = owner;
    struct arena *arena = stage->scope->arena;
    const char *why;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->first, outcome);
        return;
    }
    if (history_session_key(stage->options, stage->config, arena, &stage->key, &why) != LS_OK) {
        struct outcome failed = outcome_error(LS_BAD_INPUT, why);
        failed.status = 422;
        failed.client = why;
        sink_done(stage->first, &failed);
        return;
    }
    enum ls_err err = take_input(stage, value, &why);
    if (err) {
        sink_fail(stage->first, err, why);
        return;
    }
    sink_push_value(stage->first, value);
    sink_done(stage->first, &outcome_well);
}

static void drop_answer(void *ptr)
{
    gather_fini(ptr);
}

static struct sink *history_open(const struct runnable *runnable, struct scope *scope,
                                 const struct call *call, struct sink *out)
{
    const struct history *history = container_of(runnable, const struct history, wrapper.runnable);
    struct history_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    struct call before = call_for_part(call, "seq:step:1");
    struct call around = call_for_part(call, "seq:step:2");
    stage->options = &history->options;
    stage->scope = scope;
    stage->config = arena_hold_json(scope->arena, call->config);
    stage->out = out;
    gather_init(&stage->answer);
    arena_defer(scope->arena, drop_answer, &stage->answer);
    sink_init(&stage->bound_out, &answer_ops, scope);
    struct sink *in = runnable_open(history->around, scope, &around, &stage->bound_out);
    stage->first = runnable_open(history->before, scope, &before, in);
    source_init(&stage->saving, &saving_ops, scope, out);
    return gather_sink(scope, on_input, stage);
}

static json_t *history_input(const struct runnable *runnable)
{
    const struct history *history = container_of(runnable, const struct history, wrapper.runnable);
    return history_input_schema(&history->options, wrapper_input_schema(runnable));
}

static void history_specs(const struct runnable *runnable, struct config_specs *specs)
{
    const struct history *history = container_of(runnable, const struct history, wrapper.runnable);
    config_specs_of(history->wrapper.bound, specs);
    history_config_specs(&history->options, specs);
}

static void history_fini(struct runnable *runnable)
{
    struct history *history = container_of(runnable, struct history, wrapper.runnable);
    runnable_rele(history->before);
    runnable_rele(history->around);
    history_options_fini(&history->options);
    wrapper_fini(runnable);
}

static const struct runnable_ops history_ops = {
    .type = "RunnableWithMessageHistory",
    .traced = "RunnableWithMessageHistory",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = history_open,
    .input_schema = history_input,
    .output_schema = wrapper_output_schema,
    .config_specs = history_specs,
    .part = wrapper_part,
    .fini = history_fini,
};

/* What is put into the input under `key`; NULL: instead of it. */
static struct runnable *before_new(const struct history_options *options)
{
    const char *key = options->history ? options->history : options->input;
    struct runnable *load = history_load_new(options);
    if (!key)
        return load;
    struct runnable *insert = assign_new(parallel_new(&key, &load, 1));
    runnable_set_name(insert, "insert_history");
    return insert;
}

struct runnable *history_new(struct runnable *bound, const struct history_options *options)
{
    struct history *history = mem_zalloc(1, sizeof *history);
    struct runnable *runnable = &history->wrapper.runnable;
    runnable_init(runnable, &history_ops, "RunnableSequence");
    history->wrapper.bound = bound;
    history_options_copy(&history->options, options);
    history->before = before_new(&history->options);
    history->around = history_around_new(runnable_hold(bound));
    runnable_add_inside(runnable, history->before);
    runnable_add_inside(runnable, history->around);
    return runnable;
}

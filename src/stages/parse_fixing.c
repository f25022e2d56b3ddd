/* Each try of the parser and each answer of the chain has a scope of its own and begins on a clean
 * stack.  Nobody sees the parser inside: what is seen is this one, and the chain as part of it. */
#include "stages/parse_fixing.h"

#include <stdlib.h>

#include "base/mem.h"
#include "run/gather.h"
#include "run/message.h"
#include "run/prompt_text.h"
#include "run/scope.h"
#include "stages/attempt.h"
#include "stages/later.h"
#include "stages/parse_text.h"
#include "stages/wrapper.h"

enum { MAX_ANSWER = 16 << 20 }; /* bytes of a completion, of a prompt */

struct parse_fixing {
    struct runnable runnable;
    struct runnable *parser, *chain;
    enum fixing_sort sort;
    char *instructions;
    unsigned max_retries;
};

struct fixing_stage {
    struct attempt attempt;
    struct later later;
    const struct parse_fixing *fixing;
    struct call call;
    json_t *completion, *prompt, *error; /* in the scope's arena; texts */
    unsigned retries;
    bool asks; /* the chain is next, not the parser */
};

/* ---- the parser inside ---- */

static struct sink *quiet_open(const struct runnable *runnable, struct scope *scope,
                               const struct call *call, struct sink *out)
{
    const struct runnable *parser = wrapper_bound(runnable);
    return parser->ops->open(parser, scope, call, out);
}

static const struct runnable_ops quiet_ops = {
    .type = "RunnableBinding",
    .step = STEP_PARSER,
    .unseen = true,
    .open = quiet_open,
    .input_schema = wrapper_input_schema,
    .output_schema = wrapper_output_schema,
    .part = wrapper_part,
    .fini = wrapper_fini,
};

static struct runnable *quiet_new(struct runnable *parser)
{
    struct wrapper *wrapper = mem_alloc(sizeof *wrapper);
    wrapper_init(wrapper, &quiet_ops, parser);
    return &wrapper->runnable;
}

/* ---- one run ---- */

static const struct parse_fixing *as_fixing(const struct runnable *runnable)
{
    return container_of(runnable, const struct parse_fixing, runnable);
}

/* The text of a message or of plain text, kept by the stage; false: there is none. */
static bool keep_text(struct fixing_stage *stage, const json_t *value, json_t **kept)
{
    struct buf scratch;
    const char *text;
    size_t len;
    buf_init(&scratch, MAX_ANSWER);
    bool found = value && parse_text_of(value, &scratch, &text, &len);
    if (found)
        *kept = arena_give_json(stage->attempt.scope->arena, json_stringn(text, len));
    buf_fini(&scratch);
    return found;
}

/* What the chain is given (new reference). */
static json_t *question(const struct fixing_stage *stage)
{
    const struct parse_fixing *fixing = stage->fixing;
    json_t *input = json_object();
    if (fixing->sort == FIXING && fixing->instructions)
        json_object_set_new(input, "instructions", json_string(fixing->instructions));
    if (fixing->sort != FIXING)
        json_object_set(input, "prompt", stage->prompt);
    json_object_set(input, "completion", stage->completion);
    if (fixing->sort != RETRY)
        json_object_set(input, "error", stage->error);
    return input;
}

static void on_answer(void *owner, json_t *value, const struct outcome *outcome)
{
    struct fixing_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->attempt.out, outcome);
    } else if (!keep_text(stage, value, &stage->completion)) {
        sink_fail(stage->attempt.out, LS_BAD_VALUE,
                  "the chain that mends answers gave neither a message nor text");
    } else {
        stage->asks = false;
        later_start(&stage->later, 0);
    }
}

static void ask_chain(struct fixing_stage *stage)
{
    struct scope *child;
    json_auto_t *input = question(stage);
    struct sink *in = scope_open(stage->attempt.scope, stage->fixing->chain, &stage->call,
                                 gather_sink(stage->attempt.scope, on_answer, stage), &child);
    sink_push_value(in, input);
    sink_done(in, &outcome_well);
}

static void on_later(void *owner, const struct outcome *outcome)
{
    struct fixing_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL)
        sink_done(stage->attempt.out, outcome);
    else if (stage->asks)
        ask_chain(stage);
    else
        attempt_start(&stage->attempt, stage->fixing->parser, &stage->call, stage->completion);
}

static void on_unreadable(struct attempt *attempt, const struct outcome *outcome)
{
    struct fixing_stage *stage = container_of(attempt, struct fixing_stage, attempt);
    if (outcome->err != LS_PARSE_FAILED || stage->retries == stage->fixing->max_retries) {
        sink_done(attempt->out, outcome);
        return;
    }
    json_t *error = json_string(outcome_message(outcome));
    stage->error = arena_give_json(attempt->scope->arena, error ? error : json_string(""));
    stage->retries++;
    stage->asks = true;
    later_start(&stage->later, 0);
}

/* Takes the completion, and the prompt where there is one, out of the input. */
static const char *read_input(struct fixing_stage *stage, json_t *value)
{
    if (stage->fixing->sort == FIXING)
        return keep_text(stage, value, &stage->completion)
                   ? NULL
                   : "a parser's input is a message or text";
    json_t *prompt_value = json_object_get(value, "prompt_value"), *prompt = NULL;
    const char *why = NULL;
    if (prompt_value && prompt_text(&prompt, prompt_value, &why) == LS_OK)
        stage->prompt = arena_give_json(stage->attempt.scope->arena, prompt);
    return prompt && keep_text(stage, json_object_get(value, "completion"), &stage->completion)
               ? NULL
               : "a retry parser's input is {completion: a message or text, prompt_value: a "
                 "prompt}";
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct fixing_stage *stage = owner;
    const char *why = outcome->kind == OUTCOME_WELL ? read_input(stage, value) : NULL;
    if (outcome->kind != OUTCOME_WELL)
        sink_done(stage->attempt.out, outcome);
    else if (why)
        sink_fail(stage->attempt.out, LS_BAD_VALUE, why);
    else
        attempt_start(&stage->attempt, stage->fixing->parser, &stage->call, stage->completion);
}

static struct sink *fixing_open(const struct runnable *runnable, struct scope *scope,
                                const struct call *call, struct sink *out)
{
    struct fixing_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->fixing = as_fixing(runnable);
    stage->call = call_for_part(call, NULL);
    stage->call.streaming = false;
    attempt_init(&stage->attempt, scope, out, false, on_unreadable);
    later_init(&stage->later, scope, on_later, stage);
    return gather_sink(scope, on_input, stage);
}

/* ---- the runnable ---- */

static json_t *retry_input_schema(const struct runnable *runnable)
{
    json_t *title = runnable_title(runnable, "Input");
    return json_pack("{s:{s:{s:s},s:{s:s}},s:[s,s],s:o,s:s}", "properties", "completion", "title",
                     "Completion", "prompt_value", "title", "Prompt Value", "required",
                     "completion", "prompt_value", "title", title, "type", "object");
}

static const struct runnable *fixing_part(const struct runnable *runnable, unsigned i,
                                          const char **label)
{
    const struct parse_fixing *fixing = as_fixing(runnable);
    *label = NULL;
    return i == 0 ? fixing->parser : i == 1 ? fixing->chain : NULL;
}

static void fixing_fini(struct runnable *runnable)
{
    struct parse_fixing *fixing = container_of(runnable, struct parse_fixing, runnable);
    runnable_rele(fixing->parser);
    runnable_rele(fixing->chain);
    free(fixing->instructions);
}

static const struct runnable_ops fixing_ops = {
    .type = "OutputFixingParser",
    .step = STEP_PARSER,
    .open = fixing_open,
    .input_schema = parse_input_schema,
    .part = fixing_part,
    .fini = fixing_fini,
};

static const struct runnable_ops retry_ops = {
    .type = "RetryOutputParser",
    .step = STEP_PARSER,
    .open = fixing_open,
    .input_schema = retry_input_schema,
    .part = fixing_part,
    .fini = fixing_fini,
};

static const struct runnable_ops retry_with_error_ops = {
    .type = "RetryWithErrorOutputParser",
    .step = STEP_PARSER,
    .open = fixing_open,
    .input_schema = retry_input_schema,
    .part = fixing_part,
    .fini = fixing_fini,
};

struct runnable *parse_fixing_new(struct runnable *parser, struct runnable *chain,
                                  const struct fixing_options *options)
{
    struct parse_fixing *fixing = mem_alloc(sizeof *fixing);
    const struct runnable_ops *ops = options->sort == FIXING  ? &fixing_ops
                                     : options->sort == RETRY ? &retry_ops
                                                              : &retry_with_error_ops;
    runnable_init(&fixing->runnable, ops, NULL);
    fixing->parser = quiet_new(parser);
    fixing->chain = chain;
    fixing->sort = options->sort;
    fixing->instructions = options->instructions ? mem_strdup(options->instructions) : NULL;
    fixing->max_retries = options->max_retries;
    runnable_add_inside(&fixing->runnable, fixing->parser);
    runnable_add_inside(&fixing->runnable, chain);
    return &fixing->runnable;
}

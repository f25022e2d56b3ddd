/* Design: as in LangChain, such a model answers as a whole, which is all that observers see of it;
 * what it said is cut into chunks behind that step. */
#include "base/mem.h"
#include "models/chat_model.h"
#include "models/fake_answer.h"
#include "models/text_model.h"
#include "run/gather.h"
#include "run/run.h"

/* ---- the model that answers as a whole ---- */

struct whole {
    struct runnable runnable;
    struct fake_made made;
};

struct whole_stage {
    struct scope *scope;
    struct sink *out;
    const struct fake_made *made;
};

static void on_prompt(void *owner, json_t *prompt)
{
    struct whole_stage *stage = owner;
    const struct fake_options *options = &stage->made->options;
    if (options->error) {
        sink_fail(stage->out, LS_UPSTREAM, options->error);
        return;
    }
    const json_t *response = options->echo ? prompt : fake_next_response(stage->made);
    json_auto_t *text = response ? json_incref((json_t *)response) : json_string("");
    (void)sink_push_value(stage->out, text);
    sink_done(stage->out, &outcome_well);
}

static struct sink *whole_open(const struct runnable *runnable, struct scope *scope,
                               const struct call *call, struct sink *out)
{
    struct whole_stage *stage = arena_alloc(scope->arena, sizeof *stage);
    (void)call;
    *stage = (struct whole_stage){
        .scope = scope,
        .out = out,
        .made = &container_of(runnable, const struct whole, runnable)->made,
    };
    return text_model_input(scope, out, on_prompt, stage);
}

/* LangChain takes the provider from the model's class. */
static json_t *whole_trace_metadata(const struct runnable *runnable, const char *name,
                                    const json_t *kwargs)
{
    return fake_metadata(&container_of(runnable, const struct whole, runnable)->made,
                         runnable_trace_word(name, "LLM", false), "llm", kwargs);
}

static void whole_fini(struct runnable *runnable)
{
    fake_made_fini(&container_of(runnable, struct whole, runnable)->made);
}

static const struct runnable_ops whole_ops = {
    .type = "FakeListLLM",
    .step = STEP_LLM,
    .open = whole_open,
    .trace_metadata = whole_trace_metadata,
    .fini = whole_fini,
};

/* ---- the cutting of what it said ---- */

struct fake_text {
    struct runnable runnable;
    struct whole *whole; /* owned */
};

struct text_stage {
    struct fake_answer answer;
    struct scope *scope;
    struct sink *out;
};

static json_t *make_text(struct fake_answer *answer, const char *text, size_t len)
{
    (void)answer;
    return json_stringn_nocheck(text, len);
}

static void on_whole(void *owner, json_t *value, const struct outcome *outcome)
{
    struct text_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
        return;
    }
    const json_t *text = arena_hold_json(stage->scope->arena, value);
    fake_answer_start(&stage->answer, json_string_value(text), json_string_length(text));
}

static struct sink *fake_text_open(const struct runnable *runnable, struct scope *scope,
                                   const struct call *call, struct sink *out)
{
    struct text_stage *stage = arena_alloc(scope->arena, sizeof *stage);
    const struct whole *whole = container_of(runnable, const struct fake_text, runnable)->whole;
    struct call inner = *call;
    inner.streaming = false;
    stage->scope = scope;
    stage->out = out;
    fake_answer_init(&stage->answer, &whole->made.options, scope, call->streaming, out);
    stage->answer.make = make_text;
    return runnable_open(&whole->runnable, scope, &inner, gather_sink(scope, on_whole, stage));
}

static void fake_text_fini(struct runnable *runnable)
{
    runnable_rele(&container_of(runnable, struct fake_text, runnable)->whole->runnable);
}

static const struct runnable_ops whole_text_ops = {
    .type = "FakeListLLM",
    .step = STEP_LLM,
    .unseen = true,
    .open = fake_text_open,
    .input_schema = chat_model_input_schema,
    .output_schema = text_model_output_schema,
    .fini = fake_text_fini,
};

static const struct runnable_ops streaming_text_ops = {
    .type = "FakeStreamingListLLM",
    .step = STEP_LLM,
    .streams = true,
    .unseen = true,
    .open = fake_text_open,
    .input_schema = chat_model_input_schema,
    .output_schema = text_model_output_schema,
    .fini = fake_text_fini,
};

struct runnable *fake_text_new(const struct fake_options *options)
{
    const struct runnable_ops *ops =
        options->unit == FAKE_WHOLE ? &whole_text_ops : &streaming_text_ops;
    struct fake_text *text = mem_alloc(sizeof *text);
    struct whole *whole = text->whole = mem_alloc(sizeof *whole);
    runnable_init(&whole->runnable, &whole_ops, ops->type);
    fake_made_init(&whole->made, options);
    runnable_init(&text->runnable, ops, NULL);
    runnable_add_inside(&text->runnable, &whole->runnable);
    return &text->runnable;
}

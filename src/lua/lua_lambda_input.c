/* The input of a generator that takes it in chunks, as they come: they wait in a queue until the
 * lambda asks for them.  The generator begins with the first of them, or with the input's end. */
#include "lua/lua_lambda_internal.h"

#include "run/run.h"
#include "run/scope.h"

static struct lambda_stage *stage_of(struct lambda_input *input)
{
    return container_of(input, struct lambda_stage, input);
}

static void go_on(struct lambda_stage *stage)
{
    if (stage->source.state != SOURCE_IDLE) {
        lua_lambda_wake(stage);
        return;
    }
    (void)lua_lambda_call(stage, NULL); /* how that fails is the stage's end */
    source_start(&stage->source);
}

static enum flow input_push(struct sink *sink, const struct chunk *chunk)
{
    struct lambda_input *input = container_of(sink, struct lambda_input, sink);
    struct lambda_stage *stage = stage_of(input);
    if (input->given || stage->phase == LAMBDA_ENDS)
        return FLOW_STOP;
    json_array_append(input->queue, chunk->value);
    go_on(stage);
    return json_array_size(input->queue) >= LAMBDA_MOST_QUEUED ? run_brake(sink->scope->run, input)
                                                               : FLOW_ON;
}

/* Both the input and the generator have ended: what is wrong with the input counts more. */
static void hand_on(struct lambda_input *input)
{
    sink_done(input->out, input->end.kind == OUTCOME_WELL ? &input->given_end : &input->end);
}

static void input_done(struct sink *sink, const struct outcome *outcome)
{
    struct lambda_input *input = container_of(sink, struct lambda_input, sink);
    struct lambda_stage *stage = stage_of(input);
    bool begun = stage->source.state != SOURCE_IDLE;
    input->ended = true;
    input->end = outcome_keep(stage->scope->arena, outcome);
    if (input->given || (!begun && outcome->kind != OUTCOME_WELL))
        hand_on(input);
    else
        go_on(stage);
}

static const struct sink_ops input_ops = {input_push, input_done};

static enum flow tail_push(struct sink *sink, const struct chunk *chunk)
{
    return sink_push(container_of(sink, struct lambda_input, tail)->out, chunk);
}

static void tail_done(struct sink *sink, const struct outcome *outcome)
{
    struct lambda_input *input = container_of(sink, struct lambda_input, tail);
    input->given = true;
    input->given_end = outcome_keep(sink->scope->arena, outcome);
    json_array_clear(input->queue);
    run_release(sink->scope->run, input);
    if (input->ended)
        hand_on(input);
}

static const struct sink_ops tail_ops = {tail_push, tail_done};

struct sink *lua_lambda_take_chunks(struct lambda_stage *stage, struct sink *out)
{
    struct lambda_input *input = &stage->input;
    input->out = out;
    input->queue = json_array();
    sink_init(&input->sink, &input_ops, stage->scope);
    sink_init(&input->tail, &tail_ops, stage->scope);
    return &input->sink;
}

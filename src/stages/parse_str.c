#include "stages/parse_str.h"

#include "base/mem.h"
#include "run/message.h"
#include "run/scope.h"
#include "stages/parse_text.h"

enum { MAX_TEXT = 64 << 20 }; /* bytes of one chunk */

struct parse_str_stage {
    struct sink in;
    struct sink *out;
    bool refused; /* an input that holds no text came */
};

static enum flow push_text(struct sink *sink, const struct chunk *chunk)
{
    struct parse_str_stage *stage = container_of(sink, struct parse_str_stage, in);
    if (json_is_string(chunk->value))
        return sink_push(stage->out, chunk);
    json_t *content = json_object_get(chunk->value, "content");
    if (json_is_string(content))
        return sink_push_value(stage->out, content);
    struct buf text;
    buf_init(&text, MAX_TEXT);
    stage->refused = !message_add_text(&text, chunk->value);
    json_auto_t *value = json_stringn_nocheck(buf_str(&text), text.len);
    buf_fini(&text);
    return stage->refused ? FLOW_STOP : sink_push_value(stage->out, value);
}

static void end_text(struct sink *sink, const struct outcome *outcome)
{
    struct parse_str_stage *stage = container_of(sink, struct parse_str_stage, in);
    if (outcome->kind == OUTCOME_WELL && stage->refused)
        sink_fail(stage->out, LS_BAD_VALUE, "str: the input is neither a message nor text");
    else
        sink_done(stage->out, outcome);
}

static const struct sink_ops parse_str_sink_ops = {push_text, end_text};

static struct sink *parse_str_open(const struct runnable *runnable, struct scope *scope,
                                   const struct call *call, struct sink *out)
{
    (void)runnable, (void)call;
    struct parse_str_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->out = out;
    sink_init(&stage->in, &parse_str_sink_ops, scope);
    return &stage->in;
}

static json_t *parse_str_output_schema(const struct runnable *runnable)
{
    json_t *schema = runnable_any_schema(runnable, "Output");
    json_object_set_new(schema, "type", json_string("string"));
    return schema;
}

static const struct runnable_ops parse_str_ops = {
    .type = "StrOutputParser",
    .step = STEP_PARSER,
    .streams = true,
    .open = parse_str_open,
    .input_schema = parse_input_schema,
    .output_schema = parse_str_output_schema,
};

struct runnable *parse_str_new(void)
{
    struct runnable *runnable = mem_alloc(sizeof *runnable);
    runnable_init(runnable, &parse_str_ops, NULL);
    return runnable;
}

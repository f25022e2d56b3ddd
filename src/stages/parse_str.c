#include "stages/parse_str.h"

#include "base/mem.h"
#include "run/message.h"
#include "run/scope.h"
#include "stages/parse_text.h"

enum { MAX_TEXT = 64 << 20 }; /* bytes of one chunk */

struct parse_str_stage {
    struct sink in;
    struct sink *out;
    bool refused;        /* an input came that can have no text */
    bool found, lacking; /* text came; a piece of an object without text came */
};

/* A text that stands instead of what came before, below how many keys ever, is the whole text. */
static enum flow push_as(struct parse_str_stage *stage, const struct chunk *chunk, json_t *text)
{
    struct chunk made = {.value = text,
                         .replaces = chunk->replaces < 0 ? CHUNK_ADDS : CHUNK_REPLACES};
    stage->found = true;
    return sink_push(stage->out, &made);
}

/* An object without text: the text may come with another piece, or came already. */
static enum flow pass_piece(struct parse_str_stage *stage, const struct chunk *chunk)
{
    stage->lacking = true;
    if (chunk->replaces != CHUNK_REPLACES || !stage->found)
        return FLOW_ON;
    json_auto_t *none = json_string("");
    enum flow flow = push_as(stage, chunk, none);
    stage->found = false;
    return flow;
}

static enum flow push_text(struct sink *sink, const struct chunk *chunk)
{
    struct parse_str_stage *stage = container_of(sink, struct parse_str_stage, in);
    json_t *content = json_object_get(chunk->value, "content");
    if (json_is_string(chunk->value) || json_is_string(content))
        return push_as(stage, chunk, content ? content : chunk->value);
    if (parse_is_piece(chunk->value))
        return pass_piece(stage, chunk);
    struct buf text;
    buf_init(&text, MAX_TEXT);
    stage->refused = !message_add_text(&text, chunk->value);
    json_auto_t *value = json_stringn_nocheck(buf_str(&text), text.len);
    buf_fini(&text);
    return stage->refused ? FLOW_STOP : push_as(stage, chunk, value);
}

static const char no_text[] = "str: the input is neither a message nor text";

/* The input is `value`, whatever its chunks were; null is no input. */
static void end_with(struct parse_str_stage *stage, json_t *value)
{
    struct buf text;
    buf_init(&text, MAX_TEXT);
    bool found = message_add_text(&text, value);
    json_auto_t *whole = json_stringn_nocheck(buf_str(&text), text.len);
    buf_fini(&text);
    bool none = json_is_null(value);
    struct outcome outcome = found || none ? outcome_well : outcome_error(LS_BAD_VALUE, no_text);
    outcome.value = found ? whole : none ? value : NULL;
    sink_done(stage->out, &outcome);
}

static void end_text(struct sink *sink, const struct outcome *outcome)
{
    struct parse_str_stage *stage = container_of(sink, struct parse_str_stage, in);
    if (outcome->kind == OUTCOME_WELL && outcome->value)
        end_with(stage, outcome->value);
    else if (outcome->kind == OUTCOME_WELL && (stage->refused || (stage->lacking && !stage->found)))
        sink_fail(stage->out, LS_BAD_VALUE, no_text);
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
    stage->in.takes_text = true;
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
    .trace = TRACE_TRANSFORM,
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

/* While it streams, each piece of a call gives a snapshot of all calls so far; of long calls not
 * each, so that the cost stays in proportion to what is said. */
#include "stages/parse_tools.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "run/gather.h"
#include "run/message.h"
#include "run/scope.h"
#include "stages/parse_text.h"

enum {
    SHOWN_ALWAYS = 4096, /* bytes of arguments up to which each piece is shown */
    SHOWN_PART = 32,     /* beyond that, once they have grown by that part */
};

struct parse_tools {
    struct runnable runnable;
    struct tool_results_options options;
    struct tool *tools;
    char *key_name;
};

struct tools_stage {
    struct sink in;
    struct sink *out;
    const struct parse_tools *parser;
    bool streaming, begun; /* begun: a chunk was read */
    struct gather message;
    size_t len, shown_len; /* bytes of arguments, and how many there were in the last snapshot */
    json_t *last;          /* the value that was shown; NULL: none */
};

static struct parse_tools *as_tools(const struct runnable *runnable)
{
    return container_of(runnable, struct parse_tools, runnable);
}

static enum flow show(struct tools_stage *stage, json_t *value)
{
    if (stage->last && json_equal(stage->last, value))
        return FLOW_ON;
    const struct chunk chunk = {.value = value,
                                .replaces = stage->last ? CHUNK_REPLACES : CHUNK_ADDS};
    json_decref(stage->last);
    stage->last = json_incref(value);
    return sink_push(stage->out, &chunk);
}

static size_t arguments_len(const json_t *message)
{
    size_t len = 0, i;
    json_t *piece;
    json_array_foreach(json_object_get(message, "tool_call_chunks"), i, piece)
        len += json_string_length(json_object_get(piece, "args"));
    return len;
}

/* The message so far; a single piece may not say yet which calls it makes.  `sum` is taken over. */
static json_t *with_calls(json_t *sum)
{
    bool reads = sum && message_is_chunk(sum) &&
                 json_array_size(json_object_get(sum, "tool_call_chunks")) > 0 &&
                 json_array_size(json_object_get(sum, "tool_calls")) == 0;
    if (!reads)
        return sum;
    json_t *message = json_copy(sum);
    message_read_tool_calls(message);
    json_decref(sum);
    return message;
}

/* Whether a chunk may change what is shown: the first, and what tells of calls. */
static bool tells(const struct tools_stage *stage, const json_t *chunk)
{
    const json_t *more = json_object_get(chunk, "additional_kwargs");
    return !stage->begun || json_array_size(json_object_get(chunk, "tool_call_chunks")) > 0 ||
           json_array_size(json_object_get(chunk, "tool_calls")) > 0 ||
           json_object_get(more, "tool_calls");
}

static bool is_due(const struct tools_stage *stage)
{
    size_t grown = stage->len - stage->shown_len;
    return stage->len <= SHOWN_ALWAYS || grown >= stage->len / SHOWN_PART;
}

static enum flow tools_push(struct sink *sink, const struct chunk *chunk)
{
    struct tools_stage *stage = container_of(sink, struct tools_stage, in);
    gather_add(&stage->message, chunk);
    stage->len += arguments_len(chunk->value);
    bool silent = !chunk->replaces && !tells(stage, chunk->value);
    if (!stage->streaming || !json_is_object(chunk->value) || silent || !is_due(stage))
        return FLOW_ON;
    stage->begun = true;
    stage->shown_len = stage->len;
    struct buf why;
    json_auto_t *message = with_calls(gather_peek(&stage->message));
    json_auto_t *value = NULL;
    buf_init(&why, PARSE_WHY_MAX);
    enum ls_err err = tool_results(&value, message, &stage->parser->options, true, &why);
    buf_fini(&why);
    return err || json_is_null(value) ? FLOW_ON : show(stage, value);
}

static void finish(struct tools_stage *stage, const json_t *message)
{
    struct buf why;
    json_auto_t *value = NULL;
    const struct tool_results_options *options = &stage->parser->options;
    bool partial = stage->streaming && options->count == 0;
    enum ls_err err = LS_PARSE_FAILED;
    buf_init(&why, PARSE_WHY_MAX);
    if (json_is_object(message))
        err = tool_results(&value, message, options, partial, &why);
    else
        buf_add_str(&why, "This output parser can only be used with a chat generation.");
    if (!err && !(stage->streaming && json_is_null(value)))
        (void)show(stage, value);
    if (err)
        sink_fail(stage->out, err, buf_str(&why));
    else
        sink_done(stage->out, &outcome_well);
    buf_fini(&why);
}

static void tools_done(struct sink *sink, const struct outcome *outcome)
{
    struct tools_stage *stage = container_of(sink, struct tools_stage, in);
    json_auto_t *sum = with_calls(gather_take(&stage->message));
    json_t *message = outcome->value ? outcome->value : sum;
    if (outcome->kind != OUTCOME_WELL || (!message && stage->streaming))
        sink_done(stage->out, outcome);
    else
        finish(stage, message);
}

static const struct sink_ops tools_sink_ops = {tools_push, tools_done};

static void drop(void *ptr)
{
    struct tools_stage *stage = ptr;
    gather_fini(&stage->message);
    json_decref(stage->last);
}

static struct sink *tools_open(const struct runnable *runnable, struct scope *scope,
                               const struct call *call, struct sink *out)
{
    struct tools_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->parser = as_tools(runnable);
    stage->out = out;
    stage->streaming = call->streaming && call->tag; /* what stands alone is given all at once */
    gather_init(&stage->message);
    sink_init(&stage->in, &tools_sink_ops, scope);
    arena_defer(scope->arena, drop, stage);
    return &stage->in;
}

static void tools_fini(struct runnable *runnable)
{
    struct parse_tools *parser = as_tools(runnable);
    for (size_t i = 0; i < parser->options.count; i++) {
        free(parser->tools[i].name);
        schema_free(&parser->tools[i].schema);
    }
    free(parser->tools);
    free(parser->key_name);
}

#define TOOLS_OPS(name)                                                                 \
    {                                                                                   \
        .type = (name), .step = STEP_PARSER, .trace = TRACE_TRANSFORM, .streams = true, \
        .open = tools_open, .input_schema = parse_input_schema, .fini = tools_fini,     \
    }

static const struct runnable_ops json_tools_ops = TOOLS_OPS("JsonOutputToolsParser");
static const struct runnable_ops key_tools_ops = TOOLS_OPS("JsonOutputKeyToolsParser");
static const struct runnable_ops pydantic_tools_ops = TOOLS_OPS("PydanticToolsParser");

struct runnable *parse_tools_new(const struct tool_results_options *options)
{
    struct parse_tools *parser = mem_alloc(sizeof *parser);
    const struct runnable_ops *ops = options->count > 0  ? &pydantic_tools_ops
                                     : options->key_name ? &key_tools_ops
                                                         : &json_tools_ops;
    runnable_init(&parser->runnable, ops, NULL);
    parser->options = *options;
    parser->tools = options->tools;
    parser->key_name = options->key_name ? mem_strdup(options->key_name) : NULL;
    parser->options.key_name = parser->key_name;
    return &parser->runnable;
}

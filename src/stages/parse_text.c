#include "stages/parse_text.h"

#include "run/gather.h"
#include "run/message.h"
#include "run/scope.h"
#include "schema/well_known.h"

enum { MAX_TEXT = 64 << 20 }; /* bytes of one chunk */

struct parse_stage {
    struct sink in;
    struct sink *out;
    const struct text_reader *reader;
    const struct runnable *runnable;
    void *state;
    bool streaming;
    bool refused;        /* an input came that can have no text */
    bool found, lacking; /* text came; a piece of an object without text came */
    enum ls_err err;     /* of feeding */
    struct gather shown; /* streaming: the sum of what was pushed */
};

bool parse_text_of(const json_t *value, struct buf *scratch, const char **text, size_t *len)
{
    const json_t *content = json_is_object(value) ? json_object_get(value, "content") : value;
    if (json_is_string(content)) {
        *text = json_string_value(content);
        *len = json_string_length(content);
        return true;
    }
    bool found = message_add_text(scratch, value);
    *text = buf_str(scratch);
    *len = scratch->len;
    return found;
}

bool parse_is_piece(const json_t *value)
{
    const json_t *content = json_object_get(value, "content");
    return json_is_object(value) && (!content || json_is_null(content));
}

static void feed(struct parse_stage *stage, const json_t *value)
{
    struct buf scratch;
    const char *text;
    size_t len;
    buf_init(&scratch, MAX_TEXT);
    stage->found = parse_text_of(value, &scratch, &text, &len);
    if (stage->found)
        stage->err = stage->reader->feed(stage->state, text, len);
    else
        stage->refused = true;
    buf_fini(&scratch);
}

/* A text that stands instead of all that came before is read from its beginning. */
static void start_over(struct parse_stage *stage)
{
    stage->reader->end(stage->state);
    stage->state = stage->reader->begin(stage->runnable);
    stage->found = stage->refused = false;
}

static enum flow show(struct parse_stage *stage, json_t *value, int replaces)
{
    struct chunk chunk = {.value = value, .replaces = replaces};
    gather_add(&stage->shown, &chunk);
    return sink_push(stage->out, &chunk);
}

static enum flow parse_push(struct sink *sink, const struct chunk *chunk)
{
    struct parse_stage *stage = container_of(sink, struct parse_stage, in);
    bool piece = parse_is_piece(chunk->value);
    bool again = chunk->replaces == CHUNK_REPLACES || (chunk->replaces > 0 && !piece);
    if (again)
        start_over(stage);
    if (piece)
        stage->lacking = true;
    else
        feed(stage, chunk->value);
    if (stage->err || stage->refused)
        return FLOW_STOP;
    json_auto_t *ready = stage->streaming ? stage->reader->ready(stage->state) : NULL;
    if (!ready)
        return FLOW_ON;
    bool replaces = stage->reader->snapshots || again;
    return show(stage, ready, replaces ? CHUNK_REPLACES : CHUNK_ADDS);
}

/* Whether the list `whole` begins with the items of `part`. */
static bool begins_with(const json_t *whole, const json_t *part)
{
    size_t i;
    json_t *item;
    json_array_foreach(part, i, item)
        if (!json_equal(item, json_array_get(whole, i)))
            return false;
    return json_is_array(whole) && json_is_array(part);
}

/* Pushes what `value` has beyond what was shown; objects that are no snapshots only add. */
static void show_rest(struct parse_stage *stage, json_t *value)
{
    if (json_is_object(value) && !stage->reader->snapshots) {
        (void)show(stage, value, CHUNK_ADDS);
        return;
    }
    json_auto_t *shown = gather_peek(&stage->shown);
    if (shown && json_equal(shown, value))
        return;
    if (stage->reader->snapshots || !begins_with(value, shown)) {
        (void)show(stage, value, shown ? CHUNK_REPLACES : CHUNK_ADDS);
        return;
    }
    json_auto_t *rest = json_array();
    for (size_t i = json_array_size(shown); i < json_array_size(value); i++)
        json_array_append(rest, json_array_get(value, i));
    (void)show(stage, rest, CHUNK_ADDS);
}

static void finish(struct parse_stage *stage)
{
    struct buf why;
    json_auto_t *value = NULL;
    buf_init(&why, PARSE_WHY_MAX);
    enum ls_err err =
        stage->err == LS_TOO_BIG ? stage->err : stage->reader->finish(stage->state, &value, &why);
    if (!err && value)
        show_rest(stage, value);
    if (err)
        sink_fail(stage->out, err, why.len > 0 ? buf_str(&why) : NULL);
    else
        sink_done(stage->out, &outcome_well);
    buf_fini(&why);
}

/* The input is `value`, whatever its chunks were; null is no input. */
static void read_again(struct parse_stage *stage, const json_t *value)
{
    start_over(stage);
    stage->lacking = false;
    if (!json_is_null(value))
        feed(stage, value);
}

static void parse_done(struct sink *sink, const struct outcome *outcome)
{
    struct parse_stage *stage = container_of(sink, struct parse_stage, in);
    if (outcome->kind == OUTCOME_WELL && outcome->value)
        read_again(stage, outcome->value);
    bool any_came = stage->found || stage->lacking || stage->refused;
    if (outcome->kind != OUTCOME_WELL)
        sink_done(stage->out, outcome);
    else if (stage->streaming && stage->reader->needs_text && !any_came)
        sink_done(stage->out, &outcome_well);
    else if (stage->refused || (stage->lacking && !stage->found))
        sink_fail(stage->out, LS_BAD_VALUE, "a parser's input is a message or text");
    else
        finish(stage);
}

static const struct sink_ops parse_ops = {parse_push, parse_done};

static void drop(void *ptr)
{
    struct parse_stage *stage = ptr;
    stage->reader->end(stage->state);
    gather_fini(&stage->shown);
}

void parse_quote(struct buf *why, const char *text, size_t len)
{
    size_t shown = len < PARSE_QUOTE_MAX ? len : PARSE_QUOTE_MAX;
    while (shown < len && shown > 0 && ((unsigned char)text[shown] & 0xc0) == 0x80)
        shown--;
    buf_add(why, text, shown);
    buf_add_str(why, shown < len ? "…" : "");
}

struct sink *parse_text_open(const struct text_reader *reader, const struct runnable *runnable,
                             struct scope *scope, const struct call *call, struct sink *out)
{
    struct parse_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->reader = reader;
    stage->runnable = runnable;
    stage->state = reader->begin(runnable);
    stage->out = out;
    stage->streaming = call->streaming;
    gather_init(&stage->shown);
    sink_init(&stage->in, &parse_ops, scope);
    stage->in.takes_text = true;
    arena_defer(scope->arena, drop, stage);
    return &stage->in;
}

json_t *parse_input_schema(const struct runnable *runnable)
{
    json_auto_t *message = well_known_message("");
    json_auto_t *defs = well_known_take_defs(message);
    json_object_del(message, "title");
    json_auto_t *title = json_sprintf("%sInput", runnable->name);
    return json_pack("{s:O,s:[{s:s},O],s:O}", "$defs", defs, "anyOf", "type", "string", message,
                     "title", title);
}

json_t *parse_list_output_schema(const struct runnable *runnable)
{
    json_t *schema = json_pack("{s:{s:s}}", "items", "type", "string");
    json_auto_t *rest = runnable_any_schema(runnable, "Output");
    json_object_update(schema, rest);
    json_object_set_new(schema, "type", json_string("array"));
    return schema;
}

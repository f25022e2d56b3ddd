/* https://docs.langchain.com: Runnable.astream_events.  The order of keys is that of LangChain's
 * own events, which differs between starts, chunks, ends and the two versions. */
#include "observe/event_stream.h"

#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/list.h"
#include "observe/step_text.h"

/* What is kept about a step: the parts that its events share, printed. */
struct notes {
    const char *name, *tags, *id, *metadata, *parents; /* "\"name\":…", and so on */
    const char *before_chunk, *behind_chunk;
    size_t before_len, behind_len;
    json_t *input; /* as told at its start, where it has names there */
};

static struct event_stream *stream_of(const struct listener *l)
{
    return container_of(l->observer, struct event_stream, observer);
}

static const char *keep(struct arena *arena, struct buf *text)
{
    const char *kept = arena_strndup(arena, buf_str(text), text->len);
    buf_reset(text);
    return kept;
}

/* LangChain's first event in version 2 is tapped from outside the run, so it has a standard form
 * although it may be a model's; a model's own chunks put their data first. */
static void print_around_chunk(const struct event_stream *stream, const struct step *step,
                               struct notes *notes)
{
    struct arena *arena = step->arena;
    const char *type = step_type_word(step);
    if (stream->v1 && !step->parent)
        notes->before_chunk =
            arena_printf(arena,
                         "{\"event\":\"on_%s_stream\",%s,%s,%s,%s,\"data\":{\"chunk\":", type,
                         notes->id, notes->tags, notes->metadata, notes->name);
    else if (stream->v1)
        notes->before_chunk =
            arena_printf(arena,
                         "{\"event\":\"on_%s_stream\",%s,%s,%s,%s,\"data\":{\"chunk\":", type,
                         notes->name, notes->id, notes->tags, notes->metadata);
    else if (step_is_model(step) && step->parent)
        notes->before_chunk =
            arena_printf(arena, "{\"event\":\"on_%s_stream\",\"data\":{\"chunk\":", type);
    else
        notes->before_chunk =
            arena_printf(arena,
                         "{\"event\":\"on_%s_stream\",%s,%s,%s,%s,\"data\":{\"chunk\":", type,
                         notes->id, notes->name, notes->tags, notes->metadata);
    if (!stream->v1 && step_is_model(step) && step->parent)
        notes->behind_chunk = arena_printf(arena, "},%s,%s,%s,%s,%s}", notes->id, notes->name,
                                           notes->tags, notes->metadata, notes->parents);
    else
        notes->behind_chunk = arena_printf(arena, "},%s}", notes->parents);
    notes->before_len = strlen(notes->before_chunk);
    notes->behind_len = strlen(notes->behind_chunk);
}

static struct notes *make_notes(const struct event_stream *stream, const struct step *step)
{
    struct notes *notes = arena_zalloc(step->arena, sizeof *notes);
    struct buf text;
    buf_init(&text, 64 << 20);
    buf_add_str(&text, "\"name\":");
    step_print_string(&text, step->name);
    notes->name = keep(step->arena, &text);
    buf_add_str(&text, "\"tags\":");
    (void)json_print(&text, step_tags(step), JSON_SSE);
    notes->tags = keep(step->arena, &text);
    buf_add_str(&text, "\"run_id\":");
    step_print_id(&text, &step->id);
    notes->id = keep(step->arena, &text);
    buf_add_str(&text, "\"metadata\":");
    step_print_metadata(&text, stream->v1 && !step->parent ? step->given_metadata : step->metadata);
    notes->metadata = keep(step->arena, &text);
    buf_add_str(&text, "\"parent_ids\":");
    if (stream->v1)
        buf_add_str(&text, "[]");
    else
        step_print_parents(&text, step);
    notes->parents = keep(step->arena, &text);
    buf_fini(&text);
    print_around_chunk(stream, step, notes);
    return notes;
}

static unsigned wants(struct listener *l)
{
    struct event_stream *stream = stream_of(l);
    if (!event_filter_passes(stream->filter, l->step, step_type_word(l->step)))
        return WANTS_NOTHING;
    l->notes = make_notes(stream, l->step);
    unsigned wants = WANTS_START | WANTS_END | WANTS_OUTPUT;
    if (step_tells_chunks(l->step) || (stream->v1 && !l->step->parent))
        wants |= WANTS_CHUNKS;
    if (!step_names_input(l->step) && l->step->parent)
        wants |= WANTS_INPUT;
    return wants;
}

static size_t limit_of(const struct event_stream *stream, const struct step *step)
{
    return step->parent ? stream->max_bytes : 0;
}

static void print_member(struct event_stream *stream, const struct listener *l, const char *before,
                         json_t *value)
{
    buf_add_str(stream->emitter->out, before);
    step_print_value(stream->emitter->out, value, limit_of(stream, l->step));
}

/* The first event of all shows the input of the whole run. */
static void print_start_data(struct event_stream *stream, const struct listener *l, json_t *first)
{
    const struct notes *notes = l->notes;
    struct buf *out = stream->emitter->out;
    buf_add_str(out, "\"data\":{");
    if (!stream->began && (!stream->v1 || !l->step->parent)) {
        buf_add_str(out, "\"input\":");
        step_print_value(out, stream->input, 0);
    } else if (notes->input || !step_tells_input_late(l->step)) {
        print_member(stream, l, "\"input\":", notes->input ? notes->input : first);
    }
    buf_add_char(out, '}');
}

static void start(struct listener *l, json_t *first)
{
    struct event_stream *stream = stream_of(l);
    struct notes *notes = l->notes;
    struct buf *out = stream->emitter->out;
    if (step_names_input(l->step)) {
        json_t *input = step_named_input(l->step, first);
        if (!input)
            return;
        notes->input = arena_give_json(l->step->arena, input);
    }
    stream->emitter->begin(stream->emitter);
    buf_printf(out, "{\"event\":\"on_%s_start\",", step_type_word(l->step));
    if (stream->v1) {
        bool root = !l->step->parent;
        buf_printf(out, "%s,%s,%s,%s,", root ? notes->id : notes->name,
                   root ? notes->name : notes->id, notes->tags, notes->metadata);
        print_start_data(stream, l, first);
        buf_printf(out, ",%s}", notes->parents);
    } else {
        print_start_data(stream, l, first);
        buf_printf(out, ",%s,%s,%s,%s,%s}", notes->name, notes->tags, notes->id, notes->metadata,
                   notes->parents);
    }
    if (!stream->began)
        stream->first = l->step->id;
    stream->began = true;
    (void)stream->emitter->end(stream->emitter);
}

/* A chunk of a model of texts is a generation in version 2, but for the root's. */
static json_t *shown_chunk(const struct event_stream *stream, const struct step *step,
                           json_t *value)
{
    bool generation = step->runnable->ops->step == STEP_LLM && !stream->v1 && step->parent;
    return generation ? step_generation(value) : json_incref(value);
}

static enum flow chunk(struct listener *l, const struct chunk *chunk)
{
    struct event_stream *stream = stream_of(l);
    const struct notes *notes = l->notes;
    struct buf *out = stream->emitter->out;
    stream->emitter->begin(stream->emitter);
    buf_add(out, notes->before_chunk, notes->before_len);
    json_auto_t *shown = shown_chunk(stream, l->step, chunk->value);
    step_print_value(out, shown, limit_of(stream, l->step));
    buf_add(out, notes->behind_chunk, notes->behind_len);
    return stream->emitter->end(stream->emitter);
}

/* What Python takes for nothing is shown as {}. */
static bool is_nothing(const json_t *value)
{
    return !value || json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_number(value) && json_number_value(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

static void print_end_input(struct event_stream *stream, const struct listener *l,
                            const char *before, json_t *input)
{
    const struct notes *notes = l->notes;
    if (notes->input)
        print_member(stream, l, before, notes->input);
    else if (!is_nothing(input))
        print_member(stream, l, before, input);
    else
        buf_printf(stream->emitter->out, "%s{}", before);
}

/* What a model of texts gave is no plain text here. */
static json_t *shown_v2_output(const struct step *step, json_t *output)
{
    if (step->runnable->ops->step != STEP_LLM)
        return json_incref(output);
    json_t *result = step_model_result(step, output);
    json_object_del(result, "run");
    json_object_del(result, "type");
    return result;
}

/* A step inside shows its output by name, where it has names. */
static json_t *shown_v1_output(const struct step *step, json_t *output)
{
    if (!step->parent)
        return json_incref(output);
    if (step_is_model(step))
        return step_model_result(step, output);
    if (step->runnable->ops->step == STEP_RETRIEVER)
        return json_pack("{s:O?}", "documents", output);
    return json_incref(output);
}

static void print_v2_end(struct event_stream *stream, const struct listener *l, json_t *input,
                         json_t *output)
{
    const struct notes *notes = l->notes;
    json_auto_t *shown = shown_v2_output(l->step, output);
    print_member(stream, l, "\"data\":{\"output\":", shown);
    if (memcmp(&l->step->id, &stream->first, sizeof stream->first) != 0)
        print_end_input(stream, l, ",\"input\":", input);
    buf_printf(stream->emitter->out, "},%s,%s,%s,%s,%s}", notes->id, notes->name, notes->tags,
               notes->metadata, notes->parents);
}

static void print_v1_end(struct event_stream *stream, const struct listener *l, json_t *input,
                         json_t *output)
{
    const struct notes *notes = l->notes;
    buf_printf(stream->emitter->out, "%s,%s,%s,%s,\"data\":{", notes->name, notes->id, notes->tags,
               notes->metadata);
    if (l->step->parent && (notes->input || input)) {
        print_member(stream, l, "\"input\":", notes->input ? notes->input : input);
        buf_add_char(stream->emitter->out, ',');
    }
    json_auto_t *shown = shown_v1_output(l->step, output);
    print_member(stream, l, "\"output\":", shown);
    buf_printf(stream->emitter->out, "},%s}", notes->parents);
}

static void end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    struct event_stream *stream = stream_of(l);
    if (outcome->kind != OUTCOME_WELL)
        return;
    stream->emitter->begin(stream->emitter);
    buf_printf(stream->emitter->out, "{\"event\":\"on_%s_end\",", step_type_word(l->step));
    if (stream->v1)
        print_v1_end(stream, l, input, output);
    else
        print_v2_end(stream, l, input, output);
    (void)stream->emitter->end(stream->emitter);
}

static const struct observer_ops ops = {wants, start, chunk, end};

void event_stream_init(struct event_stream *stream)
{
    stream->observer.ops = &ops;
    stream->began = false;
}

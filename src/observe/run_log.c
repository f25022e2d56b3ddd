/* https://docs.langchain.com: Runnable.astream_log.  Names are escaped as RFC 6901 has it, so that
 * any reader of patches can apply them. */
#include "observe/run_log.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/list.h"
#include "observe/step_text.h"
#include "run/message.h"

/* What is kept about a step. */
struct notes {
    const char *path; /* "/logs/NAME" as the inside of a JSON string; NULL: it never began */
};

static struct run_log *log_of(const struct listener *l)
{
    return container_of(l->observer, struct run_log, observer);
}

/* The log's words differ: a chat model is an "llm". */
static const char *type_word(const struct step *step)
{
    return step_is_model(step) ? "llm" : step_type_word(step);
}

/* `name` as a part of a JSON pointer, then as the inside of a JSON string. */
static void add_pointer_part(struct buf *out, const char *name)
{
    struct buf escaped;
    buf_init(&escaped, 1 << 20);
    for (const char *at = name; *at; at++) {
        if (*at == '~')
            buf_add_str(&escaped, "~0");
        else if (*at == '/')
            buf_add_str(&escaped, "~1");
        else
            buf_add_char(&escaped, *at);
    }
    size_t start = out->len;
    (void)json_print_string(out, buf_str(&escaped), escaped.len, JSON_SSE);
    buf_fini(&escaped);
    if (out->len < start + 2)
        return;
    memmove(out->data + start, out->data + start + 1, out->len - start - 2);
    buf_cut(out, out->len - 2);
}

/* A second step of a name is NAME:2. */
static const char *path_of(struct run_log *log, const struct step *step)
{
    json_int_t count = json_integer_value(json_object_get(log->counts, step->name)) + 1;
    json_object_set_new(log->counts, step->name, json_integer(count));
    struct buf path;
    buf_init(&path, 1 << 20);
    buf_add_str(&path, "/logs/");
    add_pointer_part(&path, step->name);
    if (count > 1)
        buf_printf(&path, ":%lld", (long long)count);
    const char *kept = arena_strndup(step->arena, buf_str(&path), path.len);
    buf_fini(&path);
    return kept;
}

static unsigned wants(struct listener *l)
{
    struct run_log *log = log_of(l);
    if (!l->step->parent)
        return WANTS_START;
    if (!event_filter_passes(log->filter, l->step, type_word(l->step)))
        return WANTS_NOTHING;
    l->notes = arena_zalloc(l->step->arena, sizeof(struct notes));
    return WANTS_START | WANTS_END | WANTS_OUTPUT |
           (step_tells_chunks(l->step) ? WANTS_CHUNKS : WANTS_NOTHING);
}

static struct buf *begin(struct run_log *log)
{
    log->emitter->begin(log->emitter);
    buf_add_str(log->emitter->out, "{\"ops\":[");
    return log->emitter->out;
}

static enum flow finish(struct run_log *log)
{
    buf_add_str(log->emitter->out, "]}");
    return log->emitter->end(log->emitter);
}

static void print_root(struct buf *out, const struct step *step)
{
    buf_add_str(out, "{\"op\":\"replace\",\"path\":\"\",\"value\":{\"id\":");
    step_print_id(out, &step->id);
    buf_add_str(out, ",\"streamed_output\":[],\"final_output\":null,\"logs\":{},\"name\":");
    step_print_string(out, step->name);
    buf_printf(out, ",\"type\":\"%s\"}}", type_word(step));
}

static void print_entry(struct buf *out, const struct step *step, const char *path)
{
    buf_printf(out, "{\"op\":\"add\",\"path\":\"%s\",\"value\":{\"id\":", path);
    step_print_id(out, &step->id);
    buf_add_str(out, ",\"name\":");
    step_print_string(out, step->name);
    buf_printf(out, ",\"type\":\"%s\",\"tags\":", type_word(step));
    (void)json_print(out, step_tags(step), JSON_SSE);
    buf_add_str(out, ",\"metadata\":");
    step_print_metadata(out, step->metadata);
    buf_add_str(out, ",\"start_time\":");
    step_print_time(out, step->began_us);
    buf_add_str(out, ",\"streamed_output\":[],\"streamed_output_str\":[],\"final_output\":null,"
                     "\"end_time\":null}}");
}

static void start(struct listener *l, json_t *first)
{
    struct run_log *log = log_of(l);
    struct notes *notes = l->notes;
    if (step_is_model(l->step)) {
        json_auto_t *input = step_named_input(l->step, first);
        if (notes && !input)
            return;
    }
    struct buf *out = begin(log);
    if (notes) {
        notes->path = path_of(log, l->step);
        print_entry(out, l->step, notes->path);
    } else {
        print_root(out, l->step);
    }
    (void)finish(log);
}

static void print_text_of(struct buf *out, const json_t *value)
{
    struct buf text;
    buf_init(&text, 64 << 20);
    (void)message_add_text(&text, value);
    (void)json_print_string(out, buf_str(&text), text.len, JSON_SSE);
    buf_fini(&text);
}

static enum flow chunk(struct listener *l, const struct chunk *chunk)
{
    struct run_log *log = log_of(l);
    const struct notes *notes = l->notes;
    struct buf *out = begin(log);
    if (step_is_model(l->step)) {
        buf_printf(out,
                   "{\"op\":\"add\",\"path\":\"%s/streamed_output_str/-\",\"value\":", notes->path);
        print_text_of(out, chunk->value);
        buf_add_str(out, "},");
    }
    buf_printf(out, "{\"op\":\"add\",\"path\":\"%s/streamed_output/-\",\"value\":", notes->path);
    step_print_value(out, chunk->value, log->max_bytes);
    buf_add_char(out, '}');
    return finish(log);
}

/* Whether `value` is an object of LangChain's and no plain one: it says its type, and has what its
 * type must have. */
static bool is_typed(const json_t *value)
{
    static const char *const marks[] = {"content", "messages", "page_content",
                                        "text",    "log",      "generations"};
    for (size_t i = 0; json_get_string(value, "type") && i < sizeof marks / sizeof *marks; i++)
        if (json_object_get(value, marks[i]))
            return true;
    return false;
}

/* A final output is an object: what is none, and what is an object of LangChain's, stands under
 * "output". */
static json_t *final_output(const struct step *step, const struct outcome *outcome, json_t *output)
{
    bool well = outcome->kind == OUTCOME_WELL;
    if (step_is_model(step))
        return step_model_result(step, well ? output : NULL);
    if (!well)
        return json_null();
    if (step->runnable->ops->step == STEP_RETRIEVER)
        return json_pack("{s:O?}", "documents", output);
    bool plain = json_is_object(output) && !is_typed(output);
    if (plain || step->runnable->ops->step == STEP_PROMPT)
        return json_incref(output);
    return json_pack("{s:O?}", "output", output);
}

static void end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    struct run_log *log = log_of(l);
    const struct notes *notes = l->notes;
    (void)input;
    if (!notes || !notes->path)
        return;
    json_auto_t *final = final_output(l->step, outcome, output);
    struct buf *out = begin(log);
    buf_printf(out, "{\"op\":\"add\",\"path\":\"%s/final_output\",\"value\":", notes->path);
    step_print_value(out, final, log->max_bytes);
    buf_printf(out, "},{\"op\":\"add\",\"path\":\"%s/end_time\",\"value\":", notes->path);
    step_print_time(out, clock_wall_us());
    buf_add_char(out, '}');
    (void)finish(log);
}

/* ---- the run's own output ---- */

struct place {
    struct buf path; /* "/final_output/…" as the inside of a JSON string */
    struct buf *out;
};

static void print_op(struct place *place, const char *op, json_t *value)
{
    buf_printf(place->out, ",{\"op\":\"%s\",\"path\":\"%s\",\"value\":", op, buf_str(&place->path));
    step_print_value(place->out, value, 0);
    buf_add_char(place->out, '}');
}

static void print_change(struct place *place, json_t *before, json_t *after, json_t *chunk);

/* The change of one member, where it is new, or where it is not. */
static void print_member(struct place *place, const char *key, json_t *before, json_t *after,
                         json_t *chunk)
{
    size_t len = place->path.len;
    buf_add_char(&place->path, '/');
    add_pointer_part(&place->path, key);
    if (before)
        print_change(place, before, after, chunk);
    else
        print_op(place, "add", after);
    buf_cut(&place->path, len);
}

/* New members come before changed ones, as in LangChain's patches. */
static void print_members(struct place *place, json_t *before, json_t *after, json_t *chunk)
{
    const char *key;
    json_t *part;
    json_object_foreach(chunk, key, part)
        if (!json_object_get(before, key))
            print_member(place, key, NULL, json_object_get(after, key), part);
    json_object_foreach(chunk, key, part)
        if (json_object_get(before, key))
            print_member(place, key, json_object_get(before, key), json_object_get(after, key),
                         part);
}

static void print_items(struct place *place, size_t before, json_t *after)
{
    for (size_t i = before; i < json_array_size(after); i++) {
        size_t len = place->path.len;
        buf_printf(&place->path, "/%zu", i);
        print_op(place, "add", json_array_get(after, i));
        buf_cut(&place->path, len);
    }
}

/* What `chunk` changed: only where it has something, so that the rest need not be compared. */
static void print_change(struct place *place, json_t *before, json_t *after, json_t *chunk)
{
    bool objects = json_is_object(before) && json_is_object(after) && json_is_object(chunk);
    bool lists = json_is_array(before) && json_is_array(after) && json_is_array(chunk) &&
                 json_array_size(after) == json_array_size(before) + json_array_size(chunk);
    if (objects && !is_typed(after))
        print_members(place, before, after, chunk);
    else if (lists)
        print_items(place, json_array_size(before), after);
    else if (!json_equal(before, after))
        print_op(place, "replace", after);
}

enum flow run_log_push(struct run_log *log, const struct chunk *chunk)
{
    gather_add(&log->whole, chunk);
    json_t *after = gather_peek(&log->whole);
    struct place place = {.out = begin(log)};
    buf_init(&place.path, 1 << 20);
    buf_add_str(&place.path, "/final_output");
    buf_add_str(place.out, "{\"op\":\"add\",\"path\":\"/streamed_output/-\",\"value\":");
    step_print_value(place.out, chunk->value, 0);
    buf_add_char(place.out, '}');
    if (chunk->replaces == CHUNK_REPLACES && !json_is_null(log->before))
        print_op(&place, "replace", after);
    else
        print_change(&place, log->before, after, chunk->value);
    buf_fini(&place.path);
    json_decref(log->before);
    log->before = after;
    return finish(log);
}

static const struct observer_ops ops = {wants, start, chunk, end};

void run_log_init(struct run_log *log)
{
    log->observer.ops = &ops;
    log->before = json_null();
    log->counts = json_object();
    gather_init(&log->whole);
}

void run_log_fini(struct run_log *log)
{
    json_decref(log->before);
    json_decref(log->counts);
    gather_fini(&log->whole);
}

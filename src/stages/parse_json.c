#include "stages/parse_json.h"

#include "base/mem.h"
#include "base/partial_json.h"
#include "stages/parse_text.h"

enum { MAX_JSON = 16 << 20 }; /* bytes of text that are read */

static void *json_begin(const struct runnable *runnable)
{
    (void)runnable;
    return partial_json_new(MAX_JSON);
}

static void json_end(void *state)
{
    struct partial_json *partial = state;
    partial_json_free(&partial);
}

static enum ls_err json_feed(void *state, const char *text, size_t len)
{
    return partial_json_feed(state, text, len);
}

static json_t *json_ready(void *state)
{
    return partial_json_snapshot(state);
}

static enum ls_err json_finish(void *state, json_t **value, struct buf *why)
{
    char sentence[PARTIAL_JSON_WHY_SIZE] = "";
    enum ls_err err = partial_json_finish(state, value, sentence);
    buf_add_str(why, sentence);
    return err;
}

static const struct text_reader json_reader = {
    .begin = json_begin,
    .end = json_end,
    .feed = json_feed,
    .ready = json_ready,
    .snapshots = true,
    .finish = json_finish,
};

static struct sink *parse_json_open(const struct runnable *runnable, struct scope *scope,
                                    const struct call *call, struct sink *out)
{
    return parse_text_open(&json_reader, runnable, scope, call, out);
}

static const struct runnable_ops parse_json_ops = {
    .type = "JsonOutputParser",
    .step = STEP_PARSER,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = parse_json_open,
    .input_schema = parse_input_schema,
};

struct runnable *parse_json_new(void)
{
    struct runnable *runnable = mem_alloc(sizeof *runnable);
    runnable_init(runnable, &parse_json_ops, NULL);
    return runnable;
}

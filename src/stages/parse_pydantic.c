#include "stages/parse_pydantic.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/partial_json.h"
#include "stages/parse_text.h"

enum { MAX_JSON = 16 << 20 }; /* bytes of text that are read */

struct parse_pydantic {
    struct runnable runnable;
    struct schema *schema;
};

struct checked_state {
    const struct schema *schema;
    struct partial_json *partial;
    json_t *last; /* the value that was shown; NULL: none */
};

static struct parse_pydantic *as_pydantic(const struct runnable *runnable)
{
    return container_of(runnable, struct parse_pydantic, runnable);
}

const char *parse_schema_name(const struct schema *schema)
{
    const char *title = json_get_string(schema_json(schema), "title");
    return title ? title : "the schema";
}

static void *checked_begin(const struct runnable *runnable)
{
    struct checked_state *state = mem_zalloc(1, sizeof *state);
    state->schema = as_pydantic(runnable)->schema;
    state->partial = partial_json_new(MAX_JSON);
    return state;
}

static void checked_end(void *ptr)
{
    struct checked_state *state = ptr;
    partial_json_free(&state->partial);
    json_decref(state->last);
    free(state);
}

static enum ls_err checked_feed(void *ptr, const char *text, size_t len)
{
    struct checked_state *state = ptr;
    return partial_json_feed(state->partial, text, len);
}

/* What has come so far, once it fits. */
static json_t *checked_ready(void *ptr)
{
    struct checked_state *state = ptr;
    json_auto_t *snapshot = partial_json_snapshot(state->partial);
    json_t *value = NULL;
    json_auto_t *errors = NULL;
    if (!snapshot || schema_decode(state->schema, snapshot, &value, &errors) != LS_OK)
        return NULL;
    if (state->last && json_equal(state->last, value)) {
        json_decref(value);
        return NULL;
    }
    json_decref(state->last);
    state->last = json_incref(value);
    return value;
}

static void tell_misfit(struct buf *why, const struct schema *schema, const json_t *value,
                        const json_t *errors)
{
    struct buf text;
    char *sentence = schema_errors_text(errors);
    buf_init(&text, MAX_JSON);
    (void)json_print(&text, value, JSON_WIRE);
    buf_printf(why, "Failed to parse %.200s from completion ", parse_schema_name(schema));
    parse_quote(why, buf_str(&text), text.len);
    buf_add_str(why, ". Got: ");
    parse_quote(why, sentence ? sentence : "", sentence ? strlen(sentence) : 0);
    buf_fini(&text);
    free(sentence);
}

static enum ls_err checked_finish(void *ptr, json_t **value, struct buf *why)
{
    struct checked_state *state = ptr;
    char sentence[PARTIAL_JSON_WHY_SIZE] = "";
    json_auto_t *read = NULL;
    json_auto_t *errors = NULL;
    enum ls_err err = partial_json_finish(state->partial, &read, sentence);
    buf_add_str(why, sentence);
    if (err)
        return err;
    if (schema_decode(state->schema, read, value, &errors) == LS_OK)
        return LS_OK;
    tell_misfit(why, state->schema, read, errors);
    return LS_PARSE_FAILED;
}

static const struct text_reader checked_reader = {
    .begin = checked_begin,
    .end = checked_end,
    .feed = checked_feed,
    .ready = checked_ready,
    .snapshots = true,
    .finish = checked_finish,
};

static struct sink *pydantic_open(const struct runnable *runnable, struct scope *scope,
                                  const struct call *call, struct sink *out)
{
    return parse_text_open(&checked_reader, runnable, scope, call, out);
}

static json_t *pydantic_output_schema(const struct runnable *runnable)
{
    json_t *schema = json_copy(schema_json(as_pydantic(runnable)->schema));
    if (!json_object_get(schema, "title"))
        json_object_set_new(schema, "title", runnable_title(runnable, "Output"));
    return schema;
}

static void pydantic_fini(struct runnable *runnable)
{
    schema_free(&as_pydantic(runnable)->schema);
}

static const struct runnable_ops pydantic_ops = {
    .type = "PydanticOutputParser",
    .step = STEP_PARSER,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = pydantic_open,
    .input_schema = parse_input_schema,
    .output_schema = pydantic_output_schema,
    .fini = pydantic_fini,
};

struct runnable *parse_pydantic_new(struct schema *schema)
{
    struct parse_pydantic *parser = mem_alloc(sizeof *parser);
    runnable_init(&parser->runnable, &pydantic_ops, NULL);
    parser->schema = schema;
    return &parser->runnable;
}

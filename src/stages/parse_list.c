#include "stages/parse_list.h"

#include <stdlib.h>

#include "base/mem.h"
#include "stages/list_parser.h"
#include "stages/parse_text.h"

enum { MAX_LIST = 16 << 20 }; /* bytes of text that are read */

struct list_state {
    struct list_parser *parser;
    json_t *items;   /* certain, and not shown yet */
    struct buf text; /* all of it */
};

static void *list_begin(const struct runnable *runnable)
{
    (void)runnable;
    struct list_state *state = mem_alloc(sizeof *state);
    state->parser = list_parser_new(MAX_LIST);
    state->items = json_array();
    buf_init(&state->text, MAX_LIST);
    return state;
}

static void list_end(void *ptr)
{
    struct list_state *state = ptr;
    list_parser_free(&state->parser);
    json_decref(state->items);
    buf_fini(&state->text);
    free(state);
}

static enum ls_err list_feed(void *ptr, const char *text, size_t len)
{
    struct list_state *state = ptr;
    enum ls_err err = buf_add(&state->text, text, len);
    return err ? err : list_parser_feed(state->parser, text, len, state->items);
}

static json_t *list_ready(void *ptr)
{
    struct list_state *state = ptr;
    if (json_array_size(state->items) == 0)
        return NULL;
    json_t *ready = state->items;
    state->items = json_array();
    return ready;
}

/* The end is read as a whole: what LangChain's stream leaves out, its invoke gives. */
static enum ls_err list_finish(void *ptr, json_t **value, struct buf *why)
{
    struct list_state *state = ptr;
    enum ls_err err = state->text.full
                          ? LS_TOO_BIG
                          : list_parser_parse(value, buf_str(&state->text), state->text.len);
    if (err)
        buf_add_str(why, "the list is too long or no UTF-8");
    return err;
}

static const struct text_reader list_reader = {
    .begin = list_begin,
    .end = list_end,
    .feed = list_feed,
    .ready = list_ready,
    .finish = list_finish,
};

static struct sink *parse_list_open(const struct runnable *runnable, struct scope *scope,
                                    const struct call *call, struct sink *out)
{
    return parse_text_open(&list_reader, runnable, scope, call, out);
}

static const struct runnable_ops parse_list_ops = {
    .type = "CommaSeparatedListOutputParser",
    .step = STEP_PARSER,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = parse_list_open,
    .input_schema = parse_input_schema,
    .output_schema = parse_list_output_schema,
};

struct runnable *parse_list_new(void)
{
    struct runnable *runnable = mem_alloc(sizeof *runnable);
    runnable_init(runnable, &parse_list_ops, NULL);
    return runnable;
}

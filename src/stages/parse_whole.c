#include "stages/parse_whole.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"

enum { MAX_WHOLE = 16 << 20 }; /* bytes of text that are read */

struct whole_state {
    const struct parse_whole *parser;
    struct buf text;
};

static void *whole_begin(const struct runnable *runnable)
{
    struct whole_state *state = mem_alloc(sizeof *state);
    state->parser = container_of(runnable, const struct parse_whole, runnable);
    buf_init(&state->text, MAX_WHOLE);
    return state;
}

static void whole_end(void *ptr)
{
    struct whole_state *state = ptr;
    buf_fini(&state->text);
    free(state);
}

static enum ls_err whole_feed(void *ptr, const char *text, size_t len)
{
    struct whole_state *state = ptr;
    return buf_add(&state->text, text, len);
}

static json_t *whole_ready(void *ptr)
{
    (void)ptr;
    return NULL;
}

static enum ls_err whole_finish(void *ptr, json_t **value, struct buf *why)
{
    struct whole_state *state = ptr;
    if (state->text.full)
        return LS_TOO_BIG;
    return state->parser->parse(&state->parser->runnable, buf_str(&state->text), state->text.len,
                                value, why);
}

static const struct text_reader whole_reader = {
    .begin = whole_begin,
    .end = whole_end,
    .feed = whole_feed,
    .ready = whole_ready,
    .snapshots = true,
    .needs_text = true,
    .finish = whole_finish,
};

struct sink *parse_whole_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    return parse_text_open(&whole_reader, runnable, scope, call, out);
}

enum ls_err parse_fail(struct buf *why, const char *before, const char *text, size_t len,
                       const char *after)
{
    buf_add_str(why, before);
    parse_quote(why, text, len);
    buf_add_str(why, after);
    return LS_PARSE_FAILED;
}

#include "stages/parse_xml.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "stages/parse_whole.h"
#include "stages/xml_reader.h"

static const char fence[] = "```";
enum { FENCE_LEN = sizeof fence - 1 };

struct piece {
    const char *at;
    size_t len;
};

static const char *last_fence(struct piece text)
{
    for (size_t i = text.len; i-- > 0;)
        if (text.len - i >= FENCE_LEN && memcmp(text.at + i, fence, FENCE_LEN) == 0)
            return text.at + i;
    return NULL;
}

/* What stands between the first fence and the last, if there are two. */
static struct piece inside_fences(struct piece text)
{
    const char *first = memmem(text.at, text.len, fence, FENCE_LEN);
    if (!first)
        return text;
    const char *inside = first + FENCE_LEN;
    struct piece rest = {inside, text.len - (size_t)(inside - text.at)};
    const char *last = last_fence(rest);
    if (!last)
        return text;
    bool named = last - inside >= 3 && memcmp(inside, "xml", 3) == 0;
    inside += named ? 3 : 0;
    return (struct piece){inside, (size_t)(last - inside)};
}

/* What stands on the lines behind a declaration that speaks of an encoding, if there is one. */
static struct piece behind_declaration(struct piece text)
{
    const char *end = text.at + text.len, *start = text.at, *close;
    for (; (close = memchr(start, '>', (size_t)(end - start))); start = close + 1) {
        const char *open = memchr(start, '<', (size_t)(close - start));
        bool speaks = open && memmem(open, (size_t)(close - open), "encoding", 8);
        if (speaks && close + 1 < end && close[1] == '\n')
            return (struct piece){close + 2, (size_t)(end - close - 2)};
    }
    return text;
}

static enum ls_err xml_parse(const struct runnable *runnable, const char *text, size_t len,
                             json_t **value, struct buf *why)
{
    (void)runnable;
    struct piece xml = behind_declaration(inside_fences((struct piece){text, len}));
    struct xml_reader *reader = xml_reader_new(false);
    text_strip(&xml.at, &xml.len);
    enum ls_err err = xml_reader_feed(reader, xml.at, xml.len);
    if (!err)
        err = xml_reader_finish(reader, value);
    if (err) {
        parse_fail(why, "Failed to parse XML format from completion ", xml.at, xml.len, ". Got: ");
        xml_reader_why(reader, why);
    }
    xml_reader_free(&reader);
    return err;
}

static void *stream_begin(const struct runnable *runnable)
{
    (void)runnable;
    return xml_reader_new(true);
}

static void stream_end(void *state)
{
    struct xml_reader *reader = state;
    xml_reader_free(&reader);
}

static enum ls_err stream_feed(void *state, const char *text, size_t len)
{
    return xml_reader_feed(state, text, len);
}

static json_t *stream_ready(void *state)
{
    return xml_reader_take(state);
}

static enum ls_err stream_finish(void *state, json_t **value, struct buf *why)
{
    enum ls_err err = xml_reader_finish(state, value);
    if (err) {
        buf_add_str(why, "Failed to parse XML format. Got: ");
        xml_reader_why(state, why);
    }
    return err;
}

static const struct text_reader stream_reader = {
    .begin = stream_begin,
    .end = stream_end,
    .feed = stream_feed,
    .ready = stream_ready,
    .finish = stream_finish,
};

/* Where nothing stands before it, all it is given comes at once, and is read as a whole. */
static struct sink *xml_open(const struct runnable *runnable, struct scope *scope,
                             const struct call *call, struct sink *out)
{
    if (call->streaming && call->tag)
        return parse_text_open(&stream_reader, runnable, scope, call, out);
    return parse_whole_open(runnable, scope, call, out);
}

static json_t *xml_output_schema(const struct runnable *runnable)
{
    json_t *schema = json_pack("{s:b}", "additionalProperties", 1);
    json_object_set_new(schema, "title", runnable_title(runnable, "Output"));
    json_object_set_new(schema, "type", json_string("object"));
    return schema;
}

static const struct runnable_ops xml_ops = {
    .type = "XMLOutputParser",
    .step = STEP_PARSER,
    .trace = TRACE_TRANSFORM,
    .streams = true,
    .open = xml_open,
    .input_schema = parse_input_schema,
    .output_schema = xml_output_schema,
};

struct runnable *parse_xml_new(void)
{
    struct parse_whole *parser = mem_alloc(sizeof *parser);
    runnable_init(&parser->runnable, &xml_ops, NULL);
    parser->parse = xml_parse;
    return &parser->runnable;
}

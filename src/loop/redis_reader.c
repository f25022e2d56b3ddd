/* Design: hiredis takes the bytes apart and calls back for each value; the values of one reply live
 * in an arena, so that a reply that breaks off is dropped as a whole. */
#include "loop/redis_reader.h"

#include <hiredis/read.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/mem.h"

enum { MAX_ELEMENTS = 1 << 17 };

struct redis_reader {
    redisReader *parser;
    struct arena *arena; /* of the reply that is being read, or was given last */
    size_t most, came;   /* bytes, since the last reply */
    bool given;          /* the reply in the arena was given */
    const char *why;     /* it is at its end */
    char said[128];      /* by hiredis */
};

static struct redis_value *place(const redisReadTask *task, enum redis_kind kind)
{
    struct redis_reader *reader = task->privdata;
    struct redis_value *value;
    if (task->parent)
        value = &((struct redis_value *)task->parent->obj)->items[task->idx];
    else
        value = arena_alloc(reader->arena, sizeof *value);
    *value = (struct redis_value){.kind = kind};
    return value;
}

static void *make_text(const redisReadTask *task, char *text, size_t len)
{
    struct redis_reader *reader = task->privdata;
    enum redis_kind kind = REDIS_TEXT;
    if (task->type == REDIS_REPLY_ERROR)
        kind = REDIS_ERROR;
    else if (task->type == REDIS_REPLY_STATUS)
        kind = REDIS_STATUS;
    struct redis_value *value = place(task, kind);
    value->text = arena_strndup(reader->arena, text, len);
    value->len = len;
    return value;
}

/* NULL counts as a want of memory, and ends the reading. */
static void *make_list(const redisReadTask *task, int elements)
{
    struct redis_reader *reader = task->privdata;
    if (elements > MAX_ELEMENTS) {
        reader->why = "it announces a list that is too long";
        return NULL;
    }
    struct redis_value *value = place(task, REDIS_LIST);
    value->len = (size_t)elements;
    value->items = arena_zalloc(reader->arena, (value->len + 1) * sizeof *value->items);
    return value;
}

static void *make_number(const redisReadTask *task, long long number)
{
    struct redis_value *value = place(task, REDIS_NUMBER);
    value->number = number;
    return value;
}

static void *make_nil(const redisReadTask *task)
{
    return place(task, REDIS_NIL);
}

static void drop(void *value)
{
    (void)value; /* the arena's */
}

static redisReplyObjectFunctions makers = {make_text, make_list, make_number, make_nil, drop};

struct redis_reader *redis_reader_new(size_t most)
{
    struct redis_reader *reader = mem_zalloc(1, sizeof *reader);
    reader->parser = redisReaderCreateWithFunctions(&makers);
    if (!reader->parser)
        abort(); /* only for want of memory */
    reader->parser->privdata = reader;
    reader->arena = arena_new(0);
    reader->most = most;
    return reader;
}

void redis_reader_free(struct redis_reader **reader)
{
    if (!*reader)
        return;
    redisReaderFree((*reader)->parser);
    arena_free(&(*reader)->arena);
    free(*reader);
    *reader = NULL;
}

/* The parser gives up: for a reason of ours, or of its own. */
static void fail(struct redis_reader *reader)
{
    if (reader->why)
        return;
    snprintf(reader->said, sizeof reader->said, "%s", reader->parser->errstr);
    reader->why = reader->said;
}

void redis_reader_feed(struct redis_reader *reader, const char *data, size_t len)
{
    reader->came += len;
    if (redisReaderFeed(reader->parser, data, len) != REDIS_OK)
        fail(reader);
}

/* The last reply is not needed any more. */
static void forget_given(struct redis_reader *reader)
{
    if (!reader->given)
        return;
    arena_free(&reader->arena);
    reader->arena = arena_new(0);
    reader->given = false;
}

const struct redis_value *redis_reader_next(struct redis_reader *reader, const char **why)
{
    void *reply = NULL;
    forget_given(reader);
    if (!reader->why && redisReaderGetReply(reader->parser, &reply) != REDIS_OK)
        fail(reader);
    if (!reader->why && !reply && reader->came > reader->most)
        reader->why = "its answer is too large";
    *why = reader->why;
    if (reader->why || !reply)
        return NULL;
    reader->came = reader->parser->len - reader->parser->pos;
    reader->given = true;
    return reply;
}

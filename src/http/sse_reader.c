#include "http/sse_reader.h"

#include <string.h>

#include "base/word.h"

void sse_reader_init(struct sse_reader *reader, size_t limit, sse_event_fn *on_event, void *owner)
{
    *reader = (struct sse_reader){.limit = limit, .on_event = on_event, .owner = owner};
    buf_init(&reader->line, limit);
    buf_init(&reader->type, limit);
    buf_init(&reader->data, limit);
}

void sse_reader_fini(struct sse_reader *reader)
{
    buf_fini(&reader->line);
    buf_fini(&reader->type);
    buf_fini(&reader->data);
}

/* A blank line: the event is complete.  One without data is none by the standard. */
static void end_event(struct sse_reader *reader)
{
    if (reader->has_data || (reader->bare && reader->type.len > 0)) {
        const struct sse_event event = {
            .type = reader->type.len > 0 ? reader->type.data : "message",
            .data = buf_str(&reader->data),
            .len = reader->data.len,
        };
        reader->paused = !reader->on_event(reader->owner, &event);
    }
    reader->has_data = false;
    buf_reset(&reader->type);
    buf_reset(&reader->data);
}

static bool is_field(const char *name, size_t len, const char *field)
{
    return len == strlen(field) && memcmp(name, field, len) == 0;
}

static enum ls_err add_field(struct sse_reader *reader, const char *name, size_t name_len,
                             const char *value, size_t len)
{
    if (is_field(name, name_len, "event")) {
        buf_reset(&reader->type);
        return buf_add(&reader->type, value, len);
    }
    if (!is_field(name, name_len, "data"))
        return LS_OK; /* id, retry, and what the standard tells to ignore */
    enum ls_err err = reader->has_data ? buf_add_char(&reader->data, '\n') : LS_OK;
    reader->has_data = true;
    return err ? err : buf_add(&reader->data, value, len);
}

static enum ls_err end_line(struct sse_reader *reader, const char *line, size_t len)
{
    enum ls_err err = LS_OK;
    if (!reader->past_mark && len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0) {
        line += 3;
        len -= 3;
    }
    reader->past_mark = true;
    if (len == 0) {
        end_event(reader);
    } else if (*line != ':') {
        const char *colon = memchr(line, ':', len);
        size_t name_len = colon ? (size_t)(colon - line) : len;
        const char *value = colon ? colon + 1 : line + len;
        if (value < line + len && *value == ' ')
            value++;
        err = add_field(reader, line, name_len, value, (size_t)(line + len - value));
    }
    return err;
}

static uint64_t line_ends(uint64_t word)
{
    return word_is(word, '\n') | word_is(word, '\r');
}

/* The length of what stands before the next line end.  Not two calls of memchr(): where one of
 * the two ends never comes, each line would search all the rest for it. */
static size_t line_len(const char *data, size_t len)
{
    size_t at = 0;
    uint64_t marks = 0;
    while (len - at >= WORD_BYTES && (marks = line_ends(word_at(data + at))) == 0)
        at += WORD_BYTES;
    if (marks)
        return at + word_before(marks);
    while (at < len && data[at] != '\n' && data[at] != '\r')
        at++;
    return at;
}

/* Reads up to and with the next line end; returns how many bytes that were. */
static size_t feed_line(struct sse_reader *reader, const char *data, size_t len, enum ls_err *err)
{
    bool second_half = reader->after_cr && *data == '\n'; /* of a CRLF */
    reader->after_cr = false;
    if (second_half)
        return 1;
    size_t piece = line_len(data, len);
    /* Most lines come in one piece and need not be put together. */
    bool whole = piece < len && piece <= reader->limit && reader->line.len == 0;
    *err = whole ? LS_OK : buf_add(&reader->line, data, piece);
    if (*err || piece == len)
        return piece;
    reader->after_cr = data[piece] == '\r';
    *err = whole ? end_line(reader, data, piece)
                 : end_line(reader, reader->line.data, reader->line.len);
    buf_reset(&reader->line);
    return piece + 1;
}

enum ls_err sse_reader_feed(struct sse_reader *reader, const char *data, size_t len, size_t *used)
{
    enum ls_err err = LS_OK;
    *used = 0;
    reader->paused = false;
    while (*used < len && !err && !reader->paused)
        *used += feed_line(reader, data + *used, len - *used, &err);
    return err;
}

#include "http/line_reader.h"

#include <string.h>

void line_reader_init(struct line_reader *reader, size_t limit, sse_event_fn *on_line, void *owner)
{
    *reader = (struct line_reader){.on_line = on_line, .owner = owner};
    buf_init(&reader->line, limit);
}

void line_reader_fini(struct line_reader *reader)
{
    buf_fini(&reader->line);
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r")] == '\0';
}

void line_reader_end(struct line_reader *reader)
{
    size_t len = reader->line.len;
    const char *text = buf_str(&reader->line);
    if (len > 0 && (strlen(text) < len || !is_blank(text))) {
        const struct sse_event line = {.type = "message", .data = text, .len = len};
        reader->paused = !reader->on_line(reader->owner, &line);
    }
    buf_reset(&reader->line);
}

/* Reads up to and with the next line end; *used grows by how many bytes that were. */
static enum ls_err feed_line(struct line_reader *reader, const char *data, size_t len, size_t *used)
{
    const char *end = memchr(data, '\n', len);
    size_t piece = end ? (size_t)(end - data) : len;
    enum ls_err err = buf_add(&reader->line, data, piece);
    if (err || !end) {
        *used += piece;
        return err;
    }
    *used += piece + 1;
    line_reader_end(reader);
    return LS_OK;
}

enum ls_err line_reader_feed(struct line_reader *reader, const char *data, size_t len, size_t *used)
{
    enum ls_err err = LS_OK;
    *used = 0;
    reader->paused = false;
    while (*used < len && !err && !reader->paused)
        err = feed_line(reader, data + *used, len - *used, used);
    return err;
}

#include "app/build_file.h"

#include <string.h>

#include "base/file.h"
#include "base/text.h"

const char *build_path(struct builder *builder, const char *path, struct place place)
{
    const char *slash = place.line > 0 && place.file ? strrchr(place.file, '/') : NULL;
    if (*path == '/' || !slash)
        return path;
    return arena_printf(builder->arena, "%.*s/%s", (int)(slash - place.file), place.file, path);
}

/* Why the file cannot be a text; NULL when it is in `text`. */
static const char *read_file(const char *path, struct buf *text)
{
    const char *why = file_read(path, text);
    if (text->full)
        return "it has more than 1 MB";
    if (!why && (!text_is_utf8(buf_str(text), text->len) || memchr(buf_str(text), 0, text->len)))
        return "it is no text in UTF-8";
    return why;
}

/* "\r\n" and "\r" become "\n", as Python reads texts. */
static size_t join_lines(char *text, size_t len)
{
    size_t to = 0;
    for (size_t at = 0; at < len; at++) {
        if (text[at] == '\n' && at > 0 && text[at - 1] == '\r')
            continue;
        text[to++] = text[at];
    }
    for (size_t at = 0; at < to; at++)
        if (text[at] == '\r')
            text[at] = '\n';
    return to;
}

struct node *build_file(struct builder *builder, const char *path, struct place place)
{
    struct buf text;
    struct node *node = NULL;
    path = build_path(builder, path, place);
    buf_init(&text, BUILD_MAX_FILE);
    const char *why = read_file(path, &text);
    if (why) {
        problems_error(builder->problems, place, "the file %s cannot be read: %s", path, why);
    } else {
        size_t len = text.len ? join_lines(text.data, text.len) : 0;
        node = node_new_string(builder->arena, buf_str(&text), len, place);
    }
    buf_fini(&text);
    return node;
}

#include "yaml/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum { UNKNOWN_BYTES = 4096, LOGGED_BYTES = 1 << 20, QUOTED_CODE_POINTS = 40 };

void problems_init(struct problems *problems)
{
    *problems = (struct problems){0};
}

void problems_fini(struct problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        free(problems->items[i].text);
        free((char *)problems->items[i].place.file);
    }
    free(problems->items);
    problems_init(problems);
}

static int file_order(struct place a, struct place b)
{
    return strcmp(a.file ? a.file : "", b.file ? b.file : "");
}

static bool same_place(struct place a, struct place b)
{
    return a.line == b.line && a.column == b.column && !file_order(a, b);
}

static bool is_told(const struct problems *problems, struct place place, const char *text)
{
    for (size_t i = 0; i < problems->count; i++)
        if (same_place(problems->items[i].place, place) && !strcmp(problems->items[i].text, text))
            return true;
    return false;
}

/* Takes `text`. */
static void add(struct problems *problems, enum severity severity, struct place place, char *text)
{
    bool full = problems->count >= PROBLEMS_MAX;
    bool told = !full && is_told(problems, place, text);
    if (severity == SEVERITY_ERROR) {
        problems->told++;
        problems->errors += !told;
    }
    if (told || full) {
        free(text);
        return;
    }
    if (problems->count == problems->cap) {
        problems->cap = problems->cap ? problems->cap * 2 : 8;
        problems->items = mem_resize(problems->items, problems->cap, sizeof *problems->items);
    }
    place.file = mem_strdup(place.file);
    problems->items[problems->count++] =
        (struct problem){.severity = severity, .place = place, .text = text};
}

__attribute__((format(printf, 1, 0))) static char *formatted(const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    size_t size = len < 0 ? 1 : (size_t)len + 1;
    char *text = mem_alloc(size);
    text[0] = '\0';
    vsnprintf(text, size, format, args);
    return text;
}

void problems_error(struct problems *problems, struct place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(problems, SEVERITY_ERROR, place, formatted(format, args));
    va_end(args);
}

void problems_warn(struct problems *problems, struct place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(problems, SEVERITY_WARNING, place, formatted(format, args));
    va_end(args);
}

bool problems_has(const struct problems *problems, struct place place)
{
    if (place.line == 0) /* all that one C function made shares this place */
        return false;
    for (size_t i = 0; i < problems->count; i++)
        if (problems->items[i].severity == SEVERITY_ERROR &&
            same_place(problems->items[i].place, place))
            return true;
    return false;
}

static bool is_after(const struct problem *a, const struct problem *b)
{
    int order = file_order(a->place, b->place);
    if (order)
        return order > 0;
    if (a->place.line != b->place.line)
        return a->place.line > b->place.line;
    return a->place.column > b->place.column;
}

/* By insertion: stable, and there are PROBLEMS_MAX at most. */
void problems_sort(struct problems *problems)
{
    for (size_t i = 1; i < problems->count; i++) {
        struct problem moved = problems->items[i];
        size_t at = i;
        for (; at > 0 && is_after(&problems->items[at - 1], &moved); at--)
            problems->items[at] = problems->items[at - 1];
        problems->items[at] = moved;
    }
}

/* One code point of a text; what ends a line somewhere, or moves a terminal's cursor, is written as
 * an escape. */
static void quote_char(struct buf *out, const char *at, size_t len)
{
    unsigned char first = (unsigned char)at[0], last = (unsigned char)at[len - 1];
    if (first == '\n')
        buf_add_str(out, "\\n");
    else if (first == '\t')
        buf_add_str(out, "\\t");
    else if (first < 0x20 || first == 0x7f)
        buf_printf(out, "\\x%02x", first);
    else if (len == 2 && first == 0xc2 && last < 0xa0)
        buf_printf(out, "\\u%04x", last);
    else if (len == 3 && (memcmp(at, "\u2028", 3) == 0 || memcmp(at, "\u2029", 3) == 0))
        buf_printf(out, "\\u%04x", 0x2000 + (last & 0x3f));
    else
        buf_add(out, at, len);
}

/* A text as a part of one line. */
static void quote(struct buf *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t step = text_char_len(text + at, len - at);
        step = text_is_utf8(text + at, step) ? step : 1; /* a file's name may be no UTF-8 */
        quote_char(out, text + at, step);
        at += step;
    }
}

static void print_place(struct place place, struct buf *out)
{
    if (!place.file)
        return;
    quote(out, place.file, strlen(place.file));
    if (place.line > 0)
        buf_printf(out, ":%d:%d", place.line, place.column);
    buf_add_str(out, ": ");
}

static void print_problem(const struct problem *problem, struct buf *out)
{
    print_place(problem->place, out);
    buf_add_str(out, problem->severity == SEVERITY_ERROR ? "error: " : "warning: ");
    quote(out, problem->text, strlen(problem->text));
}

void problems_print(const struct problems *problems, struct buf *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < problems->count; i++) {
        kept += problems->items[i].severity == SEVERITY_ERROR;
        print_problem(&problems->items[i], out);
        buf_add_char(out, '\n');
    }
    if (problems->errors > kept)
        buf_printf(out, "error: and %zu more\n", problems->errors - kept);
}

void problems_log(const struct problems *problems, const char *event)
{
    size_t kept = 0;
    for (size_t i = 0; i < problems->count; i++) {
        bool error = problems->items[i].severity == SEVERITY_ERROR;
        struct buf line;
        buf_init(&line, LOGGED_BYTES);
        kept += error;
        print_problem(&problems->items[i], &line);
        log_event(error ? LOG_ERROR : LOG_WARNING, event, "%s", buf_str(&line));
        buf_fini(&line);
    }
    if (problems->errors > kept)
        log_event(LOG_ERROR, event, "error: and %zu more", problems->errors - kept);
}

/* Bytes of the first `limit` code points of `text`. */
static size_t clipped(const char *text, size_t len, size_t limit)
{
    size_t at = 0;
    for (size_t i = 0; i < limit && at < len; i++)
        at += text_char_len(text + at, len - at);
    return at;
}

void problems_unknown(struct problems *problems, struct place place, const char *kind,
                      const char *word, const char *const *words)
{
    struct buf text;
    buf_init(&text, UNKNOWN_BYTES);
    size_t len = word ? strlen(word) : 0;
    size_t shown = clipped(word, len, QUOTED_CODE_POINTS);
    buf_printf(&text, "unknown %s ", kind);
    if (word)
        buf_printf(&text, "'%.*s%s'", (int)shown, word, shown < len ? "…" : "");
    else
        buf_add_str(&text, "(not shown, it is secret)");
    const char *near = word ? text_nearest(word, words) : NULL;
    if (near)
        buf_printf(&text, ", did you mean '%s'?", near);
    for (size_t i = 0; !near && words[i]; i++)
        buf_printf(&text, "%s%s", i ? ", " : ", one of: ", words[i]);
    problems_error(problems, place, "%s", buf_str(&text));
    buf_fini(&text);
}

const char *problems_quote(char out[PROBLEMS_QUOTE], const char *text, size_t len)
{
    struct buf quoted;
    buf_init(&quoted, PROBLEMS_QUOTE - 1);
    size_t shown = clipped(text, len, QUOTED_CODE_POINTS);
    buf_add_char(&quoted, '"');
    quote(&quoted, text, shown);
    buf_add_str(&quoted, shown < len ? "…\"" : "\"");
    snprintf(out, PROBLEMS_QUOTE, "%s", buf_str(&quoted));
    buf_fini(&quoted);
    return out;
}

const struct node *problems_map(struct problems *problems, const struct node *node,
                                const char *name)
{
    if (!node || node->kind == NODE_MAP)
        return node;
    if (node->kind != NODE_NULL)
        problems_error(problems, node->place, "%s: expected a mapping, not %s", name,
                       node_kind_name(node->kind));
    return NULL;
}

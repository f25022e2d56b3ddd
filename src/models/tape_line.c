#include "models/tape_line.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

enum {
    MAX_MS = 24 * 3600 * 1000,
    MAX_HEAD = 32 << 10, /* bytes of the headers */
};

void tape_key(unsigned char key[DIGEST_LEN], const char *path, const json_t *body)
{
    json_auto_t *asked = json_pack("[s,s,O]", "POST", path, (json_t *)body);
    char *text = json_dumps(asked, JSON_SORT_KEYS | JSON_COMPACT);
    digest_bytes(key, text ? text : "", text ? strlen(text) : 0);
    free(text);
}

/* ---- reading ---- */

/* A reader of one line; `why` is the first thing that is wrong with it. */
struct reader {
    struct arena *arena;
    const json_t *line;
    const char *why;
};

static bool blame(struct reader *reader, const char *why)
{
    if (!reader->why)
        reader->why = why;
    return false;
}

static int64_t read_ms(struct reader *reader, const json_t *value)
{
    json_int_t ms = json_is_integer(value) ? json_integer_value(value) : -1;
    if (ms < 0 || ms > MAX_MS)
        blame(reader, "a time is no number of milliseconds of a day");
    return ms;
}

/* The lines of the headers, each ending in NUL. */
static void read_head(struct reader *reader, struct fetch_known *answer)
{
    json_t *headers = json_object_get(reader->line, "headers"), *value;
    const char *name;
    struct buf head;
    buf_init(&head, MAX_HEAD);
    if (headers && !json_is_object(headers))
        blame(reader, "\"headers\" is no object");
    json_object_foreach(headers, name, value) {
        const char *text = json_string_value(value);
        if (!text || strlen(text) != json_string_length(value) || strpbrk(text, "\r\n") || !*name ||
            strpbrk(name, ":\r\n "))
            blame(reader, "a header has no text");
        else if (buf_printf(&head, "%s: %s", name, text + strspn(text, " ")) ||
                 buf_add_char(&head, '\0'))
            blame(reader, "the headers are too long");
    }
    answer->head_len = head.len;
    answer->head = arena_strndup(reader->arena, buf_str(&head), head.len);
    buf_fini(&head);
}

/* Appends the bytes of a piece: text, or {"base64": "…"}. */
static bool read_bytes(struct reader *reader, const json_t *value, struct buf *body)
{
    const json_t *coded = json_object_get(value, "base64");
    if (json_is_string(value))
        return buf_add(body, json_string_value(value), json_string_length(value)) == LS_OK ||
               blame(reader, "its answer is too long");
    if (!json_is_string(coded))
        return blame(reader, "a chunk is neither text nor base64");
    size_t len = json_string_length(coded);
    char *room = buf_reserve(body, BASE64_PLAIN(len));
    ptrdiff_t made = room ? base64_decode(room, json_string_value(coded), len) : 0;
    if (made < 0 || !room)
        return blame(reader, room ? "a chunk is not base64" : "its answer is too long");
    buf_commit(body, (size_t)made);
    return true;
}

static void read_body(struct reader *reader, struct fetch_known *answer)
{
    const json_t *chunks = json_object_get(reader->line, "chunks"), *chunk;
    size_t i;
    struct buf body;
    if (!json_is_array(chunks)) {
        blame(reader, "\"chunks\" is no list");
        return;
    }
    buf_init(&body, TAPE_MAX_LINE);
    struct fetch_piece *pieces =
        arena_zalloc(reader->arena, (json_array_size(chunks) + 1) * sizeof *pieces);
    json_array_foreach(chunks, i, chunk) {
        if (json_array_size(chunk) != 2) {
            blame(reader, "a chunk is no pair of a time and a text");
            break;
        }
        pieces[i].ms = read_ms(reader, json_array_get(chunk, 0));
        if (!read_bytes(reader, json_array_get(chunk, 1), &body))
            break;
        pieces[i].end = body.len;
    }
    answer->pieces = pieces;
    answer->count = i;
    answer->body = arena_strndup(reader->arena, buf_str(&body), body.len);
    buf_fini(&body);
}

static enum ls_err error_of(const char *code)
{
    for (int err = 1; code && err < err_count(); err++)
        if (strcmp(err_code((enum ls_err)err), code) == 0)
            return (enum ls_err)err;
    return LS_OK;
}

static void read_error(struct reader *reader, struct fetch_known *answer)
{
    const json_t *error = json_object_get(reader->line, "error");
    const char *message = json_get_string(error, "message");
    answer->message = arena_strdup(reader->arena, message ? message : "");
    if (!error)
        return;
    answer->err = error_of(json_get_string(error, "code"));
    if (answer->err == LS_OK)
        blame(reader, "its error has no known code");
}

static void read_status(struct reader *reader, struct fetch_known *answer)
{
    const json_t *status = json_object_get(reader->line, "status");
    json_int_t value = json_integer_value(status);
    if (!status && answer->err == LS_OK)
        blame(reader, "it has neither a status nor an error");
    if (status && (value < 200 || value > 599))
        blame(reader, "its status is none");
    if (!status && answer->count > 0)
        blame(reader, "it has chunks and no status");
    answer->status = (int)value;
    answer->head_ms = status ? read_ms(reader, json_object_get(reader->line, "head_ms")) : 0;
}

static void read_answer(struct reader *reader, struct fetch_known *answer)
{
    *answer = (struct fetch_known){0};
    read_head(reader, answer);
    read_body(reader, answer);
    read_error(reader, answer);
    read_status(reader, answer);
    answer->end_ms = read_ms(reader, json_object_get(reader->line, "end_ms"));
}

static void read_asked(struct reader *reader, unsigned char key[DIGEST_LEN])
{
    const char *method = json_get_string(reader->line, "method");
    const char *path = json_get_string(reader->line, "path");
    const json_t *body = json_object_get(reader->line, "body");
    if (!method || strcmp(method, "POST") != 0 || !path || !body)
        blame(reader, "it does not say what was asked: method (POST), path and body");
    else
        tape_key(key, path, body);
}

enum ls_err tape_line_read(struct tape_line *line, struct arena *arena, const char *text,
                           size_t len, const char **why)
{
    json_auto_t *read = NULL;
    struct reader reader = {.arena = arena};
    if (json_read(&read, text, len, why) != LS_OK)
        return LS_BAD_SYNTAX;
    reader.line = read;
    if (!json_is_object(read))
        blame(&reader, "it is no object");
    else
        read_asked(&reader, line->key);
    if (!reader.why)
        read_answer(&reader, &line->answer);
    *why = reader.why;
    return reader.why ? LS_BAD_SYNTAX : LS_OK;
}

/* ---- printing ---- */

static json_t *print_head(const struct fetch_known *answer)
{
    json_t *headers = json_object();
    const char *end = answer->head + answer->head_len;
    for (const char *line = answer->head; line < end; line += strlen(line) + 1) {
        const char *colon = strchr(line, ':');
        json_object_setn_new_nocheck(headers, line, (size_t)(colon - line),
                                     json_string(colon + 1 + strspn(colon + 1, " ")));
    }
    return headers;
}

static json_t *print_bytes(const char *data, size_t len)
{
    if (text_is_utf8(data, len))
        return json_stringn(data, len);
    char *coded = mem_zalloc(1, BASE64_LEN(len) + 1);
    base64_encode(coded, data, len);
    json_t *made = json_pack("{s:s}", "base64", coded);
    free(coded);
    return made;
}

static json_t *print_body(const struct fetch_known *answer)
{
    json_t *chunks = json_array();
    size_t start = 0;
    for (size_t i = 0; i < answer->count; start = answer->pieces[i++].end)
        json_array_append_new(chunks, json_pack("[I,o]", (json_int_t)answer->pieces[i].ms,
                                                print_bytes(answer->body + start,
                                                            answer->pieces[i].end - start)));
    return chunks;
}

enum ls_err tape_line_print(struct buf *out, const char *path, json_t *body,
                            const struct fetch_known *answer)
{
    json_auto_t *line = json_pack("{s:s,s:s,s:O}", "method", "POST", "path", path, "body", body);
    if (answer->status > 0) {
        json_object_set_new(line, "status", json_integer(answer->status));
        json_object_set_new(line, "headers", print_head(answer));
        json_object_set_new(line, "head_ms", json_integer(answer->head_ms));
    }
    json_object_set_new(line, "chunks", print_body(answer));
    json_object_set_new(line, "end_ms", json_integer(answer->end_ms));
    if (answer->err)
        json_object_set_new(line, "error",
                            json_pack("{s:s,s:s}", "code", err_code(answer->err), "message",
                                      answer->message));
    enum ls_err err = json_print(out, line, JSON_WIRE);
    return err ? err : buf_add_char(out, '\n');
}

/* Any bytes as a line of a tape: refused with a reason, or an answer that is the same again when it
 * is printed and read once more. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "models/tape_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_same(const struct tape_line *a, const struct tape_line *b)
{
    const struct fetch_known *x = &a->answer, *y = &b->answer;
    size_t len = x->count > 0 ? x->pieces[x->count - 1].end : 0;
    assert(memcmp(a->key, b->key, sizeof a->key) == 0);
    assert(x->status == y->status && x->err == y->err && x->end_ms == y->end_ms);
    assert(x->count == y->count && strcmp(x->message, y->message) == 0);
    assert(memcmp(x->body, y->body, len) == 0);
    for (size_t i = 0; i < x->count; i++)
        assert(x->pieces[i].ms == y->pieces[i].ms && x->pieces[i].end == y->pieces[i].end);
    if (x->status > 0)
        assert(x->head_ms == y->head_ms && x->head_len == y->head_len);
}

/* Prints what was read of `text`, and reads that. */
static void try_again(const struct tape_line *line, struct arena *arena, const char *text,
                      size_t len)
{
    struct buf printed;
    struct tape_line again;
    const char *why = NULL;
    json_auto_t *read = NULL;
    buf_init(&printed, TAPE_MAX_LINE);
    enum ls_err err = json_read(&read, text, len, NULL);
    assert(!err);
    err = tape_line_print(&printed, json_get_string(read, "path"), json_object_get(read, "body"),
                          &line->answer);
    assert(!err);
    err = tape_line_read(&again, arena, printed.data, printed.len, &why);
    assert(!err);
    check_same(line, &again);
    buf_fini(&printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tape_line line;
    const char *why = NULL, *text = (const char *)data;
    struct arena *arena = arena_new(0);
    if (tape_line_read(&line, arena, text, size, &why) == LS_OK)
        try_again(&line, arena, text, size);
    else
        assert(why);
    arena_free(&arena);
    return 0;
}

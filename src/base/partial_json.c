/* Design: LangChain reads the whole text as JSON first and, when it finds none, what stands
 * behind the first ```.  Here two growers read at once, `whole` and `fenced`.  A snapshot comes
 * from `whole` while it has a value, and else from `fenced`.
 * When the text stops being JSON, LangChain closes the brackets that are open at its end and cuts
 * characters off until that is JSON.  finish_broken() finds the same place in one pass: the last
 * one where a value ends and exactly those brackets are open. */
#include "base/partial_json.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/json_grower.h"
#include "base/mem.h"
#include "base/text.h"

enum { FENCE_LEN = 3, LANGUAGE_LEN = 4 };

/* How far the start of a text is skipped. */
enum lead { LEAD_BLANKS, LEAD_FENCE_BLANKS, LEAD_LANGUAGE, LEAD_DONE };

/* A grower and where its text begins. */
struct view {
    struct json_grower grower;
    enum lead lead;
    size_t start;
};

struct partial_json {
    struct buf text;
    size_t read; /* bytes that made whole code points */
    enum ls_err err;
    struct view whole, fenced;
    int backticks; /* in a row, before the fence */
    bool has_fence;
    size_t language_len; /* bytes of "json" behind the fence */
    bool is_committed;   /* a snapshot held more than an empty container */
};

struct partial_json *partial_json_new(size_t limit)
{
    struct partial_json *partial = mem_zalloc(1, sizeof *partial);
    buf_init(&partial->text, limit);
    json_grower_init(&partial->whole.grower, limit);
    json_grower_init(&partial->fenced.grower, limit);
    partial->fenced.lead = LEAD_LANGUAGE;
    return partial;
}

void partial_json_free(struct partial_json **ptr)
{
    struct partial_json *partial = *ptr;
    *ptr = NULL;
    if (!partial)
        return;
    buf_fini(&partial->text);
    json_grower_fini(&partial->whole.grower);
    json_grower_fini(&partial->fenced.grower);
    free(partial);
}

/* The next code point of `len` bytes: its size, 0 when it is cut, -1 when it is no UTF-8. */
static int next_code(const char *text, size_t len, int32_t *code)
{
    unsigned char first = (unsigned char)text[0];
    size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first >= 0xc2 && first <= 0xf4 && len < size)
        return 0;
    utf8proc_ssize_t found =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size, code);
    return found > 0 ? (int)found : -1;
}

/* Gives a view its next code point, which begins at `at`. */
static enum ls_err view_feed(struct view *view, int32_t code, size_t at)
{
    if (view->lead == LEAD_BLANKS) {
        if (text_is_space(code))
            return LS_OK;
        view->lead = LEAD_FENCE_BLANKS;
    }
    if (view->lead == LEAD_FENCE_BLANKS) {
        if (code == '`' || code == ' ' || code == '\n' || code == '\r' || code == '\t')
            return LS_OK;
        view->lead = LEAD_DONE;
        view->start = at;
    }
    return json_grower_feed(&view->grower, code);
}

/* Looks for the fence and reads what is behind it. */
static enum ls_err feed_fenced(struct partial_json *partial, int32_t code, size_t at)
{
    static const char language[] = "json";
    if (!partial->has_fence) {
        partial->backticks = code == '`' ? partial->backticks + 1 : 0;
        partial->has_fence = partial->backticks == FENCE_LEN;
        return LS_OK;
    }
    struct view *view = &partial->fenced;
    if (view->lead == LEAD_LANGUAGE) {
        size_t *len = &partial->language_len;
        if (*len < LANGUAGE_LEN && code == language[*len]) {
            ++*len;
            return LS_OK;
        }
        view->lead = LEAD_FENCE_BLANKS;
        /* Half the word is text, and no JSON begins with a 'j'. */
        if (*len > 0 && *len < LANGUAGE_LEN) {
            enum ls_err err = view_feed(view, language[0], at - *len);
            if (err)
                return err;
        }
    }
    return view_feed(view, code, at);
}

enum ls_err partial_json_feed(struct partial_json *partial, const char *text, size_t len)
{
    if (!partial->err)
        partial->err = buf_add(&partial->text, text, len);
    while (!partial->err && partial->read < partial->text.len) {
        size_t at = partial->read;
        int32_t code = 0;
        int size = next_code(partial->text.data + at, partial->text.len - at, &code);
        if (size == 0)
            break;
        if (size < 0) {
            partial->err = LS_BAD_SYNTAX;
            break;
        }
        partial->err = view_feed(&partial->whole, code, at);
        if (!partial->err)
            partial->err = feed_fenced(partial, code, at);
        partial->read += (size_t)size;
    }
    return partial->err;
}

/* Whether no snapshot of this text can show anything. */
static bool is_void(const struct json_grower *grower)
{
    return grower->state == GROWER_BROKEN && (grower->is_lost || !json_grower_has_value(grower));
}

json_t *partial_json_snapshot(struct partial_json *partial)
{
    struct json_grower *grower = &partial->whole.grower;
    if (is_void(grower) && !partial->is_committed)
        grower = &partial->fenced.grower;
    json_t *value = partial->err ? NULL : json_grower_show(grower);
    if (json_is_null(value)) { /* as LangChain: null is no news */
        json_decref(value);
        return NULL;
    }
    if (value && grower == &partial->whole.grower &&
        (json_object_size(value) > 0 || json_array_size(value) > 0 ||
         !(json_is_object(value) || json_is_array(value))))
        partial->is_committed = true;
    return value;
}

/* How many of the innermost-last `brackets` a grower's open containers match, kept from code
 * point to code point. */
static size_t count_matches(const struct json_grower *grower, const struct buf *brackets,
                            size_t matches)
{
    if (matches > grower->depth)
        return grower->depth;
    if (matches + 1 != grower->depth || matches >= brackets->len)
        return matches;
    const json_t *container = grower->frames[matches].container;
    return matches + (brackets->data[matches] == (json_is_array(container) ? ']' : '}'));
}

/* Reads the text until it stops being JSON, or to `end`; returns the last place where a value
 * ends with just `brackets` open (0: none). */
static size_t scan(struct json_grower *grower, const char *text, size_t end,
                   const struct buf *brackets)
{
    size_t found = 0, matches = 0, last_depth = 0;
    for (size_t at = 0; at < end && grower->state < GROWER_BROKEN;) {
        int32_t code = 0;
        int size = next_code(text + at, end - at, &code);
        if (size <= 0 || json_grower_feed(grower, code))
            break;
        at += (size_t)size;
        if (grower->depth != last_depth && grower->state < GROWER_BROKEN)
            matches = count_matches(grower, brackets, matches);
        last_depth = grower->depth;
        if (matches == grower->depth && matches == brackets->len && json_grower_is_complete(grower))
            found = at;
    }
    return found;
}

static json_t *finish_broken(const struct partial_json *partial, const struct view *view)
{
    const char *text = partial->text.data + view->start;
    struct json_grower grower;
    json_grower_init(&grower, partial->text.limit);
    size_t end = scan(&grower, text, partial->read - view->start, &view->grower.brackets);
    json_grower_fini(&grower);
    if (end == 0)
        return NULL;
    json_grower_init(&grower, partial->text.limit);
    (void)scan(&grower, text, end, &view->grower.brackets);
    json_t *value = json_grower_value(&grower);
    json_grower_fini(&grower);
    return value;
}

/* The value of a text that has ended (yours), or NULL. */
static json_t *view_finish(const struct partial_json *partial, const struct view *view)
{
    if (view->grower.state == GROWER_DEAD)
        return json_null();
    if (!json_grower_has_value(&view->grower))
        return NULL;
    return view->grower.state == GROWER_BROKEN ? finish_broken(partial, view)
                                               : json_grower_value(&view->grower);
}

static void tell_invalid(const struct partial_json *partial, char why[PARTIAL_JSON_WHY_SIZE])
{
    size_t len = partial->read < 200 ? partial->read : 200;
    while (len > 0 && len < partial->read && (partial->text.data[len] & 0xc0) == 0x80)
        len--;
    (void)snprintf(why, PARTIAL_JSON_WHY_SIZE, "Invalid json output: %.*s%s", (int)len,
                   buf_str(&partial->text), len < partial->read ? "…" : "");
}

enum ls_err partial_json_finish(struct partial_json *partial, json_t **value,
                                char why[PARTIAL_JSON_WHY_SIZE])
{
    *value = NULL;
    why[0] = '\0';
    if (!partial->err && partial->read < partial->text.len)
        partial->err = LS_BAD_SYNTAX;
    if (partial->err) {
        (void)snprintf(why, PARTIAL_JSON_WHY_SIZE, "%s",
                       partial->err == LS_TOO_BIG ? "the JSON output is too long or too deep"
                                                  : "the JSON output is not valid UTF-8");
        return partial->err;
    }
    *value = view_finish(partial, &partial->whole);
    if (!*value)
        *value = view_finish(partial, &partial->fenced);
    if (*value)
        return LS_OK;
    tell_invalid(partial, why);
    return LS_PARSE_FAILED;
}

json_t *partial_json_object(const json_t *text)
{
    char why[PARTIAL_JSON_WHY_SIZE];
    size_t len = json_string_length(text);
    json_t *value = NULL;
    if (len == 0)
        return json_object();
    struct partial_json *reader = partial_json_new(len);
    bool read = partial_json_feed(reader, json_string_value(text), len) == LS_OK &&
                partial_json_finish(reader, &value, why) == LS_OK;
    partial_json_free(&reader);
    if (read && json_is_object(value))
        return value;
    json_decref(value);
    return NULL;
}

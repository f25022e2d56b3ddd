#include "base/json_grower.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

void json_grower_init(struct json_grower *grower, size_t limit)
{
    *grower = (struct json_grower){.state = GROWER_VALUE};
    buf_init(&grower->token, limit);
    buf_init(&grower->brackets, limit + JSON_MAX_DEPTH);
}

void json_grower_fini(struct json_grower *grower)
{
    for (size_t i = 0; i < grower->depth; i++) {
        json_decref(grower->frames[i].container);
        free(grower->frames[i].key);
    }
    free(grower->frames);
    json_decref(grower->root);
    json_decref(grower->shown_number);
    buf_fini(&grower->token);
    buf_fini(&grower->brackets);
    *grower = (struct json_grower){.state = GROWER_DEAD};
}

static bool is_blank(int32_t code)
{
    return code == ' ' || code == '\n' || code == '\r' || code == '\t';
}

static struct json_grower_frame *innermost(const struct json_grower *grower)
{
    return grower->depth > 0 ? &grower->frames[grower->depth - 1] : NULL;
}

void json_grower_start_token(struct json_grower *grower, enum json_grower_state state)
{
    buf_reset(&grower->token);
    json_decref(grower->shown_number);
    grower->shown_number = NULL;
    grower->solid = grower->blank_end = grower->number_len = 0;
    grower->high = 0;
    grower->is_token_shown = false;
    grower->state = state;
}

void json_grower_attach(struct json_grower *grower, json_t *value)
{
    struct json_grower_frame *frame = innermost(grower);
    grower->state = GROWER_AFTER;
    if (!frame) {
        grower->root = value;
    } else if (json_is_array(frame->container)) {
        (void)json_array_append_new(frame->container, value);
    } else {
        (void)json_object_set_new_nocheck(frame->container, frame->key, value);
        free(frame->key);
        frame->key = NULL;
    }
}

static enum ls_err open_container(struct json_grower *grower, json_t *container)
{
    if (grower->depth >= JSON_MAX_DEPTH) {
        json_decref(container);
        return LS_TOO_BIG;
    }
    if (grower->depth == grower->frame_cap) {
        grower->frame_cap = grower->frame_cap ? 2 * grower->frame_cap : 8;
        grower->frames = mem_resize(grower->frames, grower->frame_cap, sizeof *grower->frames);
    }
    assert(grower->frames);
    grower->frames[grower->depth++] = (struct json_grower_frame){.container = container};
    grower->state = json_is_array(container) ? GROWER_FIRST_ITEM : GROWER_FIRST_KEY;
    grower->is_dirty = true;
    return LS_OK;
}

static enum ls_err close_container(struct json_grower *grower, int32_t code)
{
    struct json_grower_frame *frame = innermost(grower);
    if (!frame || json_is_array(frame->container) != (code == ']'))
        return json_grower_break(grower, code);
    json_t *value = frame->container;
    grower->depth--;
    json_grower_attach(grower, value);
    return LS_OK;
}

static enum ls_err start_string(struct json_grower *grower, bool is_key)
{
    json_grower_start_token(grower, GROWER_STRING);
    grower->is_key = is_key;
    grower->was_dirty = grower->is_dirty;
    grower->is_dirty = grower->is_dirty || !is_key;
    return LS_OK;
}

static enum ls_err start_literal(struct json_grower *grower, const char *word)
{
    grower->state = GROWER_LITERAL;
    grower->literal = word;
    grower->literal_len = 1;
    return LS_OK;
}

static enum ls_err start_value(struct json_grower *grower, int32_t code)
{
    /* The last of equal keys wins; what was shown of an earlier one would vanish. */
    const struct json_grower_frame *frame = innermost(grower);
    if (frame && frame->is_shown && frame->key && json_object_get(frame->container, frame->key))
        grower->is_frozen = true;
    switch (code) {
    case '{': return open_container(grower, json_object());
    case '[': return open_container(grower, json_array());
    case '"': return start_string(grower, false);
    case 't': return start_literal(grower, "true");
    case 'f': return start_literal(grower, "false");
    case 'n': return start_literal(grower, "null");
    case 'N': return start_literal(grower, "NaN");
    case 'I': return start_literal(grower, "Infinity");
    default: break;
    }
    if (code != '-' && (code < '0' || code > '9'))
        return json_grower_break(grower, code);
    json_grower_start_token(grower, GROWER_NUMBER);
    return json_grower_read_number(grower, code);
}

static enum ls_err read_literal(struct json_grower *grower, int32_t code)
{
    if (code != grower->literal[grower->literal_len])
        return json_grower_break(grower, code);
    if (grower->literal[++grower->literal_len])
        return LS_OK;
    char first = grower->literal[0];
    grower->is_dirty = true;
    json_grower_attach(grower, first == 't'   ? json_true()
                               : first == 'f' ? json_false()
                                              : json_null());
    return LS_OK;
}

static enum ls_err read_after(struct json_grower *grower, int32_t code)
{
    const struct json_grower_frame *frame = innermost(grower);
    if (code == '}' || code == ']')
        return close_container(grower, code);
    if (code != ',' || !frame)
        return json_grower_break(grower, code);
    grower->state = json_is_array(frame->container) ? GROWER_VALUE : GROWER_KEY;
    return LS_OK;
}

static enum ls_err read_between(struct json_grower *grower, int32_t code)
{
    if (is_blank(code))
        return LS_OK;
    switch (grower->state) {
    case GROWER_FIRST_ITEM:
        return code == ']' ? close_container(grower, code) : start_value(grower, code);
    case GROWER_FIRST_KEY:
        if (code == '}')
            return close_container(grower, code);
        return code == '"' ? start_string(grower, true) : json_grower_break(grower, code);
    case GROWER_KEY:
        return code == '"' ? start_string(grower, true) : json_grower_break(grower, code);
    case GROWER_COLON:
        if (code != ':')
            return json_grower_break(grower, code);
        grower->state = GROWER_VALUE;
        return LS_OK;
    case GROWER_AFTER: return read_after(grower, code);
    default: return start_value(grower, code);
    }
}

/* Behind the JSON: brackets and quotes alone are followed. */
static enum ls_err read_broken(struct json_grower *grower, int32_t code)
{
    struct buf *brackets = &grower->brackets;
    if (grower->in_string) {
        grower->in_string = code != '"' || grower->is_escaped;
        grower->is_escaped = code == '\\' && !grower->is_escaped;
        return LS_OK;
    }
    if (code == '"')
        grower->in_string = true;
    else if (code == '{' || code == '[')
        return buf_add_char(brackets, code == '{' ? '}' : ']');
    if (code != '}' && code != ']')
        return LS_OK;
    if (brackets->len == 0 || brackets->data[brackets->len - 1] != (char)code) {
        grower->state = GROWER_DEAD;
        return LS_OK;
    }
    brackets->data[--brackets->len] = '\0';
    grower->is_lost = grower->is_lost || brackets->len < grower->depth;
    return LS_OK;
}

enum ls_err json_grower_break(struct json_grower *grower, int32_t code)
{
    enum json_grower_state state = grower->state;
    grower->in_string = state == GROWER_STRING || state == GROWER_ESCAPE ||
                        state == GROWER_UNICODE || state == GROWER_BAD_ESCAPE;
    grower->is_escaped = state == GROWER_ESCAPE;
    if (grower->in_string) { /* the string is no part of the value any more */
        grower->is_frozen = grower->is_frozen || grower->is_token_shown;
        grower->is_dirty = grower->was_dirty;
    }
    grower->state = GROWER_BROKEN;
    if (state == GROWER_NUMBER && grower->number_len > 0) {
        json_grower_attach(grower, json_grower_number(grower));
        grower->state = GROWER_BROKEN;
    }
    enum ls_err err = LS_OK;
    assert(grower->depth == 0 || grower->frames);
    for (size_t i = 0; i < grower->depth && !err; i++)
        err =
            buf_add_char(&grower->brackets, json_is_array(grower->frames[i].container) ? ']' : '}');
    return err ? err : read_broken(grower, code);
}

enum ls_err json_grower_feed(struct json_grower *grower, int32_t code)
{
    switch (grower->state) {
    case GROWER_STRING:
    case GROWER_ESCAPE:
    case GROWER_UNICODE:
    case GROWER_BAD_ESCAPE: return json_grower_read_string(grower, code);
    case GROWER_NUMBER: return json_grower_read_number(grower, code);
    case GROWER_LITERAL: return read_literal(grower, code);
    case GROWER_BROKEN: return read_broken(grower, code);
    case GROWER_DEAD: return LS_OK;
    default: return read_between(grower, code);
    }
}

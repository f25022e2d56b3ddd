/* What a growing JSON value looks like from outside. */
#include <stdlib.h>

#include "base/json_grower.h"

static bool is_in_string(const struct json_grower *grower)
{
    return grower->state == GROWER_STRING || grower->state == GROWER_ESCAPE ||
           grower->state == GROWER_UNICODE || grower->state == GROWER_BAD_ESCAPE;
}

/* The string or number being read (yours), or NULL. */
static json_t *open_scalar(const struct json_grower *grower)
{
    if (is_in_string(grower) && !grower->is_key)
        return json_stringn(buf_str(&grower->token), grower->solid);
    return grower->state == GROWER_NUMBER ? json_grower_number(grower) : NULL;
}

bool json_grower_has_value(const struct json_grower *grower)
{
    return grower->depth > 0 || grower->root || (is_in_string(grower) && !grower->is_key) ||
           (grower->state == GROWER_NUMBER && grower->number_len > 0);
}

bool json_grower_is_complete(const struct json_grower *grower)
{
    if (grower->state == GROWER_NUMBER)
        return grower->number_len > 0 && grower->number_len == grower->token.len;
    return grower->state == GROWER_AFTER || grower->state == GROWER_FIRST_ITEM ||
           grower->state == GROWER_FIRST_KEY;
}

bool json_grower_is_standing(const struct json_grower *grower)
{
    if (grower->state == GROWER_DEAD)
        return false;
    return grower->state != GROWER_BROKEN ||
           (!grower->is_lost && grower->brackets.len == grower->depth);
}

json_t *json_grower_value(const struct json_grower *grower)
{
    json_t *value = open_scalar(grower);
    for (size_t i = grower->depth; i-- > 0;) {
        const struct json_grower_frame *frame = &grower->frames[i];
        json_t *copy = json_copy(frame->container);
        if (value && json_is_array(copy))
            (void)json_array_append_new(copy, value);
        else if (value)
            (void)json_object_set_new_nocheck(copy, frame->key, value);
        value = copy;
    }
    return value ? value : json_incref(grower->root);
}

/* Whether the open number is worth a snapshot: 1.0 and 1.00 are not two. */
static bool is_number_new(struct json_grower *grower)
{
    if (grower->state != GROWER_NUMBER)
        return true;
    json_t *number = json_grower_number(grower);
    bool is_new = !grower->shown_number || !json_equal(number, grower->shown_number);
    json_decref(grower->shown_number);
    grower->shown_number = number;
    return is_new;
}

json_t *json_grower_show(struct json_grower *grower)
{
    if (!grower->is_dirty || grower->is_frozen || !json_grower_is_standing(grower) ||
        !json_grower_has_value(grower))
        return NULL;
    grower->is_dirty = false;
    if (!is_number_new(grower))
        return NULL;
    for (size_t i = 0; i < grower->depth; i++)
        grower->frames[i].is_shown = true;
    grower->is_token_shown = is_in_string(grower) && !grower->is_key;
    return json_grower_value(grower);
}

/* Any bytes as a model's JSON, cut anywhere: the same value as uncut, and snapshots that grow. */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/partial_json.h"
#include "cuts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 1 << 20, MAX_SIZE = 1 << 13 /* comparing snapshots takes its square */ };

static bool has_grown(const json_t *before, const json_t *now);

static bool has_grown_inside(const json_t *before, const json_t *now)
{
    const char *key;
    json_t *value;
    for (size_t i = 0; i < json_array_size(before); i++)
        if (!has_grown(json_array_get(before, i), json_array_get(now, i)))
            return false;
    json_object_foreach((json_t *)before, key, value)
        if (!has_grown(value, json_object_get(now, key)))
            return false;
    return true;
}

/* Whether `now` holds all that `before` did; a number may become another, or too large (null). */
static bool has_grown(const json_t *before, const json_t *now)
{
    if (!now || (json_is_number(before) && (json_is_number(now) || json_is_null(now))))
        return now != NULL;
    if (json_typeof(before) != json_typeof(now))
        return false;
    if (json_is_string(before))
        return json_string_length(before) <= json_string_length(now) &&
               memcmp(json_string_value(before), json_string_value(now),
                      json_string_length(before)) == 0;
    return has_grown_inside(before, now);
}

/* A fence may bring another value where only an empty container was shown. */
static bool says_nothing(const json_t *value)
{
    return !value || (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

static void take_snapshot(struct partial_json *partial, json_t **last)
{
    json_t *snapshot = partial_json_snapshot(partial);
    if (!snapshot)
        return;
    assert(says_nothing(*last) || has_grown(*last, snapshot));
    json_decref(*last);
    *last = snapshot;
    snapshot = partial_json_snapshot(partial);
    assert(!snapshot);
}

static enum ls_err read_cut(struct cuts cuts, json_t **value)
{
    struct partial_json *partial = partial_json_new(LIMIT);
    char why[PARTIAL_JSON_WHY_SIZE];
    json_t *last = NULL;
    enum ls_err fed = LS_OK;
    for (size_t len; (len = cuts_next(&cuts)) > 0; cuts_skip(&cuts, len)) {
        enum ls_err err = partial_json_feed(partial, cuts.at, len);
        assert(!fed || fed == err);
        fed = err;
        take_snapshot(partial, &last);
    }
    enum ls_err err = partial_json_finish(partial, value, why);
    assert(!fed || fed == err);
    assert((err == LS_OK) == (*value != NULL) && (err == LS_OK) == (*why == '\0'));
    json_decref(last);
    partial_json_free(&partial);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MAX_SIZE)
        return 0;
    struct cuts cut = cuts_of(data, size), whole = cut;
    json_t *value_of_cut = NULL, *value_of_whole = NULL;
    whole.seed = 0;
    enum ls_err err = read_cut(cut, &value_of_cut), same = read_cut(whole, &value_of_whole);
    assert(err == same);
    assert(err || json_equal(value_of_cut, value_of_whole));
    json_decref(value_of_cut);
    json_decref(value_of_whole);
    return 0;
}

/* Design: nearly all events of a stream add a piece of text and say nothing else that anybody
 * reads.  These are read without making values of them.  Whatever is not as plain as that, or not
 * well, is left to openai_chunk(). */
#include "base/json_pull.h"
#include "models/openai_wire.h"

struct delta {
    struct json_pull pull;
    json_t *text; /* of the choice's delta, as far as it was read */
    bool has_choice;
    bool odd;  /* something here asks for more than this reader */
    bool more; /* a message would hold more than the text */
};

/* Passes over a value; false when it is not null. */
static bool pass_null(struct delta *delta)
{
    bool null = json_pull_is(&delta->pull, 'n');
    (void)json_pull_skip(&delta->pull);
    return null;
}

static void read_content(struct delta *delta)
{
    struct json_span text;
    if (!json_pull_string(&delta->pull, &text))
        return;
    json_decref(delta->text);
    delta->text = json_stringn_nocheck(text.data, text.len);
}

static void read_delta(struct delta *delta)
{
    struct json_span key;
    (void)json_pull_enter(&delta->pull, '{');
    delta->odd |= delta->text != NULL; /* of another delta */
    json_decref(delta->text);
    delta->text = json_string("");
    while (json_pull_key(&delta->pull, &key))
        if (json_span_is(&key, "content"))
            read_content(delta);
        else if (json_span_is(&key, "role"))
            (void)json_pull_skip(&delta->pull);
        else
            delta->more |= !pass_null(delta);
}

static void read_index(struct delta *delta)
{
    json_auto_t *index = json_pull_scalar(&delta->pull);
    delta->odd |= !json_is_integer(index) || json_integer_value(index) != 0;
}

static void read_choice(struct delta *delta)
{
    struct json_span key;
    delta->odd |= delta->has_choice; /* already */
    delta->has_choice = true;
    (void)json_pull_enter(&delta->pull, '{');
    while (json_pull_key(&delta->pull, &key))
        if (json_span_is(&key, "index"))
            read_index(delta);
        else if (json_span_is(&key, "delta"))
            read_delta(delta);
        else
            delta->more |= !pass_null(delta);
}

static void read_choices(struct delta *delta)
{
    (void)json_pull_enter(&delta->pull, '[');
    delta->odd |= delta->has_choice; /* in another list */
    while (json_pull_element(&delta->pull))
        read_choice(delta);
}

static void read_event(struct delta *delta)
{
    struct json_span key;
    (void)json_pull_enter(&delta->pull, '{');
    while (json_pull_key(&delta->pull, &key))
        if (json_span_is(&key, "choices"))
            read_choices(delta);
        else if (json_span_is(&key, "usage") || json_span_is(&key, "error"))
            delta->odd |= !pass_null(delta);
        else
            (void)json_pull_skip(&delta->pull);
}

json_t *openai_delta(struct model_reading *reading, const char *data, size_t len, bool takes_text)
{
    struct delta delta = {0};
    json_pull_init(&delta.pull, data, len);
    read_event(&delta);
    json_auto_t *text = delta.text;
    bool well = json_pull_end(&delta.pull);
    if (!well || !text || delta.odd || (delta.more && !takes_text))
        return NULL;
    reading->answered = reading->finished = true;
    return takes_text ? json_incref(text) : openai_text_message(reading, text);
}

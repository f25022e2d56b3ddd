#include "routes/observed.h"

#include "base/list.h"
#include "routes/feedback_token.h"
#include "routes/invalid.h"
#include "routes/reply.h"

/* The members of a request that filter, and where the filter keeps them. */
static const struct filter_key {
    const char *name;
    size_t offset;
} filter_keys[] = {
    {"include_names", offsetof(struct event_filter, include_names)},
    {"include_types", offsetof(struct event_filter, include_types)},
    {"include_tags", offsetof(struct event_filter, include_tags)},
    {"exclude_names", offsetof(struct event_filter, exclude_names)},
    {"exclude_types", offsetof(struct event_filter, exclude_types)},
    {"exclude_tags", offsetof(struct event_filter, exclude_tags)},
};

static void check_items(json_t *errors, const char *name, json_t *list)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
        if (!json_is_string(item))
            invalid_add(errors, "string_type", json_pack("[s,I]", name, (json_int_t)i),
                        "Input should be a valid string", item);
}

/* As pydantic reads an optional sequence of text. */
static void check_list(json_t *errors, const char *name, json_t *given)
{
    if (json_is_array(given))
        check_items(errors, name, given);
    else if (json_is_string(given))
        invalid_add(errors, "sequence_str", json_pack("[s]", name),
                    "'str' instances are not allowed as a Sequence value", given);
    else
        invalid_add(errors, "is_instance_of", json_pack("[s]", name),
                    "Input should be an instance of Sequence", given);
}

static bool read_filter(const struct route *route, struct http_exchange *exchange, json_t *body,
                        struct event_filter *filter)
{
    json_t *errors = json_array();
    *filter = (struct event_filter){.allowed_names = route->stream_names};
    for (size_t i = 0; i < sizeof filter_keys / sizeof *filter_keys; i++) {
        const struct filter_key *key = &filter_keys[i];
        json_t *given = json_object_get(body, key->name);
        if (!given || json_is_null(given))
            continue;
        check_list(errors, key->name, given);
        *(json_t **)((char *)filter + key->offset) = given;
    }
    if (json_array_size(errors) > 0) {
        reply_invalid(exchange, route->errors, errors);
        return false;
    }
    json_decref(errors);
    return true;
}

static void begin(struct emitter *emitter)
{
    sse_answer_begin(&container_of(emitter, struct observed_answer, emitter)->answer, "data");
}

static enum flow end(struct emitter *emitter)
{
    struct observed_answer *observed = container_of(emitter, struct observed_answer, emitter);
    enum flow flow = sse_answer_send(&observed->answer);
    if (!observed->tells_tokens || !sse_answer_is_read(&observed->answer) ||
        observed->answer.broken)
        return flow;
    observed->tells_tokens = false;
    return sse_answer_send_metadata(&observed->answer);
}

void *observed_answer_new(size_t size, struct service *service, const struct route *route,
                          endpoint_fn *endpoint, struct http_exchange *exchange, json_t **input)
{
    struct ask ask;
    struct event_filter filter;
    if (!body_read_ask(route, exchange, &ask) || !read_filter(route, exchange, ask.body, &filter))
        return NULL;
    struct observed_answer *observed =
        sse_answer_new(size, service, route, endpoint, exchange, &ask);
    if (!observed)
        return NULL;
    arena_hold_json(run_arena(observed->answer.execution.run), ask.body);
    observed->filter = filter;
    observed->tells_tokens = feedback_gives_tokens(route);
    observed->emitter = (struct emitter){&observed->answer.event, begin, end};
    *input = ask.input;
    return observed;
}

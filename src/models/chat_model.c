#include "models/chat_model.h"

#include <string.h>

#include "run/gather.h"
#include "run/message.h"
#include "schema/well_known.h"

json_t *chat_model_input_schema(const struct runnable *runnable)
{
    json_auto_t *title = json_sprintf("%sInput", runnable->name);
    return well_known_model_input(json_string_value(title));
}

json_t *chat_model_output_schema(const struct runnable *runnable)
{
    json_auto_t *title = json_sprintf("%sOutput", runnable->name);
    return well_known_message(json_string_value(title));
}

const char *chat_model_message_id(struct scope *scope, const struct uuid *run_id, bool whole)
{
    static const char before[] = "lc_run--", behind[] = "-0";
    size_t start = sizeof before - 1;
    char *id = arena_alloc(scope->arena, start + UUID_LEN + sizeof behind);
    memcpy(id, before, start);
    uuid_format(id + start, run_id);
    if (whole)
        memcpy(id + start + UUID_LEN, behind, sizeof behind);
    return id;
}

struct model_input {
    struct sink *out;
    chat_model_fn *fn;
    void *owner;
};

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct model_input *input = owner;
    json_t *messages = NULL;
    const char *why = NULL;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(input->out, outcome);
        return;
    }
    if (message_list(&messages, value, &why) != LS_OK) {
        sink_fail(input->out, LS_BAD_VALUE, why);
        return;
    }
    input->fn(input->owner, messages);
    json_decref(messages);
}

struct sink *chat_model_input(struct scope *scope, struct sink *out, chat_model_fn *fn, void *owner)
{
    struct model_input *input = arena_alloc(scope->arena, sizeof *input);
    *input = (struct model_input){.out = out, .fn = fn, .owner = owner};
    return gather_sink(scope, on_input, input);
}

json_t *chat_model_last_chunk(const char *id)
{
    json_t *chunk = message_ai_chunk("", 0, id);
    json_object_set_new(chunk, "chunk_position", json_string("last"));
    return chunk;
}

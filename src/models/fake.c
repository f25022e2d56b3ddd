#include "models/fake.h"

#include "base/mem.h"
#include "models/chat_model.h"
#include "models/fake_answer.h"
#include "run/message.h"
#include "run/run.h"

enum { MAX_ECHO = 64 << 20 };

struct fake {
    struct runnable runnable;
    struct fake_made made;
};

struct fake_stage {
    struct fake_answer answer;
    const struct fake *fake;
    struct scope *scope;
    const char *id;
    struct uuid run_id;
};

static json_t *make_message(struct fake_answer *answer, const char *text, size_t len)
{
    const struct fake_stage *stage = container_of(answer, struct fake_stage, answer);
    json_t *message = answer->streaming ? message_ai_chunk(text, len, stage->id)
                                        : message_ai(text, len, stage->id);
    if (answer->streaming && answer->ended)
        json_object_set_new_nocheck(message, "chunk_position", json_string("last"));
    return message;
}

/* The text of the last message, in the arena. */
static void answer_echo(struct fake_stage *stage, const json_t *messages)
{
    struct buf text;
    buf_init(&text, MAX_ECHO);
    (void)message_add_text(&text, json_array_get(messages, json_array_size(messages) - 1));
    fake_answer_start(&stage->answer, arena_strndup(stage->scope->arena, buf_str(&text), text.len),
                      text.len);
    buf_fini(&text);
}

static void on_messages(void *owner, json_t *messages)
{
    struct fake_stage *stage = owner;
    stage->id = chat_model_message_id(stage->scope, &stage->run_id, !stage->answer.streaming);
    if (stage->fake->made.options.echo) {
        answer_echo(stage, messages);
        return;
    }
    const json_t *response = fake_next_response(&stage->fake->made);
    fake_answer_start(&stage->answer, response ? json_string_value(response) : "",
                      json_string_length(response));
}

static struct sink *fake_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    struct fake_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->fake = container_of(runnable, const struct fake, runnable);
    stage->scope = scope;
    stage->run_id = call_run_id(call);
    fake_answer_init(&stage->answer, &stage->fake->made.options, scope, call->streaming, out);
    stage->answer.make = make_message;
    return chat_model_input(scope, out, on_messages, stage);
}

/* LangChain takes the provider from the model's class, which a fake may be named after. */
static json_t *fake_trace_metadata(const struct runnable *runnable, const char *name,
                                   const json_t *kwargs)
{
    return fake_metadata(&container_of(runnable, const struct fake, runnable)->made,
                         runnable_trace_word(name, "Chat", true), "chat", kwargs);
}

static void fake_fini(struct runnable *runnable)
{
    fake_made_fini(&container_of(runnable, struct fake, runnable)->made);
}

static const struct runnable_ops fake_ops = {
    .type = "FakeListChatModel",
    .step = STEP_CHAT_MODEL,
    .streams = true,
    .open = fake_open,
    .input_schema = chat_model_input_schema,
    .output_schema = chat_model_output_schema,
    .trace_metadata = fake_trace_metadata,
    .fini = fake_fini,
};

struct runnable *fake_new(const struct fake_options *options)
{
    struct fake *fake = mem_alloc(sizeof *fake);
    runnable_init(&fake->runnable, &fake_ops, NULL);
    fake_made_init(&fake->made, options);
    return &fake->runnable;
}

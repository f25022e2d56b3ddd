#include "models/fake.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "models/chat_model.h"
#include "run/message.h"
#include "run/run.h"
#include "run/source.h"

enum { CHUNKS_PER_TURN = 64, MAX_ECHO = 64 << 20 };

struct fake {
    struct runnable runnable;
    struct fake_options options;
    size_t *next; /* which response comes next: the one thing that changes */
};

struct fake_stage {
    struct source source;
    struct timer timer;
    const struct fake *fake;
    struct scope *scope;
    const char *text, *at, *id;
    size_t len;
    int64_t pushed; /* chunks */
    bool streaming, due;
    bool ended; /* the last chunk has gone out */
    struct uuid run_id;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\n';
}

/* The length of the next chunk: what is left when the answer is wanted whole. */
static size_t chunk_len(const struct fake_stage *stage)
{
    size_t left = stage->len - (size_t)(stage->at - stage->text);
    if (!stage->streaming || left == 0)
        return left;
    if (stage->fake->options.unit == FAKE_CHARS)
        return text_char_len(stage->at, left);
    size_t len = 0;
    while (len < left && !is_blank(stage->at[len]))
        len++;
    while (len < left && is_blank(stage->at[len]))
        len++;
    return len;
}

static bool must_fail(const struct fake_stage *stage)
{
    const struct fake_options *options = &stage->fake->options;
    if (!stage->streaming)
        return options->error || options->error_after >= 0;
    return options->error || stage->pushed == options->error_after;
}

/* Whether the chunk that was just made is the answer's last. */
static bool is_last(const struct fake_stage *stage, size_t len)
{
    bool all = stage->at == stage->text + stage->len;
    return all && (len == 0 || !stage->streaming || !stage->fake->options.empty_last);
}

static enum flow push_next(struct fake_stage *stage)
{
    size_t len = chunk_len(stage);
    json_auto_t *message = stage->streaming ? message_ai_chunk(stage->at, len, stage->id)
                                            : message_ai(stage->at, len, stage->id);
    stage->at += len;
    stage->pushed++;
    stage->ended = is_last(stage, len);
    if (stage->streaming && stage->ended)
        json_object_set_new_nocheck(message, "chunk_position", json_string("last"));
    struct chunk chunk = chunk_adds(message);
    return source_push(&stage->source, &chunk);
}

/* Whether the next step must wait for its delay. */
static bool must_wait(struct fake_stage *stage)
{
    const struct fake_options *options = &stage->fake->options;
    if (options->delay == 0 || options->error || stage->due || stage->ended)
        return false;
    if (!timer_is_running(&stage->timer))
        timer_start(&stage->timer, options->delay);
    return true;
}

static void fake_go(struct source *source)
{
    struct fake_stage *stage = container_of(source, struct fake_stage, source);
    for (int i = 0; i < CHUNKS_PER_TURN; i++) {
        if (must_wait(stage))
            return;
        stage->due = false;
        if (must_fail(stage)) {
            struct outcome failed = outcome_error(LS_UPSTREAM, stage->fake->options.error);
            source_done(source, &failed);
            return;
        }
        if (stage->ended) {
            source_done(source, &outcome_well);
            return;
        }
        if (push_next(stage) != FLOW_ON)
            return;
    }
    source_again(source);
}

static void fake_stop(struct source *source)
{
    timer_stop(&container_of(source, struct fake_stage, source)->timer);
}

static const struct source_ops fake_source_ops = {fake_go, fake_stop};

static void on_timer(struct timer *timer)
{
    struct fake_stage *stage = container_of(timer, struct fake_stage, timer);
    stage->due = true;
    source_again(&stage->source);
}

/* The text of the last message, in the arena. */
static void choose_echo(struct fake_stage *stage, const json_t *messages)
{
    struct buf text;
    buf_init(&text, MAX_ECHO);
    (void)message_add_text(&text, json_array_get(messages, json_array_size(messages) - 1));
    stage->text = arena_strndup(stage->scope->arena, buf_str(&text), text.len);
    stage->len = text.len;
    buf_fini(&text);
}

static void choose_response(struct fake_stage *stage)
{
    const json_t *responses = stage->fake->options.responses;
    size_t i = *stage->fake->next;
    const json_t *response = json_array_get(responses, i);
    *stage->fake->next = i + 1 < json_array_size(responses) ? i + 1 : 0;
    stage->text = response ? json_string_value(response) : "";
    stage->len = json_string_length(response);
}

static void on_messages(void *owner, json_t *messages)
{
    struct fake_stage *stage = owner;
    stage->scope->run->tally.model_calls++;
    if (stage->fake->options.echo)
        choose_echo(stage, messages);
    else
        choose_response(stage);
    stage->at = stage->text;
    stage->id = chat_model_message_id(stage->scope, &stage->run_id, !stage->streaming);
    source_start(&stage->source);
}

static struct sink *fake_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    struct fake_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->fake = container_of(runnable, const struct fake, runnable);
    stage->scope = scope;
    stage->streaming = call->streaming;
    stage->run_id = call_run_id(call);
    source_init(&stage->source, &fake_source_ops, scope, out);
    timer_init(&stage->timer, scope_loop(scope), on_timer);
    return chat_model_input(scope, out, on_messages, stage);
}

/* LangChain takes the provider from the model's class, which a fake may be named after. */
static json_t *fake_trace_metadata(const struct runnable *runnable, const char *name,
                                   const json_t *kwargs)
{
    static const char word[] = "Chat";
    size_t len = strlen(name), cut = sizeof word - 1;
    if (strncmp(name, word, cut) == 0)
        name += cut, len -= cut;
    else if (len > cut && strcmp(name + len - cut, word) == 0)
        len -= cut;
    char *provider = mem_strndup(name, len);
    for (char *c = provider; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    const struct fake_options *options =
        &container_of(runnable, const struct fake, runnable)->options;
    json_t *metadata =
        json_pack("{s:s,s:s,s:s*,s:O*}", "ls_provider", provider, "ls_model_type", "chat",
                  "ls_model_name", options->model, "ls_stop", json_object_get(kwargs, "stop"));
    if (!isnan(options->temperature))
        json_object_set_new(metadata, "ls_temperature", json_real(options->temperature));
    free(provider);
    return metadata;
}

static void fake_fini(struct runnable *runnable)
{
    struct fake *fake = container_of(runnable, struct fake, runnable);
    json_decref(fake->options.responses);
    free((char *)fake->options.error);
    free((char *)fake->options.model);
    free(fake->next);
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
    fake->options = *options;
    fake->options.responses = json_incref(options->responses);
    fake->options.error = mem_strdup(options->error);
    fake->options.model = mem_strdup(options->model);
    fake->next = mem_zalloc(1, sizeof *fake->next);
    return &fake->runnable;
}

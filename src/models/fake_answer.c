#include "models/fake_answer.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

enum { CHUNKS_PER_TURN = 64 };

void fake_made_init(struct fake_made *made, const struct fake_options *options)
{
    made->options = *options;
    made->options.responses = json_incref(options->responses);
    made->options.error = mem_strdup(options->error);
    made->options.model = mem_strdup(options->model);
    made->next = mem_zalloc(1, sizeof *made->next);
}

void fake_made_fini(struct fake_made *made)
{
    json_decref(made->options.responses);
    free((char *)made->options.error);
    free((char *)made->options.model);
    free(made->next);
}

const json_t *fake_next_response(const struct fake_made *made)
{
    const json_t *responses = made->options.responses;
    size_t i = *made->next;
    *made->next = i + 1 < json_array_size(responses) ? i + 1 : 0;
    return json_array_get(responses, i);
}

json_t *fake_metadata(const struct fake_made *made, char *provider, const char *type,
                      const json_t *kwargs)
{
    json_t *metadata =
        json_pack("{s:s,s:s,s:s*,s:O*}", "ls_provider", provider, "ls_model_type", type,
                  "ls_model_name", made->options.model, "ls_stop", json_object_get(kwargs, "stop"));
    if (!isnan(made->options.temperature))
        json_object_set_new(metadata, "ls_temperature", json_real(made->options.temperature));
    free(provider);
    return metadata;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n';
}

/* The length of the next chunk: what is left when the answer is wanted whole. */
static size_t chunk_len(const struct fake_answer *answer)
{
    size_t left = answer->len - (size_t)(answer->at - answer->text);
    if (!answer->streaming || left == 0 || answer->options->unit == FAKE_WHOLE)
        return left;
    if (answer->options->unit == FAKE_CHARS)
        return text_char_len(answer->at, left);
    size_t len = 0;
    while (len < left && !is_blank(answer->at[len]))
        len++;
    while (len < left && is_blank(answer->at[len]))
        len++;
    return len;
}

static bool must_fail(const struct fake_answer *answer)
{
    const struct fake_options *options = answer->options;
    if (!answer->streaming)
        return options->error || options->error_after >= 0;
    return options->error || answer->pushed == options->error_after;
}

/* Whether the chunk that was just made is the answer's last. */
static bool is_last(const struct fake_answer *answer, size_t len)
{
    bool all = answer->at == answer->text + answer->len;
    return all && (len == 0 || !answer->streaming || !answer->options->empty_last);
}

static enum flow push_next(struct fake_answer *answer)
{
    size_t len = chunk_len(answer);
    const char *text = answer->at;
    answer->at += len;
    answer->pushed++;
    answer->ended = is_last(answer, len);
    json_auto_t *made = answer->make(answer, text, len);
    struct chunk chunk = chunk_adds(made);
    return source_push(&answer->source, &chunk);
}

/* Whether the next step must wait for its delay. */
static bool must_wait(struct fake_answer *answer)
{
    const struct fake_options *options = answer->options;
    if (options->delay == 0 || options->error || answer->due || answer->ended)
        return false;
    if (!timer_is_running(&answer->timer))
        timer_start(&answer->timer, options->delay);
    return true;
}

static void answer_go(struct source *source)
{
    struct fake_answer *answer = container_of(source, struct fake_answer, source);
    for (int i = 0; i < CHUNKS_PER_TURN; i++) {
        if (must_wait(answer))
            return;
        answer->due = false;
        if (must_fail(answer)) {
            struct outcome failed = outcome_error(LS_UPSTREAM, answer->options->error);
            source_done(source, &failed);
            return;
        }
        if (answer->ended) {
            source_done(source, &outcome_well);
            return;
        }
        if (push_next(answer) != FLOW_ON)
            return;
    }
    source_again(source);
}

static void answer_stop(struct source *source)
{
    timer_stop(&container_of(source, struct fake_answer, source)->timer);
}

static const struct source_ops answer_ops = {answer_go, answer_stop};

static void on_timer(struct timer *timer)
{
    struct fake_answer *answer = container_of(timer, struct fake_answer, timer);
    answer->due = true;
    source_again(&answer->source);
}

void fake_answer_init(struct fake_answer *answer, const struct fake_options *options,
                      struct scope *scope, bool streaming, struct sink *out)
{
    *answer = (struct fake_answer){.options = options, .streaming = streaming};
    source_init(&answer->source, &answer_ops, scope, out);
    timer_init(&answer->timer, scope_loop(scope), on_timer);
}

void fake_answer_start(struct fake_answer *answer, const char *text, size_t len)
{
    answer->text = answer->at = text;
    answer->len = len;
    source_start(&answer->source);
}

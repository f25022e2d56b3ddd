/* For tests of stages: C lambdas of each form, told by a few words of JSON what to do.
 *
 * {"error": "text"} fails; {"delay": ms} takes its time; {"deaf": true} hears of no cancel;
 * {"again": true} asks for each chunk's turn; {"error_after": n} fails behind n chunks. */
#pragma once

#include "base/mem.h"
#include "run/run.h"
#include "stages/lambda_call.h"

/* What takes its time: the call's state. */
struct ticking {
    struct timer timer;
    struct ls_call *call;
    json_int_t pushed;
};

static inline void free_ticking(void *state)
{
    struct ticking *ticking = state;
    timer_stop(&ticking->timer);
    free(ticking);
}

static inline struct ticking *ticking_of(ls_call *call, void (*fn)(struct timer *timer))
{
    struct ticking *ticking = ls_state(call);
    if (ticking)
        return ticking;
    ticking = mem_zalloc(1, sizeof *ticking);
    ticking->call = call;
    timer_init(&ticking->timer, scope_loop(call->stage->scope), fn);
    ls_set_state(call, ticking, free_ticking);
    return ticking;
}

static inline void free_words(void *data)
{
    json_decref(data);
}

static inline struct runnable *lambda_of(enum lambda_form form, union lambda_function function,
                                         void *data, void (*free_data)(void *data))
{
    struct lambda_code *code = lambda_code_new(form, function, data, free_data);
    struct runnable *made = lambda_new(code, NULL);
    lambda_code_rele(code);
    return made;
}

/* ---- plain and blocking ---- */

static inline enum ls_err wrap(ls_call *call, json_t *input, json_t **output)
{
    const char *error = json_string_value(json_object_get(ls_data(call), "error"));
    if (error)
        return ls_error(call, LS_BAD_VALUE, "%s", error);
    *output = json_pack("{s:O}", "got", input);
    return LS_OK;
}

static inline struct runnable *lambda_plain(json_t *words)
{
    return lambda_of(LAMBDA_PLAIN, (union lambda_function){.plain = wrap}, json_incref(words),
                     free_words);
}

static inline struct runnable *lambda_blocking(json_t *words)
{
    return lambda_of(LAMBDA_BLOCKING, (union lambda_function){.plain = wrap}, json_incref(words),
                     free_words);
}

/* ---- asynchronous ---- */

static inline void answer_wrapped(ls_call *call)
{
    json_t *output = NULL;
    enum ls_err err = wrap(call, call->input, &output);
    if (err)
        ls_fail(call, err, NULL);
    else
        ls_answer(call, output);
}

static inline void on_time(struct timer *timer)
{
    answer_wrapped(container_of(timer, struct ticking, timer)->call);
}

static inline void give_up(ls_call *call)
{
    assert_true(ls_is_cancelled(call));
    ls_fail(call, LS_CANCELLED, NULL);
}

static inline void wrap_later(ls_call *call, json_t *input)
{
    (void)input;
    json_int_t delay = json_integer_value(json_object_get(ls_data(call), "delay"));
    if (!json_is_true(json_object_get(ls_data(call), "deaf")))
        ls_on_cancel(call, give_up);
    if (delay > 0)
        timer_start(&ticking_of(call, on_time)->timer, delay);
    else
        answer_wrapped(call);
}

static inline struct runnable *lambda_async(json_t *words)
{
    return lambda_of(LAMBDA_ASYNC, (union lambda_function){.async = wrap_later}, json_incref(words),
                     free_words);
}

/* ---- awaiting: the runnable is the data, and its name the data's address ---- */

static inline const struct runnable *find_by_address(const void *owner, const char *name)
{
    void *data = NULL;
    (void)owner;
    assert_int_equal(sscanf(name, "%p", &data), 1);
    return data;
}

static const struct run_services lambda_services = {.find = find_by_address};

static inline void on_result(ls_call *call, const ls_result *result, void *owner)
{
    assert_ptr_equal(owner, ls_data(call));
    assert_int_equal(result->err == LS_OK, result->output != NULL);
    ls_hand_on(call, result);
}

static inline void await_data(ls_call *call, json_t *input)
{
    char name[32];
    snprintf(name, sizeof name, "%p", ls_data(call));
    enum ls_err err = ls_await(call, name, input, on_result, ls_data(call));
    if (err)
        ls_fail(call, err, NULL);
}

static inline void free_runnable(void *data)
{
    runnable_rele(data);
}

static inline struct runnable *lambda_await(struct runnable *awaited)
{
    return lambda_of(LAMBDA_ASYNC, (union lambda_function){.async = await_data}, awaited,
                     free_runnable);
}

/* ---- generators ---- */

static inline void on_time_again(struct timer *timer)
{
    ls_again(container_of(timer, struct ticking, timer)->call);
}

/* Pushes "a", "b", "c", "d". */
static inline void generate(ls_call *call, json_t *input)
{
    const json_t *words = ls_data(call);
    json_t *after = json_object_get(words, "error_after");
    json_int_t delay = json_integer_value(json_object_get(words, "delay"));
    struct ticking *ticking = ticking_of(call, on_time_again);
    enum ls_flow flow = LS_FLOW_ON;
    assert_non_null(input);
    while (flow == LS_FLOW_ON && ticking->pushed < 4) {
        if (after && ticking->pushed == json_integer_value(after)) {
            ls_fail(call, LS_BAD_VALUE, "after %d", (int)ticking->pushed);
            return;
        }
        flow = ls_push(call, json_sprintf("%c", 'a' + (int)ticking->pushed));
        ticking->pushed++;
        if (flow == LS_FLOW_ON && delay > 0) {
            timer_start(&ticking->timer, delay);
            return;
        }
        if (flow == LS_FLOW_ON && json_is_true(json_object_get(words, "again"))) {
            ls_again(call);
            return;
        }
    }
    if (flow == LS_FLOW_ON)
        ls_end(call);
}

static inline struct runnable *lambda_generator(json_t *words)
{
    return lambda_of(LAMBDA_GENERATOR, (union lambda_function){.generator = generate},
                     json_incref(words), free_words);
}

/* ---- transforms ---- */

/* Pushes what it takes. */
static inline void transform(ls_call *call)
{
    json_t *after = json_object_get(ls_data(call), "error_after");
    json_int_t delay = json_integer_value(json_object_get(ls_data(call), "delay"));
    struct ticking *ticking = ticking_of(call, on_time_again);
    enum ls_flow flow = LS_FLOW_ON;
    enum ls_input input = LS_INPUT_LATER;
    json_t *chunk;
    while (flow == LS_FLOW_ON && (input = ls_take(call, &chunk)) == LS_INPUT_CHUNK) {
        flow = ls_push(call, chunk);
        if (after && ticking->pushed++ == json_integer_value(after)) {
            ls_fail(call, LS_BAD_VALUE, "after %d", (int)ticking->pushed);
            return;
        }
        if (flow == LS_FLOW_ON && delay > 0) {
            timer_start(&ticking->timer, delay);
            return;
        }
    }
    if (flow == LS_FLOW_ON && input == LS_INPUT_END)
        ls_end(call);
}

static inline struct runnable *lambda_transform(json_t *words)
{
    return lambda_of(LAMBDA_TRANSFORM, (union lambda_function){.transform = transform},
                     json_incref(words), free_words);
}

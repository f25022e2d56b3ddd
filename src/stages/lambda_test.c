/* C lambdas on a real loop, with real threads: what the contract suite's virtual loop cannot show. */
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

#include "run/run_stand.h"
#include "stages/lambda_trees.h"

/* What the functions of a test share with it. */
static struct {
    struct stand stand;
    sem_t begun, gate;
    atomic_int returned, freed, cancels;
    atomic_bool saw_cancel;
    pthread_t thread;
    struct ls_call *call;
    struct runnable *lambda; /* of the run */
} it;

static int set_up(void **state)
{
    (void)state;
    memset(&it, 0, sizeof it);
    it.stand.loop = loop_new();
    it.stand.services = &lambda_services;
    sem_init(&it.begun, 0, 0);
    sem_init(&it.gate, 0, 0);
    return 0;
}

static void wait_for(atomic_int *value, int target)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int i = 0; i < 20000 && *value < target; i++)
        nanosleep(&moment, NULL);
    assert_int_equal(*value, target);
}

static int tear_down(void **state)
{
    (void)state;
    if (it.stand.loop) {
        assert_null(it.stand.run);
        stand_clear(&it.stand);
        loop_free(&it.stand.loop);
    }
    wait_for(&it.freed, 1); /* the last call has let go of the function's data */
    sem_destroy(&it.begun);
    sem_destroy(&it.gate);
    return 0;
}

static void count_freed(void *data)
{
    (void)data;
    it.freed++;
}

/* Starts a run of one lambda on the text "in". */
static void start(enum lambda_form form, union lambda_function function)
{
    json_auto_t *input = json_string("in");
    it.lambda = lambda_of(form, function, NULL, count_freed);
    stand_open(&it.stand, it.lambda, false);
    stand_push(&it.stand, input);
    stand_end(&it.stand, &outcome_well);
}

static void turn_until_ended(void)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    for (int i = 0; i < 20000 && it.stand.run; i++) {
        loop_turn(it.stand.loop);
        nanosleep(&moment, NULL);
    }
    assert_true(it.stand.out.ended);
    assert_int_equal(it.stand.dropped, 1);
    runnable_rele(it.lambda);
    it.lambda = NULL;
}

/* ---- blocking functions ---- */

static enum ls_err block(ls_call *call, json_t *input, json_t **output)
{
    assert_false(pthread_equal(pthread_self(), it.thread));
    sem_post(&it.begun);
    sem_wait(&it.gate);
    it.saw_cancel = ls_is_cancelled(call);
    *output = json_pack("[O,O]", input, ls_config(call));
    it.returned++;
    return LS_OK;
}

static void start_blocked(void)
{
    it.thread = pthread_self();
    start(LAMBDA_BLOCKING, (union lambda_function){.plain = block});
    loop_turn(it.stand.loop);
    loop_turn(it.stand.loop);
    sem_wait(&it.begun);
}

static void a_blocking_function_answers_from_its_thread(void **state)
{
    (void)state;
    start_blocked();
    sem_post(&it.gate);
    turn_until_ended();
    assert_json(json_array_get(it.stand.out.value, 0), "\"in\"");
    assert_json(json_array_get(it.stand.out.value, 1),
                "{\"tags\": [], \"metadata\": {}, \"recursion_limit\": 25, \"configurable\": {}}");
    assert_false(it.saw_cancel);
}

/* The run does not wait for a function that goes on. */
static void a_cancelled_run_leaves_its_function_behind(void **state)
{
    (void)state;
    start_blocked();
    run_cancel(it.stand.run, LS_CANCELLED);
    turn_until_ended();
    assert_int_equal(it.stand.out.err, LS_CANCELLED);
    assert_int_equal(it.returned, 0);
    sem_post(&it.gate);
    wait_for(&it.returned, 1);
    assert_true(it.saw_cancel);
    loop_turn(it.stand.loop);
}

static void a_function_returns_after_the_loop_has_ended(void **state)
{
    (void)state;
    start_blocked();
    run_cancel(it.stand.run, LS_CANCELLED);
    turn_until_ended();
    stand_clear(&it.stand);
    loop_free(&it.stand.loop);
    assert_int_equal(it.freed, 0);
    sem_post(&it.gate);
    wait_for(&it.returned, 1);
}

/* ---- answers from other threads ---- */

static void *answer(void *arg)
{
    sem_wait(&it.gate);
    it.saw_cancel = ls_is_cancelled(arg);
    ls_answer(arg, json_string("from afar"));
    it.returned++;
    return NULL;
}

static void count_cancel(ls_call *call)
{
    (void)call;
    it.cancels++;
}

static void hand_to_thread(ls_call *call, json_t *input)
{
    (void)input;
    ls_on_cancel(call, count_cancel);
    pthread_create(&it.thread, NULL, answer, call);
}

static void start_on_thread(void)
{
    start(LAMBDA_ASYNC, (union lambda_function){.async = hand_to_thread});
    loop_turn(it.stand.loop);
    loop_turn(it.stand.loop);
}

static void an_answer_comes_from_any_thread(void **state)
{
    (void)state;
    start_on_thread();
    sem_post(&it.gate);
    turn_until_ended();
    pthread_join(it.thread, NULL);
    assert_json(it.stand.out.value, "\"from afar\"");
    assert_int_equal(it.cancels, 0);
}

static void an_answer_after_the_run_is_dropped(void **state)
{
    (void)state;
    start_on_thread();
    run_cancel(it.stand.run, LS_CANCELLED);
    turn_until_ended();
    assert_int_equal(it.stand.out.err, LS_CANCELLED);
    assert_int_equal(it.cancels, 1);
    sem_post(&it.gate);
    pthread_join(it.thread, NULL);
    assert_true(it.saw_cancel);
    loop_turn(it.stand.loop);
}

static void an_answer_after_the_loop_is_dropped(void **state)
{
    (void)state;
    start_on_thread();
    run_cancel(it.stand.run, LS_CANCELLED);
    turn_until_ended();
    stand_clear(&it.stand);
    loop_free(&it.stand.loop);
    sem_post(&it.gate);
    pthread_join(it.thread, NULL);
}

/* Many times: an answer and a cancel at the same moment. */
static void an_answer_races_with_a_cancel(void **state)
{
    (void)state;
    enum { RACES = 300 };
    for (int i = 0; i < RACES; i++) {
        start_on_thread();
        sem_post(&it.gate);
        run_cancel(it.stand.run, LS_CANCELLED);
        turn_until_ended();
        pthread_join(it.thread, NULL);
    }
    stand_clear(&it.stand);
    loop_free(&it.stand.loop);
    wait_for(&it.freed, RACES);
    it.freed = 1;
}

/* ---- a generator whose chunks come from a thread ---- */

static void *wake(void *arg)
{
    for (int i = 0; i < 3; i++) {
        sem_wait(&it.begun);
        ls_again(arg);
    }
    return NULL;
}

static void count_up(ls_call *call, json_t *input)
{
    (void)input;
    if (!it.call) {
        it.call = call;
        pthread_create(&it.thread, NULL, wake, call);
    } else {
        (void)ls_push(call, json_integer(++it.returned));
    }
    if (it.returned == 3)
        ls_end(call);
    else
        sem_post(&it.begun);
}

static void a_generator_is_called_again_from_a_thread(void **state)
{
    (void)state;
    start(LAMBDA_GENERATOR, (union lambda_function){.generator = count_up});
    turn_until_ended();
    pthread_join(it.thread, NULL);
    assert_story(&it.stand, "+1 +2 +3");
}

/* ---- awaiting ---- */

static void on_first(ls_call *call, const ls_result *result, void *owner)
{
    (void)owner;
    it.returned++;
    assert_int_equal(result->err, LS_OK);
    ls_answer(call, json_incref(result->output));
}

/* Awaits itself, as long as that goes. */
static void dig(ls_call *call, json_t *input)
{
    (void)input;
    enum ls_err err = ls_await(call, "self", input, on_first, NULL);
    if (err)
        ls_answer(call, json_pack("{s:i,s:s}", "err", err, "why", call->message));
}

static const struct runnable *self;

static const struct runnable *find_self(const void *owner, const char *name)
{
    (void)owner;
    return strcmp(name, "self") == 0 ? self : NULL;
}

static void awaiting_without_end_is_refused(void **state)
{
    (void)state;
    static const struct run_services services = {.find = find_self};
    it.stand.services = &services;
    start(LAMBDA_ASYNC, (union lambda_function){.async = dig});
    self = it.lambda;
    turn_until_ended();
    assert_int_equal(json_integer_value(json_object_get(it.stand.out.value, "err")), LS_TOO_BIG);
    assert_int_equal(it.returned, 200);
}

static void ask_nobody(ls_call *call, json_t *input)
{
    enum ls_err err = ls_await(call, "nobody", input, on_first, NULL);
    ls_error_client(call, "Ask somebody else than %s.", "nobody");
    ls_fail(call, err, NULL);
}

static void an_unknown_name_is_told(void **state)
{
    (void)state;
    static const struct run_services services = {.find = find_self};
    it.stand.services = &services;
    start(LAMBDA_ASYNC, (union lambda_function){.async = ask_nobody});
    turn_until_ended();
    assert_int_equal(it.stand.out.err, LS_NOT_FOUND);
    assert_string_equal(it.stand.out.message, "no chain or model has the name 'nobody'");
}

/* Answers while something that it awaits still runs: that is cancelled, and nothing is told. */
static void answer_at_once(ls_call *call, json_t *input)
{
    assert_int_equal(ls_await(call, "self", input, on_first, NULL), LS_OK);
    ls_answer(call, json_string("enough"));
}

static void what_is_awaited_in_vain_is_cancelled(void **state)
{
    (void)state;
    static const struct run_services services = {.find = find_self};
    json_auto_t *words = json_of("{\"delay\": 3600000}");
    struct runnable *slow = lambda_async(words);
    self = slow;
    it.stand.services = &services;
    start(LAMBDA_ASYNC, (union lambda_function){.async = answer_at_once});
    turn_until_ended();
    assert_json(it.stand.out.value, "\"enough\"");
    assert_int_equal(it.returned, 0);
    runnable_rele(slow);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_blocking_function_answers_from_its_thread),
        TEST(a_cancelled_run_leaves_its_function_behind),
        TEST(a_function_returns_after_the_loop_has_ended),
        TEST(an_answer_comes_from_any_thread),
        TEST(an_answer_after_the_run_is_dropped),
        TEST(an_answer_after_the_loop_is_dropped),
        TEST(an_answer_races_with_a_cancel),
        TEST(a_generator_is_called_again_from_a_thread),
        TEST(awaiting_without_end_is_refused),
        TEST(an_unknown_name_is_told),
        TEST(what_is_awaited_in_vain_is_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

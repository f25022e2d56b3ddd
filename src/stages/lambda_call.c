/* The functions of langserved/lambda.h that any thread may call, and the life of a call. */
#include "stages/lambda_call.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

struct lambda_code *lambda_code_new(enum lambda_form form, union lambda_function function,
                                    void *data, void (*free_data)(void *data))
{
    struct lambda_code *code = mem_zalloc(1, sizeof *code);
    atomic_init(&code->refs, 1);
    code->form = form;
    code->function = function;
    code->data = data;
    code->free_data = free_data;
    return code;
}

struct lambda_code *lambda_code_hold(struct lambda_code *code)
{
    atomic_fetch_add(&code->refs, 1);
    return code;
}

void lambda_code_rele(struct lambda_code *code)
{
    if (!code || atomic_fetch_sub(&code->refs, 1) > 1)
        return;
    if (code->free_data)
        code->free_data(code->data);
    free(code);
}

/* ---- the life of a call ---- */

static void on_end(struct task *task)
{
    struct ls_call *call = container_of(task, struct ls_call, end);
    if (call->stage)
        lambda_stage_end(call->stage);
    lambda_call_rele(call);
}

static void on_again(struct task *task)
{
    struct ls_call *call = container_of(task, struct ls_call, again);
    atomic_store(&call->again_posted, false);
    if (call->stage)
        source_again(&call->stage->source);
    lambda_call_rele(call);
}

struct ls_call *lambda_call_new(struct lambda_stage *stage)
{
    struct ls_call *call = mem_zalloc(1, sizeof *call);
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&call->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    atomic_init(&call->refs, 1);
    call->code = lambda_code_hold(stage->code);
    call->input = json_incref(stage->input);
    call->config = call_config(&stage->call, stage->runnable);
    call->stage = stage;
    task_init(&call->end, on_end);
    task_init(&call->again, on_again);
    return call;
}

struct ls_call *lambda_call_hold(struct ls_call *call)
{
    atomic_fetch_add(&call->refs, 1);
    return call;
}

void lambda_call_rele(struct ls_call *call)
{
    if (atomic_fetch_sub(&call->refs, 1) > 1)
        return;
    if (call->free_state)
        call->free_state(call->state);
    json_decref(call->input);
    json_decref(call->config);
    json_decref(call->output);
    mailbox_rele(call->mailbox);
    lambda_code_rele(call->code);
    pthread_mutex_destroy(&call->lock);
    free(call->message);
    free(call->client);
    free(call);
}

bool lambda_call_enter(struct ls_call *call)
{
    pthread_mutex_lock(&call->lock);
    if (!call->ended)
        return true;
    pthread_mutex_unlock(&call->lock);
    return false;
}

void lambda_call_leave(struct ls_call *call)
{
    pthread_mutex_unlock(&call->lock);
}

/* Marks the call as ended; false: it was already. */
static bool mark_ended(struct ls_call *call)
{
    bool first = lambda_call_enter(call);
    if (first) {
        call->ended = true;
        lambda_call_leave(call);
    }
    return first;
}

void lambda_call_close(struct ls_call *call)
{
    if (mark_ended(call))
        lambda_call_rele(call);
}

/* Ends the call with what it holds. */
static void finish(struct ls_call *call)
{
    assert(call->mailbox && "a call that ends by returning");
    if (mark_ended(call) && !mailbox_post(call->mailbox, &call->end))
        lambda_call_rele(call);
}

struct outcome lambda_call_outcome(const struct ls_call *call)
{
    if (call->err == LS_OK)
        return outcome_well;
    bool known = call->err > LS_OK && (int)call->err < err_count();
    struct outcome outcome = outcome_error(known ? call->err : LS_INTERNAL, call->message);
    outcome.client = call->client;
    return outcome;
}

/* ---- what a call is about ---- */

void *ls_data(const ls_call *call)
{
    return call->code->data;
}

const json_t *ls_config(const ls_call *call)
{
    return call->config;
}

int ls_is_cancelled(const ls_call *call)
{
    return atomic_load(&call->cancelled);
}

void ls_set_state(ls_call *call, void *state, void (*free_state)(void *state))
{
    call->state = state;
    call->free_state = free_state;
}

void *ls_state(const ls_call *call)
{
    return call->state;
}

/* ---- errors and ends ---- */

/* printf into *text, which is replaced. */
__attribute__((format(printf, 2, 0))) static void print_to(char **text, const char *format,
                                                           va_list args)
{
    char *printed = NULL;
    if (!format || vasprintf(&printed, format, args) < 0)
        return;
    free(*text);
    *text = printed;
}

enum ls_err ls_error(ls_call *call, enum ls_err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_to(&call->message, format, args);
    va_end(args);
    return err;
}

void ls_error_client(ls_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_to(&call->client, format, args);
    va_end(args);
}

void ls_answer(ls_call *call, json_t *output)
{
    call->output = output;
    finish(call);
}

void ls_fail(ls_call *call, enum ls_err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_to(&call->message, format, args);
    va_end(args);
    call->err = err == LS_OK ? LS_INTERNAL : err;
    finish(call);
}

void ls_end(ls_call *call)
{
    finish(call);
}

void ls_on_cancel(ls_call *call, ls_cancel_function *fn)
{
    call->on_cancel = fn;
}

void ls_again(ls_call *call)
{
    if (atomic_exchange(&call->again_posted, true))
        return;
    lambda_call_hold(call);
    if (!mailbox_post(call->mailbox, &call->again))
        lambda_call_rele(call);
}

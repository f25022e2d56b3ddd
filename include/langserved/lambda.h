/* Lambdas: C functions as steps of a chain.
 *
 *     static enum ls_err shout(ls_call *call, json_t *input, json_t **output)
 *     {
 *         if (!json_is_string(input))
 *             return ls_error(call, LS_BAD_VALUE, "expected a text");
 *         *output = json_sprintf("%s!", json_string_value(input));
 *         return LS_OK;
 *     }
 *     …
 *     ls_sequence(model, ls_str_parser(), ls_lambda(shout, NULL, NULL), LS_END)
 *
 * Values are jansson's json_t.  An input is borrowed and shared with others: it must not be
 * changed; json_incref() keeps it, json_deep_copy() makes one that may be changed.  An output is
 * given: its reference is taken over, and from then on nobody may change it.
 *
 * "The loop's thread" is the one thread of a server's process that everything runs on but blocking
 * functions.  Who keeps it busy keeps all requests waiting.  docs/c-api.md has a table of the forms.
 */
#pragma once

#include <jansson.h>

#include <langserved/error.h>
#include <langserved/runnable.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One call of a lambda.  It is there
 *   plain and blocking functions:  until the function returns;
 *   asynchronous functions:        until ls_answer(), ls_fail() or ls_hand_on();
 *   generators and transforms:     until ls_end() or ls_fail(), or until nobody wants more chunks. */
typedef struct ls_call ls_call;

/* ---- the forms ---- */

/* Gives the output for an input; no output is null.  Returns LS_OK or an error, best by way of
 * ls_error().  As a plain function (ls_lambda) it is called on the loop's thread and must be
 * quick; as a blocking one (ls_lambda_blocking) on a thread of its own, several at a time, and may
 * wait.  When its run is cancelled, a blocking function goes on and its output is dropped. */
typedef enum ls_err ls_function(ls_call *call, json_t *input, json_t **output);

/* Begins to make the output for an input (which is there as long as the call), and returns.  The
 * call must be ended once, now or later, on any thread, with ls_answer(), ls_fail() or
 * ls_hand_on(); also after it was cancelled.  Called on the loop's thread. */
typedef void ls_async_function(ls_call *call, json_t *input);

/* Makes chunks of the output for an input (which is there as long as the call), with ls_push(),
 * until that answers anything but LS_FLOW_ON, or until it has none at the moment; ls_end() ends
 * the output.  Called on the loop's thread: first to begin, then each time when after LS_FLOW_FULL
 * more is wanted, and after each ls_again(). */
typedef void ls_generator_function(ls_call *call, json_t *input);

/* Makes chunks of the output, as a generator does, from an input that comes in chunks, which it
 * takes with ls_take().  Called on the loop's thread: first with the input's first chunk or its
 * end, then as a generator is, and when there is something new to take. */
typedef void ls_transform_function(ls_call *call);

/* Runnables that call a function.  `data` is for ls_data(); `free_data` (NULL: nothing) is called
 * with it once, on any thread, when no call and no app needs it any more. */
LS_API ls_runnable *ls_lambda(ls_function *function, void *data, void (*free_data)(void *data));
LS_API ls_runnable *ls_lambda_blocking(ls_function *function, void *data,
                                       void (*free_data)(void *data));
LS_API ls_runnable *ls_lambda_async(ls_async_function *function, void *data,
                                    void (*free_data)(void *data));
LS_API ls_runnable *ls_generator(ls_generator_function *function, void *data,
                                 void (*free_data)(void *data));
LS_API ls_runnable *ls_transform(ls_transform_function *function, void *data,
                                 void (*free_data)(void *data));

/* A function of a plugin, which is loaded when the app is built (langserved/plugin.h). */
LS_API ls_runnable *ls_lambda_plugin(const char *path, const char *function);

/* ---- what a call is about; any thread ---- */

/* The `data` of the constructor; NULL for a plugin's functions. */
LS_API void *ls_data(const ls_call *call);

/* The config of the run, an object with the members tags, metadata, recursion_limit, configurable
 * and what else was given.  Borrowed: it is there as long as the call. */
LS_API const json_t *ls_config(const ls_call *call);

/* Whether the output is not wanted any more: not 0 from the moment the run was cancelled, or
 * nobody reads on. */
LS_API int ls_is_cancelled(const ls_call *call);

/* Something of the function's own that belongs to the call.  `free_state` (NULL: nothing) is called
 * with it once, after the call has ended: on the loop's thread, or on the one that ended the call
 * if the loop is gone by then.  Setting it again drops nothing. */
LS_API void ls_set_state(ls_call *call, void *state, void (*free_state)(void *state));
LS_API void *ls_state(const ls_call *call);

/* ---- errors; any thread ---- */

/* Remembers a message for the log, and returns `err`: `return ls_error(call, LS_BAD_VALUE, …)`. */
LS_API enum ls_err ls_error(ls_call *call, enum ls_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Remembers a message that the client is told if the call fails; without one it is told the error's
 * sentence (ls_strerror()) or less. */
LS_API void ls_error_client(ls_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- ends of all calls but those of plain and blocking functions; any thread ---- */

/* Ends an asynchronous call with its output; NULL is null. */
LS_API void ls_answer(ls_call *call, json_t *output);

/* Ends a call with an error; the message (NULL: none, or the one of ls_error()) is for the log. */
LS_API void ls_fail(ls_call *call, enum ls_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Ends the output of a generator or a transform. */
LS_API void ls_end(ls_call *call);

/* ---- waiting: on the loop's thread only ---- */

/* `fn` is called once, on the loop's thread, when the output is not wanted any more.  An
 * asynchronous call must be ended all the same, in `fn` or later; a generator's or a transform's
 * call is gone after `fn`.  Once the function has ended its call, `fn` is neither called nor running: ls_answer()
 * and the like wait for it. */
typedef void ls_cancel_function(ls_call *call);
LS_API void ls_on_cancel(ls_call *call, ls_cancel_function *fn);

/* How a runnable that was awaited has ended.  It is there during the callback. */
typedef struct ls_result {
    enum ls_err err;     /* LS_OK, or what went wrong */
    json_t *output;      /* borrowed; NULL after an error */
    const char *message; /* of an error, for the log */
    const void *whole;   /* the library's own */
} ls_result;

/* Runs the chain or model that has the name `name` in the app (ls_add_chain(), `chains:`,
 * `models:`) on `input` (borrowed), as a part of this call: it is cancelled with the call, and
 * observers see it inside.  For all calls but those of plain and blocking functions.  `fn` is called
 * once, later, unless the call has ended by then.  Any number may be awaited at a time.  Anything
 * but LS_OK (LS_NOT_FOUND, LS_CANCELLED, LS_TOO_BIG when awaiting calls are nested too deep):
 * nothing was begun and `fn` is not called. */
typedef void ls_awaited(ls_call *call, const ls_result *result, void *owner);
LS_API enum ls_err ls_await(ls_call *call, const char *name, json_t *input, ls_awaited *fn,
                            void *owner);

/* Ends an asynchronous call as what was awaited has ended, error and all; within the callback. */
LS_API void ls_hand_on(ls_call *call, const ls_result *result);

/* ---- generators and transforms ---- */

enum ls_flow {
    LS_FLOW_ON,   /* taken */
    LS_FLOW_FULL, /* taken; return, and be called again when more is wanted, or when others have had
                     their turn */
    LS_FLOW_STOP  /* not taken: no more is wanted; return */
};

/* Pushes a chunk (its reference is taken over) that adds to those before it: texts join, lists and
 * objects too.  On the loop's thread only. */
LS_API enum ls_flow ls_push(ls_call *call, json_t *chunk);

/* Has the generator called again on a coming turn of the loop; any thread.  For one that made
 * enough for one turn, or whose next chunks come from outside. */
LS_API void ls_again(ls_call *call);

enum ls_input {
    LS_INPUT_CHUNK, /* taken */
    LS_INPUT_LATER, /* there is none yet: return, and be called again */
    LS_INPUT_END    /* there are no more */
};

/* Takes the next chunk of a transform's input as a new reference, which is the caller's; *chunk is
 * NULL without one.  An input that fails ends the call, with the same error, instead of a further
 * chunk: LS_INPUT_LATER, and the function is not called again.  On the loop's thread only. */
LS_API enum ls_input ls_take(ls_call *call, json_t **chunk);

#ifdef __cplusplus
}
#endif

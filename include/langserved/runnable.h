/* Runnables: what a chain is made of.
 *
 * Each function makes the same as the kind of its name in a YAML file (docs/reference.md).  A
 * constructor takes the runnables it is given over, copies its texts, and never returns NULL: a
 * mistake is remembered where it was made, and ls_app_check() and ls_app_serve() tell of all of
 * them. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LS_API
#define LS_API __attribute__((visibility("default")))
#endif

typedef struct ls_runnable ls_runnable;

/* Ends a list of arguments. */
#define LS_END ((void *)0)

/* A prompt of one human message, a template with {variables}; `{{` and `}}` are braces. */
LS_API ls_runnable *ls_prompt(const char *text);

/* A prompt of several messages, made by ls_message() and ls_placeholder(); ends with LS_END. */
LS_API ls_runnable *ls_messages(ls_runnable *first, ...) __attribute__((sentinel));

/* One message of a prompt: `role` is "system", "human" or "ai", `text` a template. */
LS_API ls_runnable *ls_message(const char *role, const char *text);

/* The place in a prompt of the messages in `variable`; `optional` is not 0 where the variable may
 * be left out. */
LS_API ls_runnable *ls_placeholder(const char *variable, int optional);

/* A text with {variables}, without messages: LangChain's PromptTemplate. */
LS_API ls_runnable *ls_template(const char *text);

/* The options of a model that are not its name; zeros mean the defaults. */
typedef struct ls_model_options {
    const char *base_url; /* the API's address; NULL: the provider's own */
    const char *api_key;  /* NULL: the provider's variable of the environment */
    const char *more;     /* a JSON object of all other options: {"temperature": 0.3, …} */
} ls_model_options;

/* A chat model of a provider ("openai", "fake"); `model` NULL: the provider's default; `options`
 * may be NULL. */
LS_API ls_runnable *ls_model(const char *provider, const char *model,
                             const ls_model_options *options);

/* The output parsers: text, JSON, a comma-separated list; ls_parse() takes them by name. */
LS_API ls_runnable *ls_str_parser(void);
LS_API ls_runnable *ls_json_parser(void);
LS_API ls_runnable *ls_list_parser(void);
LS_API ls_runnable *ls_parse(const char *name);

/* One runnable after the other; ends with LS_END. */
LS_API ls_runnable *ls_sequence(ls_runnable *first, ...) __attribute__((sentinel));

/* A runnable in its own right: a sequence that keeps its name and other labels when it becomes
 * part of another. */
LS_API ls_runnable *ls_chain(ls_runnable *chain);

/* Several on the same input at once, as pairs of a key and a runnable; ends with LS_END. */
LS_API ls_runnable *ls_parallel(const char *key, ...) __attribute__((sentinel));

/* The input object with members added, as pairs of a key and a runnable; ends with LS_END. */
LS_API ls_runnable *ls_assign(const char *key, ...) __attribute__((sentinel));

/* One member of an object; or an object of some members, keys up to LS_END. */
LS_API ls_runnable *ls_pick(const char *key);
LS_API ls_runnable *ls_pick_many(const char *key, ...) __attribute__((sentinel));

/* The input as it is. */
LS_API ls_runnable *ls_passthrough(void);

/* A constant, written as JSON. */
LS_API ls_runnable *ls_value(const char *json);

/* The options of a remote route; zeros mean the defaults. */
typedef struct ls_remote_options {
    const char *headers; /* a JSON object of headers that each request has */
    const char *more;    /* a JSON object of all other options: {"max_retries": 0, …} */
} ls_remote_options;

/* A route of another LangServe server, by its URL (http or https); `options` may be NULL. */
LS_API ls_runnable *ls_remote(const char *url, const ls_remote_options *options);

/* A chain or model of the app by its name (ls_add_chain()), or names between pipes: "ask | gpt". */
LS_API ls_runnable *ls_named(const char *name);

/* The runnable with a label or a limit; each takes `runnable` over and gives it back.  Tags are a
 * NULL-terminated list; metadata and schemas are written as JSON. */
LS_API ls_runnable *ls_with_name(ls_runnable *runnable, const char *name);
LS_API ls_runnable *ls_with_tags(ls_runnable *runnable, const char *const *tags);
LS_API ls_runnable *ls_with_metadata(ls_runnable *runnable, const char *json);
LS_API ls_runnable *ls_with_timeout(ls_runnable *runnable, long milliseconds);
LS_API ls_runnable *ls_with_input(ls_runnable *runnable, const char *json_schema);
LS_API ls_runnable *ls_with_output(ls_runnable *runnable, const char *json_schema);

/* Frees a runnable that was given to nothing. */
LS_API void ls_runnable_free(ls_runnable *runnable);

#ifdef __cplusplus
}
#endif

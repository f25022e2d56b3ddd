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

/* The same from a file with the template; a relative path starts at the working directory. */
LS_API ls_runnable *ls_prompt_file(const char *path);
LS_API ls_runnable *ls_message_file(const char *role, const char *path);
LS_API ls_runnable *ls_template_file(const char *path);

/* One message whose content is a list of parts, written as JSON: texts, images, data, with
 * templates for texts. */
LS_API ls_runnable *ls_message_parts(const char *role, const char *json);

/* ls_placeholder() of which only `n_messages`, the last ones, are taken. */
LS_API ls_runnable *ls_placeholder_last(const char *variable, int optional, int n_messages);

/* The place in a prompt of all messages of another one (or of the one with that name: ls_named()),
 * which brings its variables. */
LS_API ls_runnable *ls_messages_of(ls_runnable *prompt);

/* Examples, and how they are written; zeros mean: none, or the default. */
typedef struct ls_few_shot_options {
    const char *examples;        /* a JSON list of objects of variables */
    const char *example;         /* a template for one; or: */
    ls_runnable *messages;       /* messages for one, as ls_messages(); taken over */
    const char *prefix, *suffix; /* templates around the examples; with `example` */
    const char *separator;       /* between all of them; NULL: an empty line */
    int max_length;              /* words of the variables and the examples; 0: any */
    const char *measure;         /* the template whose words count; NULL: `example` */
} ls_few_shot_options;

/* A prompt with examples; with `messages` also a part of ls_messages(). */
LS_API ls_runnable *ls_few_shot(const ls_few_shot_options *options);

/* A prompt or template whose templates are "f-string" or "mustache". */
LS_API ls_runnable *ls_with_format(ls_runnable *prompt, const char *format);

/* A prompt or template with variables that are known beforehand, a JSON object; or computed at each
 * run: pairs of a name and a runnable, which runs on the prompt's input, up to LS_END. */
LS_API ls_runnable *ls_with_partial(ls_runnable *prompt, const char *json);
LS_API ls_runnable *ls_with_partial_from(ls_runnable *prompt, const char *name, ...)
    __attribute__((sentinel));

/* The options of a model that are not its name; zeros mean the defaults. */
typedef struct ls_model_options {
    const char *base_url; /* the API's address; NULL: the provider's own */
    const char *api_key;  /* NULL: the provider's variable of the environment */
    const char *more;     /* a JSON object of all other options: {"temperature": 0.3, …} */
} ls_model_options;

/* A model of a provider ("openai", "openai-completion", "fake", …); `model` NULL: the provider's default; `options`
 * may be NULL. */
LS_API ls_runnable *ls_model(const char *provider, const char *model,
                             const ls_model_options *options);

/* The output parsers: text, JSON, a comma-separated list; ls_parse() takes all parsers by name. */
LS_API ls_runnable *ls_str_parser(void);
LS_API ls_runnable *ls_json_parser(void);
LS_API ls_runnable *ls_list_parser(void);
LS_API ls_runnable *ls_parse(const char *name);

/* A parser by name with the options it has in YAML, a JSON object: {"format": "%Y"}. */
LS_API ls_runnable *ls_parse_with(const char *name, const char *options);

/* A numbered list, a Markdown list, XML. */
LS_API ls_runnable *ls_numbered_list_parser(void);
LS_API ls_runnable *ls_markdown_list_parser(void);
LS_API ls_runnable *ls_xml_parser(void);

/* JSON that is decoded against a JSON Schema: LangChain's PydanticOutputParser. */
LS_API ls_runnable *ls_json_schema_parser(const char *json_schema);

/* One of `values`, NULL-terminated. */
LS_API ls_runnable *ls_enum_parser(const char *const *values);

/* A time in strptime's `format`; NULL: ISO 8601 with microseconds, in UTC. */
LS_API ls_runnable *ls_datetime_parser(const char *format);

/* Which of two words an answer has; NULL: "YES" and "NO". */
LS_API ls_runnable *ls_boolean_parser(const char *true_val, const char *false_val);

/* The groups of a regular expression under `keys`, NULL-terminated; where nothing matches the whole
 * answer goes under `default_key`, or, where that is NULL, parsing fails. */
LS_API ls_runnable *ls_regex_parser(const char *regex, const char *const *keys,
                                    const char *default_key);

/* How the tool calls of an answer are shown; zeros mean the defaults. */
typedef struct ls_tools_options {
    const char *key_name; /* only calls of this tool, and of them the arguments */
    const char *tools; /* a JSON object of tools' names and JSON Schemas: the arguments, decoded */
    int first_tool_only; /* not 0: the first one instead of a list */
    int return_id;       /* not 0: with the calls' ids */
} ls_tools_options;

/* The tool calls that an answer makes; `options` may be NULL. */
LS_API ls_runnable *ls_tools_parser(const ls_tools_options *options);

/* Who mends answers; zeros mean the defaults. */
typedef struct ls_fixing_options {
    ls_runnable *retry_chain; /* instead of a model: gives the better answer; taken over */
    int max_retries;          /* how often it is asked; 0: once */
    int with_error;           /* ls_retry_parser(): not 0: it is told what was wrong */
} ls_fixing_options;

/* `parser`, and `llm` (NULL: options->retry_chain) that is asked for a better answer when it cannot
 * read one; `options` may be NULL otherwise. */
LS_API ls_runnable *ls_fixing_parser(ls_runnable *parser, ls_runnable *llm,
                                     const ls_fixing_options *options);

/* Likewise with the prompt: its input is {completion, prompt_value}. */
LS_API ls_runnable *ls_retry_parser(ls_runnable *parser, ls_runnable *llm,
                                    const ls_fixing_options *options);

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

/* The first runnable whose condition holds on the input: pairs of a condition and a runnable, the
 * default, then LS_END. */
LS_API ls_runnable *ls_branch(ls_runnable *condition, ...) __attribute__((sentinel));

/* `each` over each element of a list. */
LS_API ls_runnable *ls_map(ls_runnable *each);

/* The runnable that `key` of the input {key, input} names, as pairs of a key and a runnable; ends
 * with LS_END. */
LS_API ls_runnable *ls_router(const char *key, ...) __attribute__((sentinel));

/* A function that models may call: its name, what it does (NULL: nothing said), the JSON Schema of
 * its arguments (NULL: any), and the body that is given them. */
LS_API ls_runnable *ls_tool(const char *name, const char *description, const char *args_schema,
                            ls_runnable *body);

/* Documents for a query: `body` gives a list of {page_content, metadata, id}, or of texts. */
LS_API ls_runnable *ls_retriever(ls_runnable *body);

/* A guard against prompt injection, with the options it has in YAML: {"action": "strip"}; NULL:
 * what it finds is refused. */
LS_API ls_runnable *ls_guard(const char *options);

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

/* Parameters for the model inside, with every call: a JSON object. */
LS_API ls_runnable *ls_with_bind(ls_runnable *runnable, const char *json);

/* The model, made to say JSON of a schema, which is the output: `json` is an object of schema, method,
 * strict and include_raw. */
LS_API ls_runnable *ls_with_structured_output(ls_runnable *runnable, const char *json);

/* The options of a retry; zeros mean the defaults. */
typedef struct ls_retry_options {
    int attempts;          /* in all; 0: 3 */
    int no_jitter;         /* not 0: no waits between the attempts */
    long initial_ms;       /* the first wait; 0: a second */
    long max_ms;           /* the longest wait; 0: a minute */
    const char *const *on; /* codes of the errors that are tried again; NULL: all */
} ls_retry_options;

/* The runnable, tried again when it fails; `options` may be NULL. */
LS_API ls_runnable *ls_with_retry(ls_runnable *runnable, const ls_retry_options *options);

/* The runnable, and those that are tried when it fails, up to LS_END. */
LS_API ls_runnable *ls_with_fallbacks(ls_runnable *runnable, ls_runnable *first, ...)
    __attribute__((sentinel));

/* Likewise, and the input (an object) of the next one has what the last error said under `key`. */
LS_API ls_runnable *ls_with_fallbacks_told(ls_runnable *runnable, const char *key,
                                           ls_runnable *first, ...) __attribute__((sentinel));

/* Runnables that are told how this one runs; each may be NULL. */
LS_API ls_runnable *ls_with_listeners(ls_runnable *runnable, ls_runnable *start, ls_runnable *end,
                                      ls_runnable *error);

/* Counts and times the runnable's runs with metrics of the app (ls_add_metric()): a JSON object,
 * {"counter": "…", "duration": "…", "labels": {"to": "{language}"}}. */
LS_API ls_runnable *ls_with_measure(ls_runnable *runnable, const char *json);

/* A config for the runnable and everything inside it: a JSON object. */
LS_API ls_runnable *ls_with_config(ls_runnable *runnable, const char *json);

/* Options that a run may set: a JSON object, {"temperature": {"id": "t", "name": "…"}}. */
LS_API ls_runnable *ls_with_configurable(ls_runnable *runnable, const char *json);

/* What a form shows of a choice; zeros mean the defaults. */
typedef struct ls_choice_options {
    const char *name, *description;
    const char *default_key; /* of the runnable itself; NULL: "default" */
    int prefix_keys;         /* not 0: ids inside an alternative begin with "<id>==<key>/" */
} ls_choice_options;

/* Runnables that a run may choose instead by the value of `id`, as pairs of a key and a runnable;
 * ends with LS_END.  `options` may be NULL. */
LS_API ls_runnable *ls_with_alternatives(ls_runnable *runnable, const char *id,
                                         const ls_choice_options *options, const char *key, ...)
    __attribute__((sentinel));
/* How a conversation is remembered; zeros mean the defaults of `history:` in YAML. */
typedef struct ls_history_options {
    const char *input;          /* the input's member that is asked */
    const char *history;        /* the member that the past messages are put under */
    const char *output;         /* the output's member that is the answer */
    const char *const *session; /* the fields of `configurable` that tell conversations apart,
                                   NULL-terminated; NULL: session_id */
    int window;                 /* messages that are kept and given */
    long ttl_milliseconds;      /* after the last message; 0: kept for ever */
    const char *more;           /* a JSON object of all other options */
} ls_history_options;

/* The runnable with a history of each conversation, kept in the app's store; `options` may be
 * NULL. */
LS_API ls_runnable *ls_with_history(ls_runnable *runnable, const ls_history_options *options);

/* How results are kept; zeros mean the defaults of `cache:` in YAML. */
typedef struct ls_cache_options {
    const char *mark;      /* the member of an output object that says whether it was there */
    const char *const *by; /* the fields of `configurable` that tell callers apart,
                              NULL-terminated; NULL: callers share results */
    const char *version;   /* another word forgets all results: after a change of a C function's
                              data, for instance */
} ls_cache_options;

/* The runnable with a cache in the app's store: for so long, whoever asks the same is given the
 * same.  `options` may be NULL. */
LS_API ls_runnable *ls_with_cache(ls_runnable *runnable, long ttl_milliseconds,
                                  const ls_cache_options *options);

/* Frees a runnable that was given to nothing. */
LS_API void ls_runnable_free(ls_runnable *runnable);

#ifdef __cplusplus
}
#endif

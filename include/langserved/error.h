/* The errors that functions of langserved return.
 *
 * 0 is success.  Every function that can fail returns an `enum ls_err`; what was wrong in detail
 * is logged and, where it is safe, told to the client.  docs/errors.md lists the HTTP status and
 * the wire code of each. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LS_API
#define LS_API __attribute__((visibility("default")))
#endif

enum ls_err {
    LS_OK = 0,              /* success */
    LS_INTERNAL,            /* a fault of the server or of a step; the cause is in the log */
    LS_BAD_CONFIG,          /* the app (YAML or C) is wrong: see ls_app_check */
    LS_BAD_SYNTAX,          /* text that could not be parsed (JSON, URL, option) */
    LS_BAD_INPUT,           /* an input that does not fit its schema */
    LS_BAD_OUTPUT,          /* a result that does not fit the output schema */
    LS_BAD_VALUE,           /* a step was given a value it cannot use */
    LS_PARSE_FAILED,        /* an output parser could not read the model's answer */
    LS_TOO_BIG,             /* something exceeded its limit */
    LS_NOT_FOUND,           /* no such thing */
    LS_CANCELLED,           /* the run was cancelled, or its client went away */
    LS_TIMEOUT,             /* a run or a step exceeded its time */
    LS_SHUTDOWN,            /* the server is stopping */
    LS_OVERLOADED,          /* a limit on concurrent work was reached */
    LS_TOO_LATE,            /* a reader of a stream fell too far behind */
    LS_UPSTREAM,            /* the model provider failed (5xx, broken answer) */
    LS_UPSTREAM_CONNECT,    /* the model provider could not be reached */
    LS_UPSTREAM_TIMEOUT,    /* the model provider took too long */
    LS_UPSTREAM_RATE_LIMIT, /* the model provider answered 429 */
    LS_UPSTREAM_AUTH,       /* the model provider refused the key */
    LS_UPSTREAM_REFUSED,    /* the model provider refused the request (4xx) */
    LS_CONTEXT_LENGTH,      /* the input is too long for the model */
    LS_SYSTEM,              /* a system call failed */
    LS_STORE,               /* the store (histories, caches) could not be read or written */
    LS_UNAUTHORIZED,        /* a request came without an API key */
    LS_FORBIDDEN,           /* an API key is wrong, or does not open the route */
    LS_RATE_LIMITED,        /* the client sent more requests than a rate limit allows */
    LS_INPUT_REFUSED,       /* a guard has found what it refuses */
    LS_UPSTREAM_OPEN        /* all endpoints of the model failed lately, and are left alone */
};

/* The sentence that describes `err` to a client; never NULL. */
LS_API const char *ls_strerror(enum ls_err err);

#ifdef __cplusplus
}
#endif

/* LangSmith's API, as far as feedback and links to traces need it. */
#pragma once

#include <jansson.h>

#include "routes/service.h"

/* How LangSmith is reached. */
struct langsmith {
    const char *url; /* of the API, without a slash at its end */
    const char *key; /* NULL: none */
    const char *web; /* of its pages */
};

struct langsmith_call;

/* Takes the answer: 2xx and its body as JSON (NULL when it is none; borrowed), or another status,
 * 0 when there was no answer; `why` is then a sentence for the log. */
typedef void langsmith_fn(void *owner, int status, json_t *answer, const char *why);

/* Asks; the call lives in `arena` until `fn` was called, on a later turn. */
struct langsmith_call *langsmith_ask(struct service *service, struct arena *arena,
                                     const char *method, const char *path, const json_t *body,
                                     langsmith_fn *fn, void *owner);

/* The answer is not wanted any more. */
void langsmith_stop(struct langsmith_call *call);

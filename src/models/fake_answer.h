/* What the fake models share: their options, the answer that comes next, and the source that gives
 * it in chunks. */
#pragma once

#include "models/fake.h"
#include "run/scope.h"
#include "run/source.h"

/* The options of an instance. */
struct fake_made {
    struct fake_options options; /* its own */
    size_t *next;                /* which response comes next: the one thing that changes */
};

void fake_made_init(struct fake_made *made, const struct fake_options *options);
void fake_made_fini(struct fake_made *made);

/* The response whose turn it is (borrowed, a string), or NULL when there are none. */
const json_t *fake_next_response(const struct fake_made *made);

/* What traces tell of the model (new reference); `provider` (a string to be freed) is taken over. */
json_t *fake_metadata(const struct fake_made *made, char *provider, const char *type,
                      const json_t *kwargs);

struct fake_answer {
    struct source source;
    struct timer timer;
    const struct fake_options *options;
    /* The chunk (new reference) of `len` bytes of text. */
    json_t *(*make)(struct fake_answer *answer, const char *text, size_t len);
    const char *text, *at;
    size_t len;
    int64_t pushed; /* chunks */
    bool streaming, due;
    bool ended; /* the last chunk has gone out */
};

/* Readies an answer in a stage in `scope`; `make` is set by the owner. */
void fake_answer_init(struct fake_answer *answer, const struct fake_options *options,
                      struct scope *scope, bool streaming, struct sink *out);

/* Gives the text, which lives as long as the scope. */
void fake_answer_start(struct fake_answer *answer, const char *text, size_t len);

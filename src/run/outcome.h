/* How a stage's output ends: well, with an error, or with an interrupt.
 * Errors travel nowhere else.  What is said to the log and what is said to a client are apart. */
#pragma once

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"

enum outcome_kind { OUTCOME_WELL, OUTCOME_ERROR, OUTCOME_INTERRUPT };

struct outcome {
    enum outcome_kind kind;
    json_t *value;       /* well: a value of its own where that is not the sum of the chunks;
                            interrupt: what is asked; else NULL.  Borrowed. */
    enum ls_err err;     /* error: its kind */
    int status;          /* error: the HTTP status a client sees instead of the kind's; 0: none */
    const char *message; /* error: for the log; NULL: the kind's sentence.  Borrowed. */
    size_t place;        /* error: how much of `message` says no more than where it was raised */
    const char *client;  /* error: what a client may be told; NULL: nothing but the kind */
    int64_t retry_after; /* error: seconds until it may have passed; 0: nobody knows */
    json_t *detail;      /* error: a validation error list, or NULL.  Borrowed. */
};

/* A plain good end. */
extern const struct outcome outcome_well;

/* An error with a sentence for the log (borrowed by the result; may be NULL). */
struct outcome outcome_error(enum ls_err err, const char *message);

/* A copy that lives as long as `arena`. */
struct outcome outcome_keep(struct arena *arena, const struct outcome *outcome);

/* The sentence for the log; never NULL. */
const char *outcome_message(const struct outcome *outcome);

/* The same without the place: what the error itself says. */
const char *outcome_said(const struct outcome *outcome);

/* history: the messages of a conversation are put into the input, and what was asked and answered
 * is kept in the store (LangChain's RunnableWithMessageHistory).
 *
 * A conversation is what has the same values of the session's fields in the run's `configurable`;
 * two that differ in any of them never meet. */
#pragma once

#include "run/runnable.h"
#include "stages/config_spec.h"

struct history_options {
    const char *input;   /* the input's member that is asked; NULL: see docs/history.md */
    const char *output;  /* the output's member that is the answer; NULL: likewise */
    const char *history; /* the member that the past messages are put under; NULL: they go before
                            what is asked */
    const struct config_label *fields; /* of `configurable` */
    size_t field_count;                /* at least 1 */
    const char *space; /* conversations of one space are shared by the chains that name it */
    size_t window;     /* messages that are kept and given */
    int64_t ttl;       /* ms from the last message until a conversation is forgotten; 0: never */
};

/* `bound` (taken over) with a history; the options are copied. */
struct runnable *history_new(struct runnable *bound, const struct history_options *options);

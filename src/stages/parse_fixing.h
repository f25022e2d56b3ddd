/* OutputFixingParser, RetryOutputParser and RetryWithErrorOutputParser: a parser, and a chain that
 * is asked for a better answer when the parser cannot read one. */
#pragma once

#include "run/runnable.h"

enum fixing_sort {
    FIXING,           /* the chain is given {instructions, completion, error} */
    RETRY,            /* the input is {completion, prompt_value}; the chain: {prompt, completion} */
    RETRY_WITH_ERROR, /* likewise, and the error */
};

struct fixing_options {
    enum fixing_sort sort;
    const char *instructions; /* what the parser asks for; NULL: nobody can say */
    unsigned max_retries;
};

/* A new instance; `parser` and `chain` are taken over, the text is copied. */
struct runnable *parse_fixing_new(struct runnable *parser, struct runnable *chain,
                                  const struct fixing_options *options);

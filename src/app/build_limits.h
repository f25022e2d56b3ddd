/* Options that limit: rates, concurrency, and the proxies that tell a client's address. */
#pragma once

#include "app/builder.h"
#include "gates/limits.h"
#include "run/slots.h"
#include "yaml/option.h"

extern const struct option limit_options[];

/* `limit` and `limits`, which stand in the mapping of a route or of the server. */
struct limit_fields {
    const char *limit;
    const struct node *limits;
};

/* The limits that `fields`, read from `map`, name; NULL: none.  They live in `arena`; `scope` tells
 * those of one route from those of another.  Mistakes are told. */
struct limits *build_limits(struct arena *arena, struct problems *problems, const struct node *map,
                            const struct limit_fields *fields, const char *scope);

/* The proxies of a list of addresses and ranges in `map`; NULL: none.  Mistakes are told. */
const struct trusted_proxies *build_proxies(struct arena *arena, struct problems *problems,
                                            const struct node *map,
                                            const struct option_strings *ranges);

/* Tells options of a queue in `map` that stand there without anything to wait for: `beside` says
 * what that may be. */
void check_concurrency(struct problems *problems, const struct node *map,
                       const struct slots_rule *rule, const char *beside);

/* The rows of `max_concurrent`, `queue` and `queue_timeout`, for a struct that has a struct
 * slots_rule at `at`. */
#define CONCURRENCY_OPTIONS(at, what)                                                         \
    {.name = "max_concurrent",                                                                \
     .type = OPTION_INT,                                                                      \
     .offset = (at) + offsetof(struct slots_rule, max),                                       \
     .fallback = "0",                                                                         \
     .min = 0,                                                                                \
     .max = 1e6,                                                                              \
     .doc = "How many " what " may be under way at once in each worker; 0: any number."},     \
        {.name = "queue",                                                                     \
         .type = OPTION_INT,                                                                  \
         .offset = (at) + offsetof(struct slots_rule, queue),                                 \
         .fallback = "100",                                                                   \
         .min = 0,                                                                            \
         .max = 1e6,                                                                          \
         .doc = "With `max_concurrent`: how many more may wait for their turn, in the order " \
                "they came; further ones get 503."},                                          \
    {                                                                                         \
        .name = "queue_timeout", .type = OPTION_DURATION,                                     \
        .offset = (at) + offsetof(struct slots_rule, timeout), .fallback = "5s", .min = 1,    \
        .max = 36e5, .doc = "How long one may wait; then it gets 503."                        \
    }

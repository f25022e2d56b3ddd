/* The line of the log that each request gets, and what runs add to it. */
#pragma once

#include "routes/site.h"
#include "run/run.h"

struct by_method;

/* What is noted of a request that the service was given; in its exchange's arena. */
struct request_note {
    const struct path_entry *entry; /* what it asks for; NULL: nothing that there is */
    struct by_method *counted;      /* counts.c's own */
    unsigned runs;                  /* that it began */
    char run_id[UUID_LEN + 1];      /* of the first one */
    struct tally took;              /* by those that have ended: tokens, cost, cache */
};

/* Begins the note of a request, once. */
struct request_note *request_note_new(struct http_exchange *exchange,
                                      const struct path_entry *entry);

/* A run of the request begins; has ended. */
void request_note_run(const struct http_exchange *exchange, const struct run *run);
void request_note_ended(const struct http_exchange *exchange, const struct run *run);

/* Writes the line of a request that is over; `note` NULL: the server itself refused it.  `relayed`:
 * another worker passed the request on, and tells of it too. */
void request_log(const struct http_record *record, const struct request_note *note,
                 const char *client, bool relayed);

/* What /stream_log and /stream_events share: the filters of the request, and observers that print
 * events into the answer. */
#pragma once

#include "observe/emitter.h"
#include "observe/event_filter.h"
#include "routes/sse_answer.h"

struct observed_answer {
    struct sse_answer answer;
    struct emitter emitter; /* its texts become events of the answer */
    struct event_filter filter;
    bool tells_tokens; /* the run's feedback tokens follow the first event */
};

/* Reads the request to `endpoint` and begins the answer, as sse_answer_new(); *input is the run's.  NULL:
 * answered. */
void *observed_answer_new(size_t size, struct service *service, const struct route *route,
                          endpoint_fn *endpoint, struct http_exchange *exchange, json_t **input);

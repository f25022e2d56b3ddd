/* Any bytes as `traceparent` and as `tracestate`: what is taken is sent on in a form that is taken
 * again, and what is a list goes on without anything that could end a header. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/trace_context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_parent(const char *text)
{
    char sent[TRACEPARENT_LEN + 1];
    struct trace_context read, again;
    struct uuid step = {{0}};
    if (!trace_context_read(&read, text))
        return;
    assert(strlen(read.trace_id) == TRACE_ID_LEN && strlen(read.parent_id) == SPAN_ID_LEN);
    trace_context_format(sent, &read, &step);
    assert(strlen(sent) == TRACEPARENT_LEN);
    assert(trace_context_read(&again, sent));
    assert(strcmp(again.trace_id, read.trace_id) == 0 && again.flags == read.flags);
    assert(strncmp(text + 3, sent + 3, TRACE_ID_LEN) == 0);
}

static void check_state(const char *text)
{
    size_t members = 1;
    if (!trace_state_is_valid(text))
        return;
    for (const char *at = text; *at; at++) {
        assert(*at == '\t' || (*at >= ' ' && *at <= '~'));
        members += *at == '=';
    }
    assert(members > 1 && members <= TRACESTATE_MEMBERS + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_strndup((const char *)data, size);
    check_parent(text);
    check_state(text);
    free(text);
    return 0;
}

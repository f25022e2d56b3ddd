/* For the tests of the exporter: a double of the HTTP client that answers when the test says so, on
 * a virtual loop.  The test program is linked with --wrap for the functions here (see
 * CMakeLists.txt).  Include it once per test program. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "observe/exporter.h"

enum { MAX_SENT = 32 };

/* What was sent, and what the next one is answered: a status, or 0 for a broken connection. */
struct fetch {
    const struct fetch_events *events;
    void *owner;
};

static struct {
    struct loop *loop;
    struct exporter *exporter;
    struct fetch fetch; /* at most one is under way */
    bool open;
    char *bodies[MAX_SENT];
    unsigned sent;
    bool flushed;
    const char *retry_after;
} stand;

struct fetch *__wrap_fetch_start(struct fetch_pool *pool, const struct fetch_request *request,
                                 const struct fetch_events *events, void *owner)
{
    (void)pool;
    assert_false(stand.open);
    assert_true(stand.sent < MAX_SENT);
    assert_string_equal(request->url, "http://there/in");
    stand.open = true;
    stand.bodies[stand.sent++] = mem_strndup(request->body, request->body_len);
    stand.fetch = (struct fetch){events, owner};
    return &stand.fetch;
}

void __wrap_fetch_stop(struct fetch *fetch)
{
    (void)fetch;
    stand.open = false;
}

const char *__wrap_fetch_header(const struct fetch *fetch, const char *name)
{
    (void)fetch, (void)name;
    return stand.retry_after;
}

static inline void reply(int status)
{
    const struct fetch_result result = {.err = status ? LS_OK : LS_UPSTREAM_CONNECT,
                                        .message = "no connection"};
    assert_true(stand.open);
    struct fetch fetch = stand.fetch;
    if (status)
        fetch.events->on_head(fetch.owner, &stand.fetch, status);
    stand.open = false;
    fetch.events->on_done(fetch.owner, &result);
}

static void end_list(struct buf *batch, size_t before_len)
{
    assert_int_equal(before_len, 1);
    buf_add_str(batch, "]");
}

static const struct exporter_options options = {
    .name = "There",
    .url = "http://there/in",
    .before = "[",
    .before_len = 1,
    .between = ",",
    .end_batch = end_list,
    .queue_bytes = 20,
    .batch_bytes = 8,
    .batch_items = 3,
    .delay = 100,
    .timeout = 1000,
};

static inline int set_up(void **state)
{
    (void)state;
    memset(&stand, 0, sizeof stand);
    stand.loop = loop_new_virtual();
    stand.exporter = exporter_new(stand.loop, NULL, &options);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    exporter_stop(stand.exporter);
    exporter_free(&stand.exporter);
    loop_free(&stand.loop);
    for (unsigned i = 0; i < stand.sent; i++)
        free(stand.bodies[i]);
    return 0;
}

static inline void add(const char *text)
{
    buf_add_str(exporter_text(stand.exporter), text);
    exporter_add(stand.exporter);
}

static inline void expect_sent(unsigned count, const char *last)
{
    assert_int_equal(stand.sent, count);
    assert_string_equal(stand.bodies[count - 1], last);
}

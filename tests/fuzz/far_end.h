/* The far end of a connection of the server's: it closes when it is told to.  A target's client
 * begins with one, so that both have one address. */
#pragma once

#include "http/http_internal.h"

struct far_end {
    struct loop *loop;
    struct http_conn *conn; /* NULL once it is closed */
    struct task closing;
    bool leaving; /* closed, or lingering */
};

static inline void far_end_on_closing(struct task *task)
{
    struct far_end *end = container_of(task, struct far_end, closing);
    struct http_conn *conn = end->conn;
    end->conn = NULL;
    http_conn_events.on_closed(conn);
}

/* On a new virtual loop. */
static inline void far_end_init(struct far_end *end)
{
    *end = (struct far_end){.loop = loop_new_virtual()};
    task_init(&end->closing, far_end_on_closing);
}

/* Of struct transport_ops. */
static inline void far_end_close(void *pipe)
{
    struct far_end *end = pipe;
    end->leaving = true;
    loop_soon(end->loop, &end->closing);
}

static inline void far_end_finish(void *pipe, int64_t linger_ms)
{
    (void)linger_ms;
    far_end_close(pipe);
}

static inline const char *far_end_peer(void *pipe)
{
    (void)pipe;
    return "fuzz";
}

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/http_internal.h"

struct listening {
    struct link link; /* server->listeners */
    struct net_listener *listener;
};

static void default_size(size_t *limit, size_t value)
{
    *limit = *limit ? *limit : value;
}

static void default_ms(int64_t *limit, int64_t value)
{
    *limit = *limit ? *limit : value;
}

static void set_defaults(struct http_limits *limits)
{
    static const struct http_limits defaults = {
        .max_body = 10 << 20,
        .max_head = 32 << 10,
        .max_url = 8 << 10,
        .head_timeout = 10000,
        .body_timeout = 30000,
        .idle_timeout = 75000,
        .write_timeout = 60000,
        .max_connections = 10000,
        .max_pipelined = 16,
        .write_high = 64 << 10,
    };
    default_size(&limits->max_body, defaults.max_body);
    default_size(&limits->max_head, defaults.max_head);
    default_size(&limits->max_url, defaults.max_url);
    default_size(&limits->write_high, defaults.write_high);
    default_ms(&limits->head_timeout, defaults.head_timeout);
    default_ms(&limits->body_timeout, defaults.body_timeout);
    default_ms(&limits->idle_timeout, defaults.idle_timeout);
    default_ms(&limits->write_timeout, defaults.write_timeout);
    if (limits->max_connections == 0)
        limits->max_connections = defaults.max_connections;
    if (limits->max_pipelined == 0)
        limits->max_pipelined = defaults.max_pipelined;
}

static void on_drained(struct task *task)
{
    struct http_server *server = container_of(task, struct http_server, drained);
    server->on_drained(server->drained_owner);
}

struct http_server *http_server_new(struct loop *loop, const struct http_limits *limits,
                                    const struct http_handler *handler, void *owner)
{
    struct http_server *server = mem_zalloc(1, sizeof *server);
    server->loop = loop;
    if (limits)
        server->limits = *limits;
    set_defaults(&server->limits);
    server->guard_limits = (struct guard_limits){server->limits.max_url, server->limits.max_head,
                                                 server->limits.max_body};
    server->handler = handler;
    server->owner = owner;
    server->date_second = -1;
    list_init(&server->conns);
    list_init(&server->listeners);
    task_init(&server->drained, on_drained);
    return server;
}

const char *server_date(struct http_server *server)
{
    int64_t now = clock_wall_us();
    if (now / 1000000 != server->date_second) {
        server->date_second = now / 1000000;
        clock_format_http(server->date, now);
    }
    return server->date;
}

/* ---- connections ---- */

static void pause_or_resume(struct http_server *server)
{
    bool pause = server->count >= server->limits.max_connections;
    if (pause == server->paused)
        return;
    server->paused = pause;
    for (struct link *item = server->listeners.next; item != &server->listeners; item = item->next)
        net_listener_set_accepting(container_of(item, struct listening, link)->listener, !pause);
}

static void on_accept(void *owner, struct net_conn *pipe)
{
    struct http_server *server = owner;
    struct http_conn *conn = conn_new(server, &transport_net, pipe);
    net_conn_attach(pipe, &http_conn_events, conn);
    pause_or_resume(server);
}

enum ls_err http_server_listen(struct http_server *server, int fd)
{
    struct listening *listening = mem_zalloc(1, sizeof *listening);
    enum ls_err err = net_listener_open(&listening->listener, server->loop, fd, on_accept, server);
    if (err) {
        free(listening);
        return err;
    }
    list_append(&server->listeners, &listening->link);
    net_listener_set_accepting(listening->listener, !server->paused);
    return LS_OK;
}

unsigned http_server_connections(const struct http_server *server)
{
    return server->count;
}

/* ---- the end ---- */

void http_server_hold_off(struct http_server *server)
{
    for (struct link *item = server->listeners.next; item != &server->listeners; item = item->next)
        net_listener_hold_off(container_of(item, struct listening, link)->listener);
}

static void accept_waiting(struct http_server *server)
{
    for (struct link *item = server->listeners.next; item != &server->listeners; item = item->next)
        net_listener_accept_waiting(container_of(item, struct listening, link)->listener);
}

static void stop_listening(struct http_server *server)
{
    struct link *item;
    while ((item = list_take_first(&server->listeners))) {
        struct listening *listening = container_of(item, struct listening, link);
        net_listener_close(&listening->listener);
        free(listening);
    }
}

/* What waits for the last connection. */
static void check_end(struct http_server *server)
{
    if (server->count > 0)
        return;
    if (server->freed)
        free(server);
    else if (server->draining && server->on_drained)
        loop_soon(server->loop, &server->drained);
}

void server_forget(struct http_conn *conn)
{
    struct http_server *server = conn->server;
    list_remove(&conn->link);
    server->count--;
    pause_or_resume(server);
    check_end(server);
}

void http_server_drain(struct http_server *server, void (*on_drained_fn)(void *owner), void *owner)
{
    server->draining = true;
    server->on_drained = on_drained_fn;
    server->drained_owner = owner;
    accept_waiting(server);
    stop_listening(server);
    for (struct link *item = server->conns.next; item != &server->conns; item = item->next)
        conn_drain(container_of(item, struct http_conn, link));
    check_end(server);
}

void http_server_free(struct http_server **server)
{
    struct http_server *old = *server;
    *server = NULL;
    if (!old)
        return;
    stop_listening(old);
    task_cancel(&old->drained);
    for (struct link *item = old->conns.next; item != &old->conns; item = item->next)
        conn_close(container_of(item, struct http_conn, link));
    old->freed = true;
    check_end(old);
}

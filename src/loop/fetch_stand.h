/* For the tests of the HTTP client: a server that answers by script, a client that notes what it
 * hears, and the loop under both.  Include it once per test program. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "loop/fetch.h"
#include "loop/loop.h"
#include "loop/net.h"

/* ---- a server that answers by script ---- */

enum { MAX_PEERS = 64 };

struct peer {
    struct net_conn *conn;
    struct buf in;
    bool was_asked;
};

/* Each complete request is answered with `answer`, and the connection closed if `hang_up`.  A
 * request whose path is /hold gets no answer. */
static struct server {
    struct loop *loop;
    struct net_listener *listener;
    int port;
    const char *answer;
    size_t answer_len;
    bool hang_up;
    int connections, requests, gone, open, most_open;
    char seen[4096]; /* the last request */
    struct peer peers[MAX_PEERS];
} server;

static inline size_t request_length(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");
    if (!end)
        return 0;
    return (size_t)(end + 4 - text) + (length && length < end ? strtoul(length + 16, NULL, 10) : 0);
}

static inline void answer(struct peer *peer)
{
    if (strstr(server.seen, " /hold") || !server.answer)
        return;
    net_conn_write(peer->conn, server.answer, server.answer_len);
    if (server.hang_up)
        net_conn_finish(peer->conn, 100);
}

static inline void on_peer_data(void *owner, const char *data, size_t len)
{
    struct peer *peer = owner;
    assert_int_equal(buf_add(&peer->in, data, len), LS_OK);
    size_t whole = request_length(buf_str(&peer->in));
    if (whole == 0 || peer->in.len < whole)
        return;
    snprintf(server.seen, sizeof server.seen, "%.*s", (int)whole, peer->in.data);
    buf_consume(&peer->in, whole);
    server.requests++;
    answer(peer);
}

static inline void on_peer_ended(void *owner)
{
    net_conn_close(((struct peer *)owner)->conn);
}

static inline void on_peer_drained(void *owner)
{
    (void)owner;
}

static inline void on_peer_closed(void *owner)
{
    struct peer *peer = owner;
    buf_fini(&peer->in);
    peer->conn = NULL;
    server.gone++;
    server.open--;
}

static const struct net_events peer_events = {on_peer_data, on_peer_ended, on_peer_drained,
                                              on_peer_closed};

static inline void on_accept(void *owner, struct net_conn *conn)
{
    (void)owner;
    struct peer *peer = server.peers;
    while (peer->conn)
        peer++;
    assert_true(peer < server.peers + MAX_PEERS);
    peer->conn = conn;
    buf_init(&peer->in, 1 << 20);
    server.connections++;
    server.open++;
    if (server.open > server.most_open)
        server.most_open = server.open;
    net_conn_attach(conn, &peer_events, peer);
    net_conn_read_start(conn);
}

static inline void script(const char *text)
{
    server.answer = text;
    server.answer_len = strlen(text);
}

/* The first connection that is open. */
static inline struct net_conn *server_conn(void)
{
    for (int i = 0; i < MAX_PEERS; i++)
        if (server.peers[i].conn)
            return server.peers[i].conn;
    fail();
    return NULL;
}

/* ---- a client that notes what it hears ---- */

enum stop_in { NEVER, IN_HEAD, IN_DATA, IN_DONE };

struct client {
    struct fetch *fetch;
    int status, heads, pieces, done;
    struct buf body;
    char type[64];
    bool pause; /* at each piece */
    enum stop_in stop_in;
    enum ls_err err;
    char message[256];
    bool got_head;
};

static inline void on_head(void *owner, struct fetch *fetch, int status)
{
    struct client *client = owner;
    const char *type = fetch_header(fetch, "content-TYPE");
    assert_int_equal(client->done, 0);
    client->heads++;
    client->status = status;
    snprintf(client->type, sizeof client->type, "%s", type ? type : "(none)");
    if (client->stop_in == IN_HEAD)
        fetch_stop(fetch);
}

static inline bool on_data(void *owner, struct fetch *fetch, const char *data, size_t len)
{
    struct client *client = owner;
    assert_int_equal(client->heads, 1);
    assert_int_equal(client->done, 0);
    client->pieces++;
    assert_int_equal(buf_add(&client->body, data, len), LS_OK);
    if (client->stop_in == IN_DATA)
        fetch_stop(fetch);
    return !client->pause;
}

static inline void on_done(void *owner, const struct fetch_result *result)
{
    struct client *client = owner;
    client->done++;
    client->err = result->err;
    client->got_head = result->got_head;
    snprintf(client->message, sizeof client->message, "%s", result->message);
    if (client->stop_in == IN_DONE)
        fetch_stop(client->fetch);
    client->fetch = NULL;
}

static const struct fetch_events client_events = {on_head, on_data, on_done};

/* ---- the stand ---- */

static struct fetch_pool *pool;
static char url[64];

static inline void set_up(const struct fetch_pool_options *options)
{
    char why[256] = "";
    int fd = -1;
    memset(&server, 0, sizeof server);
    server.loop = loop_new();
    assert_int_equal(net_bind(&fd, "127.0.0.1", &server.port, why), LS_OK);
    assert_int_equal(net_listener_open(&server.listener, server.loop, fd, on_accept, NULL), LS_OK);
    pool = fetch_pool_new(server.loop, options);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/v1/chat", server.port);
}

static inline void tear_down(void)
{
    fetch_pool_free(&pool);
    assert_null(pool);
    net_listener_close(&server.listener);
    for (int i = 0; i < MAX_PEERS; i++)
        if (server.peers[i].conn)
            net_conn_close(server.peers[i].conn);
    loop_free(&server.loop);
}

static inline void turn(int times)
{
    for (int i = 0; i < times; i++) {
        loop_turn(server.loop);
        usleep(500);
    }
}

/* Turns the loop until `*value` is at least `target`; fails after some seconds. */
static inline void turn_until(const int *value, int target)
{
    for (int i = 0; i < 20000 && *value < target; i++) {
        loop_turn(server.loop);
        if (*value < target)
            usleep(500);
    }
    assert_true(*value >= target);
}

static inline struct fetch_request request_to(const char *to)
{
    static const char *const headers[] = {"Content-Type: application/json", "X-Empty:", NULL};
    return (struct fetch_request){
        .method = "POST", .url = to, .headers = headers, .body = "{\"a\":1}", .body_len = 7};
}

static inline void begin(struct client *client, const struct fetch_request *request)
{
    buf_init(&client->body, 1 << 26);
    client->fetch = fetch_start(pool, request, &client_events, client);
    assert_non_null(client->fetch);
    assert_int_equal(client->heads + client->done, 0);
}

/* A request of its own from start to end. */
static inline struct client fetch_whole(const struct fetch_request *request)
{
    struct client client = {0};
    begin(&client, request);
    turn_until(&client.done, 1);
    assert_int_equal(client.done, 1);
    return client;
}

#define SMALL "HTTP/1.1 200 OK\r\nContent-Type:  text/plain \r\nContent-Length: 5\r\n\r\nhello"

/* An answer of `len` bytes of body in chunks of 1000. */
static inline char *big_answer(size_t len, bool chunked)
{
    struct buf out;
    buf_init(&out, len * 2 + 1000);
    char head[128];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n%s%zu\r\n\r\n",
             chunked ? "Transfer-Encoding: chunked\r\nX-Length: " : "Content-Length: ", len);
    assert_int_equal(buf_add_str(&out, head), LS_OK);
    char piece[1000];
    memset(piece, 'x', sizeof piece);
    for (size_t i = 0; i < len; i += sizeof piece) {
        if (chunked)
            assert_int_equal(buf_add_str(&out, "3e8\r\n"), LS_OK);
        assert_int_equal(buf_add(&out, piece, sizeof piece), LS_OK);
        if (chunked)
            assert_int_equal(buf_add_str(&out, "\r\n"), LS_OK);
    }
    if (chunked)
        assert_int_equal(buf_add_str(&out, "0\r\n\r\n"), LS_OK);
    return buf_take(&out);
}

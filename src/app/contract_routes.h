/* For the contract suite: a runnable as a route, asked over a connection in memory by a client
 * that reads slowly, or leaves. */
#pragma once

#include "app/contract_hub.h"
#include "app/contract_upstream.h"
#include "http/http_internal.h"
#include "routes/service.h"
#include "run/run_stand.h"

enum { MOST_BYTES = 1 << 20, FEW_BYTES = 64, MOST_LAST_TURNS_OF_ROUTE = 40 };

struct route_client {
    struct loop *loop;
    struct http_conn *conn; /* NULL once it is closed */
    struct task closing;
    struct buf got, kept; /* what it has read; what waits for it */
    bool slow;
    size_t turns;
};

/* What is asked of a route, and when the client leaves. */
struct route_ask {
    const struct endpoint *endpoint;
    const char *input; /* JSON */
    bool slow;         /* the client reads only now and then */
    bool leaves;
    size_t leave_turn;
};

static inline bool route_client_write(void *pipe, const char *data, size_t len)
{
    struct route_client *client = pipe;
    assert_int_equal(buf_add(client->slow ? &client->kept : &client->got, data, len), LS_OK);
    return client->kept.len == 0;
}

static inline size_t route_client_pending(void *pipe)
{
    return ((struct route_client *)pipe)->kept.len;
}

static inline void route_client_read(void *pipe)
{
    (void)pipe;
}

static inline void route_client_close(void *pipe)
{
    struct route_client *client = pipe;
    loop_soon(client->loop, &client->closing);
}

static inline void route_client_finish(void *pipe, int64_t linger_ms)
{
    (void)linger_ms;
    route_client_close(pipe);
}

static inline const char *route_client_peer(void *pipe)
{
    (void)pipe;
    return "192.0.2.1";
}

static const struct transport_ops route_transport = {
    route_client_write, route_client_pending, route_client_read, route_client_read,
    route_client_close, route_client_finish,  route_client_peer, route_client_pending,
};

static inline void route_client_on_closing(struct task *task)
{
    struct route_client *client = container_of(task, struct route_client, closing);
    struct http_conn *conn = client->conn;
    client->conn = NULL;
    http_conn_events.on_closed(conn);
}

/* A site of one route for the tree, which stays the caller's. */
static inline struct site *route_site(struct runnable *tree)
{
    char why[256];
    const char *taken;
    struct site *site = site_new("t", "1", "", false);
    struct route *route = route_new("/r", runnable_hold(tree));
    assert_int_equal(route_compile(route, why), LS_OK);
    assert_int_equal(site_add(site, route, &taken), LS_OK);
    return site;
}

static inline void route_send(struct route_client *client, const struct route_ask *ask)
{
    bool many = strcmp(endpoint_names[ask->endpoint - langserve_endpoints], "batch") == 0;
    const char *input = ask->input;
    static const char config[] = "\"config\": {\"configurable\": {\"session_id\": \"s\"}}";
    struct buf body, request;
    buf_init(&body, MOST_BYTES);
    buf_init(&request, MOST_BYTES);
    if (many)
        buf_printf(&body, "{\"inputs\": [%s, %s, %s], %s}", input, input, input, config);
    else
        buf_printf(&body, "{\"input\": %s, %s}", input, config);
    buf_printf(&request, "POST /r/%s HTTP/1.1\r\nhost: a\r\ncontent-length: %zu\r\n\r\n%s",
               endpoint_names[ask->endpoint - langserve_endpoints], body.len, buf_str(&body));
    http_conn_events.on_data(client->conn, request.data, request.len);
    buf_fini(&body);
    buf_fini(&request);
}

/* A slow client reads what has come, now and then. */
static inline void route_read(struct route_client *client)
{
    loop_advance(client->loop, PAUSE_MS);
    if (client->kept.len == 0 || !client->conn)
        return;
    buf_add(&client->got, client->kept.data, client->kept.len);
    buf_reset(&client->kept);
    http_conn_events.on_drained(client->conn);
}

static inline bool route_answer_is_whole(const struct route_client *client)
{
    const char *text = buf_str(&client->got), *body = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "content-length: ");
    if (!body)
        return false;
    return length ? strlen(body + 4) == strtoul(length + 16, NULL, 10)
                  : strcmp(text + client->got.len - 5, "0\r\n\r\n") == 0;
}

/* Until the answer is there, or the client leaves. */
static inline void route_drive(struct route_client *client, const struct route_ask *ask)
{
    while (!route_answer_is_whole(client)) {
        if (ask->leaves && client->turns == ask->leave_turn)
            return;
        if (ask->slow)
            route_read(client);
        else
            assert_true(loop_turn(client->loop));
        assert_true(++client->turns < MOST_TURNS);
    }
}

/* The client goes; all that it asked for ends at once. */
static inline void route_leave(struct route_client *client)
{
    int64_t now = loop_now(client->loop);
    if (client->conn)
        http_conn_events.on_ended(client->conn);
    for (int turns = 0; loop_turn(client->loop); turns++)
        assert_true(turns < MOST_LAST_TURNS_OF_ROUTE);
    assert_true(tree_lingers || loop_now(client->loop) == now);
    assert_null(client->conn);
}

/* Asks once; the answer is in client->got until route_client_fini(). */
static inline void route_play(struct stand *stand, struct site *site, const struct route_ask *ask,
                              struct route_client *client)
{
    const struct http_limits limits = {.write_high = FEW_BYTES};
    struct fetch_pool *pool = stand->services->pool;
    struct service service;
    *client = (struct route_client){.loop = stand->loop, .slow = ask->slow};
    pool->started = 0;
    buf_init(&client->got, MOST_BYTES);
    buf_init(&client->kept, MOST_BYTES);
    task_init(&client->closing, route_client_on_closing);
    service_init(&service, client->loop, site, &limits, stand->services);
    client->conn = conn_new(service.http, &route_transport, client);
    route_send(client, ask);
    route_drive(client, ask);
    route_leave(client);
    assert_int_equal(pool->open, 0);
    service_fini(&service);
    assert_false(loop_turn(client->loop));
}

static inline void route_client_fini(struct route_client *client)
{
    buf_fini(&client->got);
    buf_fini(&client->kept);
}

/* Makes all UUIDs and moments in the text equal. */
static inline void route_mask_ids(char *text)
{
    for (char *at = text; (at = strstr(at, "+00:00\"")); at++)
        if (at - text >= 23 && at[-4] == '.')
            memset(at - 23, 't', 23);
    for (size_t at = 0, len = strlen(text); at + UUID_LEN <= len; at++)
        if (text[at + 8] == '-' && text[at + 13] == '-' && text[at + 18] == '-' &&
            text[at + 23] == '-' && strspn(text + at, "0123456789abcdef-") >= UUID_LEN)
            memset(text + at, 'x', UUID_LEN);
}

/* The body that came, without its framing and with all ids and moments equal; free() it. */
static inline char *route_body(const struct route_client *client)
{
    struct buf body;
    const char *text = buf_str(&client->got), *at = strstr(text, "\r\n\r\n") + 4;
    buf_init(&body, MOST_BYTES);
    if (strstr(text, "content-length: ")) {
        buf_add_str(&body, at);
    } else {
        char *data;
        for (size_t len; (len = strtoul(at, &data, 16)) > 0; at = data + 2 + len + 2)
            buf_add(&body, data + 2, len);
    }
    char *masked = buf_take(&body);
    route_mask_ids(masked);
    return masked;
}

/* Asks in every way: a quick client, a slow one (who must be told the same, when `steady`), and
 * one that leaves at each turn. */
static inline void route_play_cuts(struct stand *stand, struct site *site, struct route_ask ask,
                                   bool steady)
{
    struct route_client quick, slow, leaver;
    route_play(stand, site, &ask, &quick);
    ask.slow = true;
    route_play(stand, site, &ask, &slow);
    char *told = route_body(&quick), *told_slowly = route_body(&slow);
    if (steady)
        assert_string_equal(told, told_slowly);
    ask.slow = false;
    ask.leaves = true;
    for (ask.leave_turn = 0; ask.leave_turn < quick.turns; ask.leave_turn++) {
        route_play(stand, site, &ask, &leaver);
        route_client_fini(&leaver);
    }
    free(told);
    free(told_slowly);
    route_client_fini(&quick);
    route_client_fini(&slow);
}

/* Every endpoint that takes an input. */
static inline void route_play_all(struct stand *stand, struct runnable *tree, const char *input,
                                  bool steady)
{
    struct site *site = route_site(tree);
    for (size_t i = 0; endpoint_names[i]; i++)
        if (strcmp(langserve_endpoints[i].method, "POST") == 0 && !langserve_endpoints[i].of_runs)
            route_play_cuts(stand, site,
                            (struct route_ask){&langserve_endpoints[i], input, .slow = false},
                            steady);
    site_free(&site);
}

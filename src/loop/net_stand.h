/* For the tests of listeners and connections: a server, and a plain socket as its client. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "loop/loop.h"
#include "loop/net.h"

/* A server with one connection of interest, and a plain socket as its client. */
struct stand {
    struct loop *loop;
    struct net_listener *listener;
    struct net_conn *conn; /* the last accepted one; NULL once closed */
    int client;
    int port, accepted, ended, drained, closed;
    bool echo;
    size_t received;
    char last[256];
};

static inline void on_data(void *owner, const char *data, size_t len)
{
    struct stand *stand = owner;
    stand->received += len;
    snprintf(stand->last, sizeof stand->last, "%.*s", (int)len, data);
    if (stand->echo)
        assert_true(net_conn_write(stand->conn, data, len));
}

static inline void on_ended(void *owner)
{
    struct stand *stand = owner;
    stand->ended++;
}

static inline void on_drained(void *owner)
{
    struct stand *stand = owner;
    stand->drained++;
}

static inline void on_closed(void *owner)
{
    struct stand *stand = owner;
    stand->closed++;
    stand->conn = NULL;
}

static const struct net_events events = {on_data, on_ended, on_drained, on_closed};

static inline void on_accept(void *owner, struct net_conn *conn)
{
    struct stand *stand = owner;
    stand->accepted++;
    stand->conn = conn;
    net_conn_attach(conn, &events, stand);
    net_conn_read_start(conn);
}

static inline int connect_tcp(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline int connect_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline void listen_at(struct stand *stand, const char *host)
{
    char why[256] = "";
    int fd = -1;
    memset(stand, 0, sizeof *stand);
    stand->loop = loop_new();
    stand->client = -1;
    assert_int_equal(net_bind(&fd, host, &stand->port, why), LS_OK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(net_listener_open(&stand->listener, stand->loop, fd, on_accept, stand), LS_OK);
}

static inline void tear_down(struct stand *stand)
{
    if (stand->conn)
        net_conn_close(stand->conn);
    net_listener_close(&stand->listener);
    assert_null(stand->listener);
    loop_free(&stand->loop);
    assert_null(stand->conn);
    if (stand->client >= 0)
        close(stand->client);
}

/* Turns the loop until `*value` is at least `target`; fails after some seconds. */
static inline void turn_until(struct stand *stand, const int *value, int target)
{
    for (int i = 0; i < 10000 && *value < target; i++) {
        loop_turn(stand->loop);
        if (*value < target)
            usleep(1000);
    }
    assert_true(*value >= target);
}

static inline void turn(struct stand *stand, int times)
{
    for (int i = 0; i < times; i++) {
        loop_turn(stand->loop);
        usleep(1000);
    }
}

static inline void open_stand(struct stand *stand)
{
    listen_at(stand, "127.0.0.1");
    assert_true(stand->port > 0);
    stand->client = connect_tcp(stand->port);
    turn_until(stand, &stand->accepted, 1);
}

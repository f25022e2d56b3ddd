/* The server on real sockets: what only a network can show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/server.h"

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

enum { BIG = 8 << 20, BIG_MS = 600 };

struct stand {
    struct loop *loop;
    struct http_server *server;
    int port, requests, gone, records, drained;
    struct http_exchange *waiting;
    char *big; /* the answer to /big, which takes BIG_MS to make */
    char answer[65536];
};

static void on_gone(void *owner)
{
    ((struct stand *)owner)->gone++;
}

static void on_request(void *owner, struct http_exchange *exchange)
{
    struct stand *stand = owner;
    stand->requests++;
    assert_string_equal(http_request(exchange)->peer, "127.0.0.1");
    if (strcmp(http_request(exchange)->path, "/later") == 0) {
        http_set_gone(exchange, on_gone, stand);
        stand->waiting = exchange;
    } else if (strcmp(http_request(exchange)->path, "/big") == 0) {
        usleep(BIG_MS * 1000);
        http_respond(exchange, 200, NULL, stand->big, BIG);
    } else {
        http_respond(exchange, 200, NULL, "hello", 5);
    }
}

static const char *on_refused(void *owner, struct http_exchange *exchange, int status,
                              struct buf *out)
{
    (void)owner, (void)exchange;
    buf_add_str(out, http_reason(status));
    return "text/plain";
}

static void on_record(void *owner, const struct http_record *record)
{
    (void)record;
    ((struct stand *)owner)->records++;
}

static void on_drained(void *owner)
{
    ((struct stand *)owner)->drained++;
}

static const struct http_handler handler = {on_request, on_refused, on_record};

static void stand_open(struct stand *stand, const struct http_limits *limits)
{
    char why[256];
    int fd;
    memset(stand, 0, sizeof *stand);
    stand->loop = loop_new();
    stand->server = http_server_new(stand->loop, limits, &handler, stand);
    assert_int_equal(net_bind(&fd, "127.0.0.1", &stand->port, why), LS_OK);
    assert_int_equal(http_server_listen(stand->server, fd), LS_OK);
}

static void stand_close(struct stand *stand)
{
    http_server_free(&stand->server);
    loop_free(&stand->loop);
}

static int client_open(const struct stand *stand)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)stand->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void client_send(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void turn(struct stand *stand)
{
    loop_turn(stand->loop);
    usleep(1000);
}

/* Reads until the answer holds `text`, or the end when NULL; false when neither comes. */
static bool client_read(struct stand *stand, int fd, const char *text)
{
    size_t have = 0;
    memset(stand->answer, 0, sizeof stand->answer);
    for (int i = 0; i < 300; i++) {
        ssize_t got = recv(fd, stand->answer + have, sizeof stand->answer - 1 - have, MSG_DONTWAIT);
        have += got > 0 ? (size_t)got : 0;
        if (text ? strstr(stand->answer, text) != NULL : got == 0)
            return true;
        turn(stand);
    }
    return false;
}

static void a_connection_serves_many_requests(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    int fd = client_open(&stand);
    for (int i = 0; i < 3; i++) {
        client_send(fd, GET("/x"));
        assert_true(client_read(&stand, fd, "\r\n\r\nhello"));
    }
    assert_int_equal(stand.records, 3);
    assert_int_equal(http_server_connections(stand.server), 1);
    close(fd);
    for (int i = 0; i < 1000 && http_server_connections(stand.server) > 0; i++)
        turn(&stand);
    assert_int_equal(http_server_connections(stand.server), 0);
    stand_close(&stand);
}

static void a_refusal_can_be_read_although_more_is_sent(void **state)
{
    (void)state;
    struct stand stand;
    char body[32768];
    memset(body, 'x', sizeof body);
    stand_open(&stand, NULL);
    int fd = client_open(&stand);
    client_send(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n");
    for (int i = 0; i < 50; i++) {
        (void)!send(fd, body, sizeof body, MSG_NOSIGNAL | MSG_DONTWAIT);
        turn(&stand);
    }
    assert_true(client_read(&stand, fd, NULL));
    assert_non_null(strstr(stand.answer, "HTTP/1.1 413 "));
    close(fd);
    stand_close(&stand);
}

static void a_client_that_leaves_is_noticed(void **state)
{
    (void)state;
    struct stand stand;
    for (int hard = 0; hard < 2; hard++) {
        struct linger linger = {.l_onoff = hard, .l_linger = 0};
        stand_open(&stand, NULL);
        int fd = client_open(&stand);
        client_send(fd, GET("/later"));
        for (int i = 0; i < 1000 && !stand.waiting; i++)
            turn(&stand);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        close(fd);
        for (int i = 0; i < 1000 && !stand.gone; i++)
            turn(&stand);
        assert_int_equal(stand.gone, 1);
        stand_close(&stand);
    }
}

static void the_time_to_make_an_answer_is_not_the_reader_s(void **state)
{
    (void)state;
    const struct http_limits limits = {.write_timeout = BIG_MS - 100};
    struct stand stand;
    stand_open(&stand, &limits);
    stand.big = calloc(1, BIG);
    int fd = client_open(&stand);
    client_send(fd, GET("/big"));
    while (stand.records == 0)
        turn(&stand);
    for (int i = 0; i < 5; i++)
        turn(&stand);
    ssize_t got, taken = 0;
    while (taken < BIG && (got = recv(fd, stand.answer, sizeof stand.answer, MSG_DONTWAIT)) != 0) {
        taken += got > 0 ? got : 0;
        loop_turn(stand.loop);
    }
    assert_true(taken >= BIG);
    close(fd);
    free(stand.big);
    stand_close(&stand);
}

static void no_more_connections_than_allowed(void **state)
{
    (void)state;
    const struct http_limits limits = {.max_connections = 2};
    struct stand stand;
    int fds[3];
    stand_open(&stand, &limits);
    for (int i = 0; i < 3; i++) {
        fds[i] = client_open(&stand);
        client_send(fds[i], GET("/x"));
    }
    assert_true(client_read(&stand, fds[0], "hello"));
    assert_true(client_read(&stand, fds[1], "hello"));
    assert_false(client_read(&stand, fds[2], "hello"));
    assert_int_equal(http_server_connections(stand.server), 2);
    close(fds[0]);
    assert_true(client_read(&stand, fds[2], "hello"));
    close(fds[1]);
    close(fds[2]);
    stand_close(&stand);
}

static void draining_ends_the_loop_by_itself(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    int idle = client_open(&stand), busy = client_open(&stand);
    client_send(busy, GET("/later"));
    while (!stand.waiting)
        turn(&stand);
    http_server_drain(stand.server, on_drained, &stand);
    while (!client_read(&stand, idle, NULL))
        assert_int_equal(stand.drained, 0);
    http_respond(stand.waiting, 200, NULL, "bye", 3);
    assert_true(client_read(&stand, busy, NULL));
    assert_non_null(strstr(stand.answer, "connection: close\r\n\r\nbye"));
    close(idle);
    close(busy);
    loop_run(stand.loop);
    assert_int_equal(stand.drained, 1);
    stand_close(&stand);
}

/* It was in the queue of the listening socket when that was closed. */
static void draining_serves_who_has_connected(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand, NULL);
    int early = client_open(&stand), late = client_open(&stand);
    client_send(early, GET("/x"));
    http_server_drain(stand.server, on_drained, &stand);
    client_send(late, GET("/x"));
    assert_true(client_read(&stand, early, NULL));
    assert_non_null(strstr(stand.answer, "connection: close\r\n\r\nhello"));
    assert_true(client_read(&stand, late, NULL));
    assert_non_null(strstr(stand.answer, "connection: close\r\n\r\nhello"));
    close(early);
    close(late);
    loop_run(stand.loop);
    assert_int_equal(stand.drained, 1);
    stand_close(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_serves_many_requests),
        cmocka_unit_test(a_refusal_can_be_read_although_more_is_sent),
        cmocka_unit_test(a_client_that_leaves_is_noticed),
        cmocka_unit_test(the_time_to_make_an_answer_is_not_the_reader_s),
        cmocka_unit_test(no_more_connections_than_allowed),
        cmocka_unit_test(draining_ends_the_loop_by_itself),
        cmocka_unit_test(draining_serves_who_has_connected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

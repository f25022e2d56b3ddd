#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "loop/net_stand.h"

static void accepting_can_be_paused(void **state)
{
    (void)state;
    struct stand stand;
    open_stand(&stand);
    net_listener_set_accepting(stand.listener, false);
    struct net_conn *first = stand.conn;
    int second = connect_tcp(stand.port);
    turn(&stand, 5);
    assert_int_equal(stand.accepted, 1);
    net_listener_set_accepting(stand.listener, true);
    turn_until(&stand, &stand.accepted, 2);
    struct net_conn *last = stand.conn;
    net_conn_close(first);
    turn_until(&stand, &stand.closed, 1);
    stand.conn = last;
    close(second);
    tear_down(&stand);
}

static void count_and_close(void *owner, struct net_conn *conn)
{
    ++*(int *)owner;
    net_conn_close(conn);
}

static void who_waits_in_the_queue_is_accepted_before_it_closes(void **state)
{
    (void)state;
    enum { MANY = 100 }; /* more than one turn accepts */
    struct loop *loop = loop_new();
    struct net_listener *listener;
    int clients[MANY], fd, port = 0, accepted = 0;
    char why[256];
    assert_int_equal(net_bind(&fd, "127.0.0.1", &port, why), LS_OK);
    assert_int_equal(net_listener_open(&listener, loop, fd, count_and_close, &accepted), LS_OK);
    for (int i = 0; i < MANY; i++)
        clients[i] = connect_tcp(port);
    net_listener_accept_waiting(listener);
    net_listener_close(&listener);
    assert_int_equal(accepted, MANY);
    for (int i = 0; i < MANY; i++)
        close(clients[i]);
    loop_free(&loop);
}

static void nobody_comes_in_once_held_off(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct net_listener *listener;
    int fd, port = 0, accepted = 0;
    char why[256];
    assert_int_equal(net_bind(&fd, "127.0.0.1", &port, why), LS_OK);
    assert_int_equal(net_listener_open(&listener, loop, fd, count_and_close, &accepted), LS_OK);
    int before = connect_tcp(port);
    net_listener_hold_off(listener);
    int after = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in where = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(after, (struct sockaddr *)&where, sizeof where), -1);
    assert_int_equal(errno, EINPROGRESS);
    struct pollfd asked = {.fd = after, .events = POLLOUT};
    assert_int_equal(poll(&asked, 1, 50), 0); /* on loopback the answer would be there at once */
    net_listener_accept_waiting(listener);
    assert_int_equal(accepted, 1);
    net_listener_close(&listener);
    assert_int_equal(poll(&asked, 1, 10000), 1);
    int error = 0;
    socklen_t len = sizeof error;
    assert_int_equal(getsockopt(after, SOL_SOCKET, SO_ERROR, &error, &len), 0);
    assert_int_equal(error, ECONNREFUSED);
    close(before);
    close(after);
    loop_free(&loop);
}

static void on_stop(struct timer *timer)
{
    loop_stop(timer->loop);
}

/* In a child, for its limit on descriptors. */
static int accept_without_descriptors(void)
{
    struct stand stand;
    listen_at(&stand, "127.0.0.1");
    stand.client = connect_tcp(stand.port);
    int next = dup(stand.client);
    close(next);
    struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = (rlim_t)next + 64};
    if (setrlimit(RLIMIT_NOFILE, &none) != 0)
        return 2;
    /* A loop that does not spin sleeps nearly all of this time. */
    struct timer stop;
    timer_init(&stop, stand.loop, on_stop);
    timer_start(&stop, 250);
    clock_t before = clock();
    loop_run(stand.loop);
    if (stand.accepted != 0)
        return 3;
    if ((clock() - before) > CLOCKS_PER_SEC / 10)
        return 4;
    none.rlim_cur = none.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    for (int i = 0; i < 5000 && !stand.accepted; i++)
        turn(&stand, 1);
    return stand.accepted == 1 && net_conn_write(stand.conn, "x", 1) ? 0 : 5;
}

static void without_descriptors_connections_wait_until_there_are_some(void **state)
{
    (void)state;
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(accept_without_descriptors());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepting_can_be_paused),
        cmocka_unit_test(who_waits_in_the_queue_is_accepted_before_it_closes),
        cmocka_unit_test(nobody_comes_in_once_held_off),
        cmocka_unit_test(without_descriptors_connections_wait_until_there_are_some),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

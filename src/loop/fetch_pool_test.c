#include "loop/fetch_stand.h"

static void connections_are_kept_and_used_again(void **state)
{
    (void)state;
    set_up(NULL);
    script(SMALL);
    for (int i = 0; i < 5; i++) {
        struct fetch_request request = request_to(url);
        struct client client = fetch_whole(&request);
        assert_int_equal(client.err, LS_OK);
        buf_fini(&client.body);
    }
    assert_int_equal(server.requests, 5);
    assert_int_equal(server.connections, 1);
    tear_down();
}

static void only_so_many_idle_connections_are_kept(void **state)
{
    (void)state;
    struct client clients[6] = {{0}};
    set_up(&(struct fetch_pool_options){.max_connections = 10, .max_idle = 2});
    script(SMALL);
    struct fetch_request request = request_to(url);
    for (int i = 0; i < 6; i++)
        begin(&clients[i], &request);
    for (int i = 0; i < 6; i++)
        turn_until(&clients[i].done, 1);
    assert_int_equal(server.connections, 6);
    turn_until(&server.gone, 4);
    turn(20);
    assert_int_equal(server.open, 2);
    for (int i = 0; i < 6; i++)
        buf_fini(&clients[i].body);
    tear_down();
}

static void a_kept_connection_that_was_closed_is_replaced(void **state)
{
    (void)state;
    set_up(NULL);
    script(SMALL);
    for (int i = 0; i < 2; i++) {
        struct fetch_request request = request_to(url);
        struct client client = fetch_whole(&request);
        assert_int_equal(client.err, LS_OK);
        buf_fini(&client.body);
        if (i == 0) {
            net_conn_close(server_conn());
            turn_until(&server.gone, 1);
        }
    }
    assert_int_equal(server.connections, 2);
    tear_down();
}

static void more_than_the_limit_wait_for_a_connection(void **state)
{
    (void)state;
    enum { COUNT = 12 };
    struct client clients[COUNT] = {{0}};
    set_up(&(struct fetch_pool_options){.max_connections = 3, .max_idle = 3});
    script(SMALL);
    struct fetch_request request = request_to(url);
    for (int i = 0; i < COUNT; i++)
        begin(&clients[i], &request);
    for (int i = 0; i < COUNT; i++) {
        turn_until(&clients[i].done, 1);
        assert_int_equal(clients[i].err, LS_OK);
        buf_fini(&clients[i].body);
    }
    assert_int_equal(server.requests, COUNT);
    assert_in_range(server.most_open, 1, 3);
    tear_down();
}

static void unix_sockets_can_be_fetched_from(void **state)
{
    (void)state;
    char host[80], why[256];
    int fd = -1, port = 0;
    set_up(NULL);
    script(SMALL);
    net_listener_close(&server.listener);
    snprintf(host, sizeof host, "unix:/tmp/fetch_test.%d.sock", (int)getpid());
    assert_int_equal(net_bind(&fd, host, &port, why), LS_OK);
    assert_int_equal(net_listener_open(&server.listener, server.loop, fd, on_accept, NULL), LS_OK);
    struct fetch_request request = request_to("http://worker/x");
    request.unix_socket = host + 5;
    struct client client = fetch_whole(&request);
    assert_int_equal(client.err, LS_OK);
    assert_non_null(strstr(server.seen, "Host: worker\r\n"));
    buf_fini(&client.body);
    tear_down();
    unlink(host + 5);
}

static void freeing_the_pool_ends_everything_silently(void **state)
{
    (void)state;
    char hold[80];
    set_up(&(struct fetch_pool_options){.max_connections = 2});
    snprintf(hold, sizeof hold, "http://127.0.0.1:%d/hold", server.port);
    struct client clients[5] = {{0}};
    struct fetch_request request = request_to(hold);
    for (int i = 0; i < 4; i++)
        begin(&clients[i], &request);
    turn_until(&server.requests, 2);
    begin(&clients[4], &request);
    fetch_pool_free(&pool);
    turn_until(&server.gone, 2);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(clients[i].done, 0);
        buf_fini(&clients[i].body);
    }
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_kept_and_used_again),
        cmocka_unit_test(only_so_many_idle_connections_are_kept),
        cmocka_unit_test(a_kept_connection_that_was_closed_is_replaced),
        cmocka_unit_test(more_than_the_limit_wait_for_a_connection),
        cmocka_unit_test(unix_sockets_can_be_fetched_from),
        cmocka_unit_test(freeing_the_pool_ends_everything_silently),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

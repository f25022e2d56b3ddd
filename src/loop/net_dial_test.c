#include "loop/net_dial.h"

#include "loop/net_stand.h"

static struct stand stand;
static struct net_conn *dialed;
static char told[256];
static int tellings;

static void on_dialed(void *owner, struct net_conn *conn, const char *why)
{
    assert_ptr_equal(owner, &stand);
    tellings++;
    dialed = conn;
    snprintf(told, sizeof told, "%s", why);
}

static void on_accept_one(void *owner, struct net_conn *conn)
{
    (void)owner;
    stand.accepted++;
    net_conn_close(conn);
}

static void listen_here(const char *host)
{
    char why[256];
    int fd = -1;
    memset(&stand, 0, sizeof stand);
    stand.client = -1;
    stand.loop = loop_new();
    assert_int_equal(net_bind(&fd, host, &stand.port, why), LS_OK);
    assert_int_equal(net_listener_open(&stand.listener, stand.loop, fd, on_accept_one, NULL),
                     LS_OK);
}

static void dial(const char *host, int port)
{
    tellings = 0;
    dialed = NULL;
    net_dial(stand.loop, host, port, on_dialed, &stand);
    assert_int_equal(tellings, 0); /* on a later turn */
    turn_until(&stand, &tellings, 1);
}

static void test_names_and_addresses(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "localhost"};
    listen_here("127.0.0.1");
    for (int i = 0; i < 2; i++) {
        dial(hosts[i], stand.port);
        assert_non_null(dialed);
        turn_until(&stand, &stand.accepted, i + 1);
        net_conn_close(dialed);
    }
    tear_down(&stand);
}

static void test_unix_sockets(void **state)
{
    (void)state;
    char host[64];
    snprintf(host, sizeof host, "unix:/tmp/langserved-dial-%d", (int)getpid());
    listen_here(host);
    dial(host, 0);
    assert_non_null(dialed);
    turn_until(&stand, &stand.accepted, 1);
    net_conn_close(dialed);
    tear_down(&stand);
    unlink(host + 5);
}

static void test_what_cannot_be_reached(void **state)
{
    (void)state;
    char host[300] = "unix:/";
    listen_here("127.0.0.1");
    dial("127.0.0.1", 1);
    assert_null(dialed);
    assert_string_equal(told, "127.0.0.1:1: Connection refused");
    dial("unix:/nowhere/socket", 0);
    assert_null(dialed);
    assert_non_null(strstr(told, "No such file"));
    memset(host + 6, 'x', sizeof host - 7);
    dial(host, 0);
    assert_non_null(strstr(told, "too long"));
    dial("no such host", 1);
    assert_null(dialed);
    assert_non_null(strstr(told, "no such host:1: "));
    tear_down(&stand);
}

static void test_a_cancelled_dial_says_nothing(void **state)
{
    (void)state;
    static const char *const hosts[] = {"127.0.0.1", "localhost", "unix:/nowhere", "no such host"};
    listen_here("127.0.0.1");
    tellings = 0;
    for (int turns = 0; turns < 4; turns++)
        for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
            struct net_dial *dial = net_dial(stand.loop, hosts[i], stand.port, on_dialed, &stand);
            for (int k = 0; k < turns && tellings == 0; k++)
                loop_turn(stand.loop);
            if (tellings == 0)
                net_dial_cancel(&dial);
            else if (dialed)
                net_conn_close(dialed);
            int before = tellings;
            turn(&stand, 5);
            assert_int_equal(tellings, before);
            tellings = 0;
        }
    net_dial_cancel(&(struct net_dial *){NULL});
    tear_down(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_addresses),
        cmocka_unit_test(test_unix_sockets),
        cmocka_unit_test(test_what_cannot_be_reached),
        cmocka_unit_test(test_a_cancelled_dial_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <errno.h>
#include <stdlib.h>

#include "loop/net_stand.h"

/* Sends and expects it back. */
static void check_echo(struct stand *stand)
{
    char back[16] = "";
    stand->echo = true;
    assert_int_equal(write(stand->client, "hello", 5), 5);
    for (int i = 0; i < 5000 && stand->received < 5; i++)
        turn(stand, 1);
    assert_int_equal(read(stand->client, back, sizeof back), 5);
    assert_string_equal(back, "hello");
    shutdown(stand->client, SHUT_WR);
    turn_until(stand, &stand->ended, 1);
    assert_true(net_conn_write(stand->conn, "bye", 3)); /* after the peer's end, still */
    assert_int_equal(read(stand->client, back, sizeof back), 3);
    assert_int_equal(stand->closed, 0);
}

static void tcp_connections_carry_bytes_both_ways(void **state)
{
    (void)state;
    struct stand stand;
    open_stand(&stand);
    assert_string_equal(net_conn_peer(stand.conn), "127.0.0.1");
    check_echo(&stand);
    tear_down(&stand);
}

static void unix_connections_carry_bytes_both_ways(void **state)
{
    (void)state;
    char path[64], host[80];
    struct stand stand;
    snprintf(path, sizeof path, "/tmp/net_test.%d.sock", (int)getpid());
    snprintf(host, sizeof host, "unix:%s", path);
    listen_at(&stand, host);
    stand.client = connect_unix(path);
    turn_until(&stand, &stand.accepted, 1);
    assert_string_equal(net_conn_peer(stand.conn), "unix");
    check_echo(&stand);
    tear_down(&stand);
    unlink(path);
}

/* Writes until the socket takes no more, which must be before `len` bytes. */
static char *fill(struct stand *stand, size_t len)
{
    char *big = malloc(len);
    for (size_t i = 0; i < len; i++)
        big[i] = (char)(i * 31 >> 4);
    assert_false(net_conn_write(stand->conn, big, len));
    assert_in_range(net_conn_pending(stand->conn), 1, len);
    return big;
}

/* Reads until the end, or `len` bytes, while the loop turns. */
static size_t slurp(struct stand *stand, char *to, size_t len)
{
    size_t have = 0;
    for (int idle = 0; have < len && idle < 5000;) {
        ssize_t got = recv(stand->client, to + have, len - have, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN))
            break;
        have += got > 0 ? (size_t)got : 0;
        idle = got > 0 ? 0 : idle + 1;
        if (idle > 1)
            usleep(1000);
        loop_turn(stand->loop);
    }
    return have;
}

static void a_slow_reader_gets_everything_and_the_writer_hears_of_it(void **state)
{
    (void)state;
    enum { LEN = 8 * 1024 * 1024 };
    struct stand stand;
    open_stand(&stand);
    char *big = fill(&stand, LEN), *back = malloc(LEN);
    turn(&stand, 5);
    assert_int_equal(stand.drained, 0);
    assert_int_equal(slurp(&stand, back, LEN), LEN);
    assert_memory_equal(big, back, LEN);
    turn_until(&stand, &stand.drained, 1);
    assert_int_equal(net_conn_pending(stand.conn), 0);
    assert_true(net_conn_write(stand.conn, "x", 1));
    free(big);
    free(back);
    tear_down(&stand);
}

static void what_the_peer_takes_shows(void **state)
{
    (void)state;
    enum { LEN = 8 * 1024 * 1024, SOME = 256 * 1024 };
    struct stand stand;
    open_stand(&stand);
    char *big = fill(&stand, LEN), *back = malloc(SOME);
    turn(&stand, 50);
    size_t before = net_conn_untaken(stand.conn);
    assert_in_range(before, net_conn_pending(stand.conn) + 1, LEN);
    assert_int_equal(net_conn_untaken(stand.conn), before);
    for (int i = 0; i < 100 && net_conn_untaken(stand.conn) == before; i++) {
        slurp(&stand, back, SOME);
        turn(&stand, 5);
    }
    assert_true(net_conn_untaken(stand.conn) < before);
    free(big);
    free(back);
    tear_down(&stand);
}

static void finishing_sends_what_was_kept_and_lets_the_peer_read_it(void **state)
{
    (void)state;
    enum { LEN = 8 * 1024 * 1024 };
    struct stand stand;
    open_stand(&stand);
    char *big = fill(&stand, LEN), *back = malloc(LEN + 1);
    net_conn_finish(stand.conn, 5000);
    assert_int_equal(write(stand.client, "ignored", 7), 7);
    assert_int_equal(slurp(&stand, back, LEN + 1), LEN);
    assert_memory_equal(big, back, LEN);
    assert_int_equal(stand.received, 0);
    assert_int_equal(stand.closed, 0); /* lingers until the peer has closed as well */
    close(stand.client);
    stand.client = -1;
    turn_until(&stand, &stand.closed, 1);
    assert_int_equal(stand.drained, 0);
    assert_int_equal(stand.ended, 0);
    free(big);
    free(back);
    tear_down(&stand);
}

static void lingering_ends_by_itself(void **state)
{
    (void)state;
    struct stand stand;
    char back[8];
    open_stand(&stand);
    assert_true(net_conn_write(stand.conn, "last", 4));
    net_conn_finish(stand.conn, 30);
    net_conn_finish(stand.conn, 30);
    turn_until(&stand, &stand.closed, 1);
    assert_int_equal(read(stand.client, back, sizeof back), 4);
    assert_int_equal(read(stand.client, back, sizeof back), 0);
    tear_down(&stand);
}

static void closing_is_told_later_and_only_once(void **state)
{
    (void)state;
    struct stand stand;
    char back[8];
    open_stand(&stand);
    net_conn_close(stand.conn);
    net_conn_close(stand.conn);
    net_conn_reset(stand.conn);
    net_conn_finish(stand.conn, 10);
    assert_false(net_conn_write(stand.conn, "x", 1));
    assert_int_equal(stand.closed, 0);
    turn_until(&stand, &stand.closed, 1);
    turn(&stand, 3);
    assert_int_equal(stand.closed, 1);
    assert_int_equal(read(stand.client, back, sizeof back), 0);
    tear_down(&stand);
}

static void a_reset_reaches_the_peer_as_one(void **state)
{
    (void)state;
    struct stand stand;
    char back[8];
    open_stand(&stand);
    net_conn_reset(stand.conn);
    turn_until(&stand, &stand.closed, 1);
    assert_int_equal(read(stand.client, back, sizeof back), -1);
    assert_int_equal(errno, ECONNRESET);
    tear_down(&stand);
}

/* Closes the client so that its kernel answers with a reset. */
static void reset_client(struct stand *stand)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    setsockopt(stand->client, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(stand->client);
    stand->client = -1;
}

static void a_peer_that_resets_ends_the_connection(void **state)
{
    (void)state;
    struct stand stand;
    open_stand(&stand);
    reset_client(&stand);
    turn_until(&stand, &stand.ended, 1);
    assert_false(net_conn_write(stand.conn, "x", 1)); /* no SIGPIPE */
    turn_until(&stand, &stand.closed, 1);             /* by itself: the end was told before */
    assert_int_equal(stand.ended, 1);
    tear_down(&stand);
}

static void a_write_that_breaks_is_told_later(void **state)
{
    (void)state;
    enum { LEN = 8 * 1024 * 1024 };
    struct stand stand;
    open_stand(&stand);
    net_conn_read_stop(stand.conn);
    char *big = fill(&stand, LEN);
    free(big);
    reset_client(&stand);
    turn_until(&stand, &stand.ended, 1);
    assert_int_equal(stand.drained, 0);
    assert_int_equal(net_conn_pending(stand.conn), 0);
    net_conn_close(stand.conn);
    turn_until(&stand, &stand.closed, 1);
    tear_down(&stand);
}

static void reading_can_be_paused(void **state)
{
    (void)state;
    struct stand stand;
    open_stand(&stand);
    net_conn_read_stop(stand.conn);
    assert_int_equal(write(stand.client, "abc", 3), 3);
    turn(&stand, 5);
    assert_int_equal(stand.received, 0);
    net_conn_read_start(stand.conn);
    for (int i = 0; i < 5000 && stand.received < 3; i++)
        turn(&stand, 1);
    assert_int_equal(stand.received, 3);
    tear_down(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_connections_carry_bytes_both_ways),
        cmocka_unit_test(unix_connections_carry_bytes_both_ways),
        cmocka_unit_test(a_slow_reader_gets_everything_and_the_writer_hears_of_it),
        cmocka_unit_test(what_the_peer_takes_shows),
        cmocka_unit_test(finishing_sends_what_was_kept_and_lets_the_peer_read_it),
        cmocka_unit_test(lingering_ends_by_itself),
        cmocka_unit_test(closing_is_told_later_and_only_once),
        cmocka_unit_test(a_reset_reaches_the_peer_as_one),
        cmocka_unit_test(a_peer_that_resets_ends_the_connection),
        cmocka_unit_test(a_write_that_breaks_is_told_later),
        cmocka_unit_test(reading_can_be_paused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

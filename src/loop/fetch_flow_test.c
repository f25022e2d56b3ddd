/* Pausing, stopping, and limits of time. */
#include <sys/socket.h>

#include "loop/fetch_stand.h"

static void check_pause(bool chunked)
{
    enum { LEN = 12 * 1000 * 1000 };
    struct client client = {.pause = true};
    set_up(NULL);
    char *text = big_answer(LEN, chunked);
    script(text);
    struct fetch_request request = request_to(url);
    begin(&client, &request);
    turn_until(&client.pieces, 1);
    turn(40);
    assert_int_equal(client.pieces, 1);
    /* What the server could not send yet is what nobody buffers on this side. */
    assert_true(net_conn_pending(server_conn()) > 1000 * 1000);
    for (int i = 2; i < 12; i++) {
        fetch_resume(client.fetch);
        assert_int_equal(client.pieces, i - 1);
        turn_until(&client.pieces, i);
        turn(3);
        assert_int_equal(client.pieces, i);
    }
    client.pause = false;
    fetch_resume(client.fetch);
    fetch_resume(client.fetch);
    turn_until(&client.done, 1);
    assert_int_equal(client.err, LS_OK);
    assert_int_equal(client.body.len, LEN);
    free(text);
    buf_fini(&client.body);
    tear_down();
}

static void pausing_holds_the_server_back(void **state)
{
    (void)state;
    check_pause(false);
    check_pause(true);
}

static void the_end_waits_for_resuming(void **state)
{
    (void)state;
    struct client client = {.pause = true};
    set_up(NULL);
    script(SMALL);
    struct fetch_request request = request_to(url);
    begin(&client, &request);
    turn_until(&client.pieces, 1);
    turn(20);
    assert_int_equal(client.done, 0);
    fetch_resume(client.fetch);
    assert_int_equal(client.done, 0);
    turn_until(&client.done, 1);
    assert_int_equal(client.err, LS_OK);
    buf_fini(&client.body);
    tear_down();
}

static void pausing_is_not_idling_but_counts_in_total(void **state)
{
    (void)state;
    struct client client = {.pause = true};
    set_up(NULL);
    script("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    struct fetch_request request = request_to(url);
    request.timeouts = (struct fetch_timeouts){.idle = 20, .total = 200};
    begin(&client, &request);
    turn_until(&client.pieces, 1);
    turn_until(&client.done, 1);
    assert_int_equal(client.err, LS_UPSTREAM_TIMEOUT);
    assert_non_null(strstr(client.message, "200 ms"));
    buf_fini(&client.body);
    tear_down();
}

static void nothing_is_called_after_stopping(void **state)
{
    (void)state;
    set_up(NULL);
    script("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    for (enum stop_in place = IN_HEAD; place <= IN_DATA; place++) {
        struct client client = {.stop_in = place};
        int gone = server.gone;
        struct fetch_request request = request_to(url);
        begin(&client, &request);
        turn_until(&server.gone, gone + 1); /* its connection is closed */
        turn(5);
        assert_int_equal(client.heads, 1);
        assert_int_equal(client.pieces, place == IN_DATA ? 1 : 0);
        assert_int_equal(client.done, 0);
        buf_fini(&client.body);
    }
    script(SMALL);
    struct client client = {.stop_in = IN_DONE};
    struct fetch_request request = request_to(url);
    begin(&client, &request);
    turn_until(&client.done, 1);
    turn(5);
    assert_int_equal(client.done, 1);
    buf_fini(&client.body);
    tear_down();
}

static void transfers_can_be_stopped_in_every_state(void **state)
{
    (void)state;
    char hold[80];
    set_up(&(struct fetch_pool_options){.max_connections = 1});
    snprintf(hold, sizeof hold, "http://127.0.0.1:%d/hold", server.port);
    struct client clients[4] = {{0}};
    struct fetch_request request = request_to(hold);
    begin(&clients[0], &request);
    fetch_stop(clients[0].fetch); /* before it began */
    begin(&clients[1], &request);
    turn_until(&server.requests, 1);
    begin(&clients[2], &request);
    turn(3);
    fetch_stop(clients[2].fetch); /* while it waits for a connection */
    fetch_stop(clients[1].fetch); /* while it waits for an answer */
    turn_until(&server.gone, 1);
    script("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello");
    request.url = url;
    clients[3].pause = true;
    begin(&clients[3], &request);
    turn_until(&clients[3].pieces, 1);
    fetch_stop(clients[3].fetch); /* while it is paused */
    turn_until(&server.gone, 2);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(clients[i].done, 0);
        buf_fini(&clients[i].body);
    }
    tear_down();
}

/* Stops another transfer, and starts one, from within its callbacks. */
struct meddler {
    struct client client;
    struct client *victim, *next;
};

static void on_meddler_head(void *owner, struct fetch *fetch, int status)
{
    struct meddler *meddler = owner;
    struct fetch_request request = request_to(url);
    (void)fetch;
    (void)status;
    fetch_stop(meddler->victim->fetch);
    begin(meddler->next, &request);
}

static bool on_meddler_data(void *owner, struct fetch *fetch, const char *data, size_t len)
{
    (void)owner;
    (void)fetch;
    (void)data;
    (void)len;
    return true;
}

static void on_meddler_done(void *owner, const struct fetch_result *result)
{
    ((struct meddler *)owner)->client.done++;
    assert_int_equal(result->err, LS_OK);
}

static void callbacks_may_stop_and_start_other_transfers(void **state)
{
    (void)state;
    static const struct fetch_events meddling = {on_meddler_head, on_meddler_data, on_meddler_done};
    char hold[80];
    set_up(NULL);
    script(SMALL);
    snprintf(hold, sizeof hold, "http://127.0.0.1:%d/hold", server.port);
    struct client victim = {0}, next = {0};
    struct meddler meddler = {.victim = &victim, .next = &next};
    struct fetch_request request = request_to(hold);
    begin(&victim, &request);
    turn_until(&server.requests, 1);
    request.url = url;
    fetch_start(pool, &request, &meddling, &meddler);
    turn_until(&next.done, 1);
    turn_until(&server.gone, 1);
    assert_int_equal(meddler.client.done, 1);
    assert_int_equal(next.err, LS_OK);
    assert_int_equal(victim.done, 0);
    buf_fini(&victim.body);
    buf_fini(&next.body);
    tear_down();
}

static void each_limit_of_time_ends_the_transfer(void **state)
{
    (void)state;
    static const struct {
        struct fetch_timeouts timeouts;
        const char *answer, *message;
        bool got_head;
    } cases[] = {
        {{.first_byte = 40, .idle = 9000, .total = 9000}, NULL, "no answer within 40 ms", false},
        {{.first_byte = 9000, .idle = 40, .total = 9000},
         "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
         "nothing more came for 40 ms",
         true},
        {{.first_byte = 9000, .idle = 9000, .total = 40}, NULL, "not complete within 40 ms", false},
    };
    for (int i = 0; i < 3; i++) {
        set_up(NULL);
        if (cases[i].answer)
            script(cases[i].answer);
        struct fetch_request request = request_to(url);
        request.timeouts = cases[i].timeouts;
        struct client client = fetch_whole(&request);
        assert_int_equal(client.err, LS_UPSTREAM_TIMEOUT);
        assert_string_equal(client.message, cases[i].message);
        assert_int_equal(client.got_head, cases[i].got_head);
        buf_fini(&client.body);
        tear_down();
    }
}

static void a_steady_stream_is_not_idle(void **state)
{
    (void)state;
    struct client client = {0};
    set_up(NULL);
    script("HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\nhello");
    struct fetch_request request = request_to(url);
    request.timeouts.idle = 400;
    begin(&client, &request);
    turn_until(&client.pieces, 1);
    int64_t start = loop_now(server.loop);
    for (int i = 1; i < 10; i++) {
        while (loop_now(server.loop) - start < 60 * i)
            turn(1);
        assert_true(net_conn_write(server_conn(), ".", 1));
    }
    turn(5);
    assert_int_equal(client.done, 0);
    assert_true(net_conn_write(server_conn(), "!", 1));
    turn_until(&client.done, 1);
    assert_int_equal(client.err, LS_OK);
    buf_fini(&client.body);
    tear_down();
}

/* A socket whose queue of connections is full, so that connecting hangs. */
static void connecting_has_a_limit_of_its_own(void **state)
{
    (void)state;
    char hanging[64], why[256];
    int fd = -1, port = 0;
    set_up(NULL);
    assert_int_equal(net_bind(&fd, "127.0.0.1", &port, why), LS_OK);
    assert_int_equal(listen(fd, 0), 0);
    snprintf(hanging, sizeof hanging, "http://127.0.0.1:%d/", port);
    struct client clients[8] = {{0}};
    struct fetch_request request = request_to(hanging);
    request.timeouts = (struct fetch_timeouts){.connect = 100, .first_byte = 100};
    for (int i = 0; i < 8; i++) /* the first ones fill the queue and wait for an answer */
        begin(&clients[i], &request);
    int hung = 0;
    for (int i = 0; i < 8; i++) {
        turn_until(&clients[i].done, 1);
        bool connected = strstr(clients[i].message, "no answer within") != NULL;
        assert_int_equal(clients[i].err, connected ? LS_UPSTREAM_TIMEOUT : LS_UPSTREAM_CONNECT);
        hung += !connected;
        buf_fini(&clients[i].body);
    }
    assert_true(hung > 0);
    tear_down();
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pausing_holds_the_server_back),
        cmocka_unit_test(the_end_waits_for_resuming),
        cmocka_unit_test(pausing_is_not_idling_but_counts_in_total),
        cmocka_unit_test(nothing_is_called_after_stopping),
        cmocka_unit_test(transfers_can_be_stopped_in_every_state),
        cmocka_unit_test(callbacks_may_stop_and_start_other_transfers),
        cmocka_unit_test(each_limit_of_time_ends_the_transfer),
        cmocka_unit_test(a_steady_stream_is_not_idle),
        cmocka_unit_test(connecting_has_a_limit_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Answers that are known beforehand come as a server's do. */
#include "loop/fetch_stand.h"

static const char head[] = "content-type: text/plain\0retry-after: 1";
static const struct fetch_piece pieces[] = {{20, 5}, {30, 5}, {60, 11}};
static const struct fetch_known hello = {
    .status = 200,
    .head = head,
    .head_len = sizeof head,
    .head_ms = 10,
    .end_ms = 80,
    .body = "hello world",
    .pieces = pieces,
    .count = 3,
    .message = "",
};

static struct fetch_request request_of(const struct fetch_known *known)
{
    struct fetch_request request = request_to("http://127.0.0.1:1/never/asked");
    request.known = known;
    return request;
}

static void an_answer_comes_whole(void **state)
{
    (void)state;
    set_up(NULL);
    struct fetch_request request = request_of(&hello);
    struct client client = fetch_whole(&request);
    assert_int_equal(client.status, 200);
    assert_string_equal(client.type, "text/plain");
    assert_int_equal(client.pieces, 3);
    assert_string_equal(buf_str(&client.body), "hello world");
    assert_int_equal(client.err, LS_OK);
    assert_true(client.got_head);
    buf_fini(&client.body);
    tear_down();
}

static void failures_are_told(void **state)
{
    (void)state;
    set_up(NULL);
    struct fetch_known cut = hello, dead = {.err = LS_UPSTREAM_CONNECT, .message = "refused"};
    cut.err = LS_UPSTREAM;
    cut.message = "it broke";
    struct fetch_request request = request_of(&cut);
    struct client client = fetch_whole(&request);
    assert_int_equal(client.err, LS_UPSTREAM);
    assert_string_equal(client.message, "it broke");
    assert_int_equal(client.body.len, 11);
    buf_fini(&client.body);
    request = request_of(&dead);
    client = fetch_whole(&request);
    assert_int_equal(client.err, LS_UPSTREAM_CONNECT);
    assert_string_equal(client.message, "refused");
    assert_int_equal(client.heads, 0);
    assert_false(client.got_head);
    buf_fini(&client.body);
    tear_down();
}

/* No piece comes before its time, by the loop's own clock. */
static void times_are_kept(void **state)
{
    (void)state;
    set_up(NULL);
    struct client client = {0};
    struct fetch_request request = request_of(&hello);
    request.known_timed = true;
    int64_t since = loop_now(server.loop);
    begin(&client, &request);
    for (int i = 0; i < 3; i++) {
        turn_until(&client.pieces, i + 1);
        assert_true(loop_now(server.loop) - since >= pieces[i].ms);
    }
    turn_until(&client.done, 1);
    assert_true(loop_now(server.loop) - since >= 80);
    buf_fini(&client.body);
    tear_down();
}

static void pausing_holds_what_is_left(void **state)
{
    (void)state;
    set_up(NULL);
    struct client client = {.pause = true};
    struct fetch_request request = request_of(&hello);
    begin(&client, &request);
    for (int i = 1; i <= 3; i++) {
        turn_until(&client.pieces, i);
        turn(5);
        assert_int_equal(client.pieces, i);
        assert_int_equal(client.done, 0);
        fetch_resume(client.fetch);
        fetch_resume(client.fetch);
        assert_int_equal(client.pieces, i);
    }
    turn_until(&client.done, 1);
    assert_int_equal(client.body.len, 11);
    buf_fini(&client.body);
    tear_down();
}

static void nothing_comes_after_stopping(void **state)
{
    (void)state;
    set_up(NULL);
    struct fetch_request request = request_of(&hello);
    for (enum stop_in place = NEVER; place <= IN_DONE; place++) {
        struct client client = {.stop_in = place};
        begin(&client, &request);
        if (place == NEVER)
            fetch_stop(client.fetch); /* before anything came */
        turn(10);
        assert_int_equal(client.heads, place == NEVER ? 0 : 1);
        assert_int_equal(client.pieces, place == IN_DONE ? 3 : place == IN_DATA ? 1 : 0);
        assert_int_equal(client.done, place == IN_DONE ? 1 : 0);
        buf_fini(&client.body);
    }
    struct client client = {.pause = true};
    begin(&client, &request);
    turn_until(&client.pieces, 1);
    fetch_stop(client.fetch); /* while it pauses */
    turn(5);
    assert_int_equal(client.pieces, 1);
    buf_fini(&client.body);
    struct client last = {0};
    begin(&last, &request); /* the pool ends before it */
    tear_down();
    buf_fini(&last.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_whole),
        cmocka_unit_test(failures_are_told),
        cmocka_unit_test(times_are_kept),
        cmocka_unit_test(pausing_holds_what_is_left),
        cmocka_unit_test(nothing_comes_after_stopping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The exporter: batches, bounds, trouble, the end. */
#include "observe/exporter_stand.h"

static void test_waits_for_company(void **state)
{
    (void)state;
    add("a");
    loop_advance(stand.loop, 60);
    add("b");
    loop_advance(stand.loop, 39);
    assert_int_equal(stand.sent, 0);
    loop_advance(stand.loop, 1);
    expect_sent(1, "[a,b]");
    reply(202);
    loop_advance(stand.loop, 1000);
    assert_int_equal(stand.sent, 1);
}

static void test_full_batches_leave_at_once(void **state)
{
    (void)state;
    add("a"), add("b"), add("c"), add("d");
    loop_advance(stand.loop, 0);
    expect_sent(1, "[a,b,c]");
    add("1234567"), add("89");
    loop_advance(stand.loop, 500);
    assert_int_equal(stand.sent, 1); /* one at a time */
    reply(200);
    loop_advance(stand.loop, 0);
    expect_sent(2, "[d,1234567]");
    reply(200);
    loop_advance(stand.loop, 100);
    expect_sent(3, "[89]");
}

static void test_the_queue_is_bounded(void **state)
{
    (void)state;
    add("123456789"); /* more than a batch */
    add("12345678");
    loop_advance(stand.loop, 0);
    expect_sent(1, "[12345678]");
    add("aaaaaaaa"), add("bbbbbbbb"), add("cccc"), add("d");
    reply(200);
    loop_advance(stand.loop, 0);
    expect_sent(2, "[aaaaaaaa]");
    reply(200);
    loop_advance(stand.loop, 0);
    expect_sent(3, "[bbbbbbbb]");
    reply(200);
    loop_advance(stand.loop, 100);
    expect_sent(4, "[cccc]"); /* "d" did not fit */
    reply(200);
    loop_advance(stand.loop, 1000);
    assert_int_equal(stand.sent, 4);
}

static void test_trouble_that_passes(void **state)
{
    static const int answers[] = {0, 503, 429, 408};
    (void)state;
    add("a");
    loop_advance(stand.loop, 100);
    for (unsigned i = 0; i < 4; i++) {
        expect_sent(i + 1, "[a]");
        reply(answers[i]);
        add("b");
        loop_advance(stand.loop, 300);
        assert_int_equal(stand.sent, i + 1); /* it waits, whatever comes */
        loop_advance(stand.loop, 8000);
    }
    expect_sent(5, "[a]");
    reply(202);
    loop_advance(stand.loop, 0);
    expect_sent(6, "[b,b,b]");
}

static void test_the_server_says_when(void **state)
{
    (void)state;
    stand.retry_after = "20";
    add("a");
    loop_advance(stand.loop, 100);
    reply(429);
    loop_advance(stand.loop, 19999);
    assert_int_equal(stand.sent, 1);
    loop_advance(stand.loop, 1);
    expect_sent(2, "[a]");
}

static void test_trouble_that_stays(void **state)
{
    (void)state;
    add("a");
    loop_advance(stand.loop, 100);
    for (unsigned i = 1; i < 5; i++) {
        reply(0);
        loop_advance(stand.loop, 8000);
        expect_sent(i + 1, "[a]");
    }
    reply(0);
    add("b");
    loop_advance(stand.loop, 100);
    expect_sent(6, "[b]"); /* "a" is given up */
}

static void test_what_is_refused_is_not_tried_again(void **state)
{
    static const int answers[] = {400, 401, 403, 404, 413, 422, 302, 204};
    (void)state;
    for (unsigned i = 0; i < sizeof answers / sizeof *answers; i++) {
        add("a");
        loop_advance(stand.loop, 100);
        expect_sent(i + 1, "[a]");
        reply(answers[i]);
        loop_advance(stand.loop, 60000);
        assert_int_equal(stand.sent, i + 1);
    }
}

static void note_flushed(void *owner)
{
    (void)owner;
    assert_false(stand.flushed);
    stand.flushed = true;
}

static void test_flush(void **state)
{
    (void)state;
    add("a");
    exporter_flush(stand.exporter, note_flushed, NULL);
    loop_advance(stand.loop, 0);
    expect_sent(1, "[a]");
    add("b");
    assert_false(stand.flushed);
    reply(200);
    loop_advance(stand.loop, 0);
    expect_sent(2, "[b]");
    assert_false(stand.flushed);
    reply(200);
    loop_advance(stand.loop, 0);
    assert_true(stand.flushed);
}

static void test_flush_of_nothing(void **state)
{
    (void)state;
    exporter_flush(stand.exporter, note_flushed, NULL);
    assert_false(stand.flushed); /* not on the caller's stack */
    loop_advance(stand.loop, 0);
    assert_true(stand.flushed);
}

static void test_nothing_is_sent_after_the_end(void **state)
{
    (void)state;
    add("a"), add("b"), add("c"), add("d");
    loop_advance(stand.loop, 0);
    exporter_stop(stand.exporter);
    assert_false(stand.open);
    add("e");
    loop_advance(stand.loop, 60000);
    assert_int_equal(stand.sent, 1);
}

int main(void)
{
    log_setup(2, LOG_JSON, LOG_ERROR + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_waits_for_company, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_batches_leave_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_queue_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_trouble_that_passes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_server_says_when, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_trouble_that_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_refused_is_not_tried_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_flush, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_flush_of_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_is_sent_after_the_end, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

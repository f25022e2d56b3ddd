/* What a remote route's answers become; the server answers by script. */
#include "loop/fetch_stand.h"
#include "run/run_stand.h"
#include "stages/remote.h"

#define DATA(json) "event: data\r\ndata: " json "\r\n\r\n"
#define END "event: end\r\n\r\n"

static struct stand stand;
static struct run_services services;
static struct runnable *remote;
static char answer_text[2000];

/* The server's next answers. */
static void answer_with(const char *status, const char *body)
{
    snprintf(answer_text, sizeof answer_text,
             "HTTP/1.1 %s\r\nRetry-After-Ms: 1\r\nContent-Length: %zu\r\n\r\n%s", status,
             strlen(body), body);
    script(answer_text);
}

static int set_up_remote(void **state)
{
    (void)state;
    set_up(NULL);
    json_auto_t *headers = json_pack("{s:s}", "X-Key", "secret");
    const struct remote_setup setup = {.headers = headers, .max_retries = 1};
    char route[96];
    snprintf(route, sizeof route, "http://127.0.0.1:%d/chain/", server.port);
    remote = remote_new(route, &setup);
    services = (struct run_services){.pool = pool};
    stand = (struct stand){.loop = server.loop, .services = &services};
    return 0;
}

static int tear_down_remote(void **state)
{
    (void)state;
    stand_clear(&stand);
    runnable_rele(remote);
    tear_down();
    return 0;
}

static void start(bool streaming, struct cut cut)
{
    json_auto_t *input = json_of("{\"type\": \"human\", \"content\": \"hi\"}");
    stand_open_cut(&stand, remote, streaming, cut);
    stand.out.story = json_array();
    stand_push(&stand, input);
    stand_end(&stand, &outcome_well);
}

static void turn_until_dropped(void)
{
    for (int i = 0; i < 20000 && stand.run; i++) {
        loop_turn(server.loop);
        if (stand.out.full) {
            stand.out.full = false;
            run_resume(stand.run);
        }
        usleep(500);
    }
    assert_null(stand.run);
    assert_true(stand.out.ended);
}

/* An answer and what comes of it; an error's message holds `told`. */
static const struct row {
    bool streaming;
    const char *status, *body, *story;
    enum ls_err err;
    const char *told;
} rows[] = {
    {false, "200 OK", "{\"output\":1}", "+1", LS_OK, ""},
    {false, "200 OK", "{\"output\":{\"type\":\"ai\",\"content\":\"x\"},\"metadata\":{\"a\":1}}",
     "+{\"type\":\"ai\",\"content\":\"x\"}", LS_OK, ""},
    {false, "200 OK", "{\"output\":null}", "+null", LS_OK, ""},
    {false, "200 OK", "{}", "", LS_UPSTREAM, "no output"},
    {false, "200 OK", "[]", "", LS_UPSTREAM, "no output"},
    {false, "200 OK", "{\"out", "", LS_UPSTREAM, "the server's answer"},
    {false, "200 OK", "", "", LS_UPSTREAM, "the server's answer"},
    {false, "422 X", "{\"detail\":\"text\"}", "", LS_UPSTREAM_REFUSED,
     "the server answered 422: {\"detail\":\"text\""},
    {false, "401 X", "", "", LS_UPSTREAM_AUTH, "401"},
    {false, "403 X", "", "", LS_UPSTREAM_AUTH, "403"},
    {false, "404 X", "", "", LS_UPSTREAM_REFUSED, "404"},
    {false, "408 X", "", "", LS_UPSTREAM_TIMEOUT, "408"},
    {false, "429 X", "", "", LS_UPSTREAM_RATE_LIMIT, "429"},
    {false, "500 X", "oops", "", LS_UPSTREAM, "500: oops"},
    {false, "504 X", "", "", LS_UPSTREAM_TIMEOUT, "504"},
    {true, "200 OK", DATA("\"a\"") DATA("\"b\"") END, "+\"a\" +\"b\"", LS_OK, ""},
    {true, "200 OK", "event: metadata\r\ndata: {\"run_id\": \"x\"}\r\n\r\n" DATA("1") END, "+1",
     LS_OK, ""},
    {true, "200 OK", ": ping\r\n\r\n" DATA("{\"a\":1}") "event: odd\r\ndata: 1\r\n\r\n" END,
     "+{\"a\":1}", LS_OK, ""},
    {true, "200 OK", DATA("{}") DATA("{\"a\":\"x\"}") DATA("{\"a\":\"xy\",\"b\":[1]}") END,
     "+{} ={\"a\":\"x\"} ={\"a\":\"xy\",\"b\":[1]}", LS_OK, ""},
    {true, "200 OK", DATA("{\"a\":1}") DATA("{\"a\":2}") DATA("{\"a\":2,\"b\":null}") END,
     "+{\"a\":1} +{\"a\":2} +{\"a\":2,\"b\":null}", LS_OK, ""},
    {true, "200 OK", DATA("{\"a\":12}") DATA("{\"a\":12.5}") END, "+{\"a\":12} ={\"a\":12.5}",
     LS_OK, ""},
    {true, "200 OK", DATA("{\"a\":\"x\"}") DATA("{\"b\":\"x\"}") DATA("{\"b\":\"xy\"}") END,
     "+{\"a\":\"x\"} +{\"b\":\"x\"} +{\"b\":\"xy\"}", LS_OK, ""},
    {true, "200 OK", DATA("{\"a\":\"x\"}") DATA("{\"a\":\"x\"}") DATA("{\"a\":\"xx\"}") END,
     "+{\"a\":\"x\"} +{\"a\":\"x\"} +{\"a\":\"xx\"}", LS_OK, ""},
    {true, "200 OK",
     DATA("{\"a\":{}}") DATA("{\"b\":\"t\"}") DATA("{\"a\":{\"x\":[]}}") DATA("{\"a\":{\"y\":1}}")
         DATA("{\"a\":{\"y\":1,\"z\":2}}") END,
     "+{\"a\":{}} +{\"b\":\"t\"} =1{\"a\":{\"x\":[]}} +{\"a\":{\"y\":1}} "
     "+{\"a\":{\"y\":1,\"z\":2}}",
     LS_OK, ""},
    {true, "200 OK", DATA("[1]") DATA("[1,2]") END, "+[1] +[1,2]", LS_OK, ""},
    {true, "200 OK",
     DATA("{\"type\":\"AIMessageChunk\",\"content\":\"a\"}")
         DATA("{\"type\":\"AIMessageChunk\",\"content\":\"aa\"}") END,
     "+{\"type\":\"AIMessageChunk\",\"content\":\"a\"} "
     "+{\"type\":\"AIMessageChunk\",\"content\":\"aa\"}",
     LS_OK, ""},
    {true, "200 OK", END, "", LS_OK, ""},
    {true, "200 OK", DATA("\"a\""), "+\"a\"", LS_UPSTREAM, "broke off"},
    {true, "200 OK", DATA("\"a\"") DATA("{oops") END, "+\"a\"", LS_UPSTREAM,
     "an event of the stream"},
    {true, "200 OK",
     DATA("\"a\"") "event: error\r\ndata: {\"status_code\":500,\"message\":\"Bad\"}\r\n\r\n",
     "+\"a\"", LS_UPSTREAM, "500: {\"status_code\":500,\"message\":\"Bad\"}"},
    {true, "200 OK", "event: error\r\ndata: {\"status_code\":429,\"message\":\"Slow\"}\r\n\r\n", "",
     LS_UPSTREAM_RATE_LIMIT, "429"},
    {true, "200 OK", "event: error\r\ndata: no json\r\n\r\n", "", LS_UPSTREAM, "no json"},
    {true, "422 X", "{}", "", LS_UPSTREAM_REFUSED, "422: {}"},
};

static void answers_become_outcomes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        answer_with(rows[i].status, rows[i].body);
        start(rows[i].streaming, (struct cut){.act = CUT_NONE});
        turn_until_dropped();
        assert_story(&stand, rows[i].story);
        if (stand.out.err != rows[i].err)
            fail_msg("row %zu: %s", i, stand.out.message);
        if (!strstr(stand.out.message, rows[i].told))
            fail_msg("\"%s\" instead of \"%s\"", stand.out.message, rows[i].told);
    }
}

static void the_request_is_langserves(void **state)
{
    (void)state;
    answer_with("200 OK", "{\"output\":1}");
    start(false, (struct cut){.act = CUT_NONE});
    turn_until_dropped();
    assert_non_null(strstr(server.seen, "POST /chain/invoke HTTP/1.1\r\n"));
    assert_non_null(strstr(server.seen, "X-Key: secret\r\n"));
    assert_non_null(strstr(server.seen, "Accept: application/json\r\n"));
    const char *body = strstr(server.seen, "\r\n\r\n");
    json_auto_t *sent = json_of(body + 4);
    assert_json(sent,
                "{\"input\": {\"type\": \"human\", \"content\": \"hi\"}, \"config\": {\"tags\": "
                "[], \"metadata\": {}, \"recursion_limit\": 25, \"configurable\": {}}, "
                "\"kwargs\": {}}");
    answer_with("200 OK", END);
    start(true, (struct cut){.act = CUT_NONE});
    turn_until_dropped();
    assert_non_null(strstr(server.seen, "POST /chain/stream HTTP/1.1\r\n"));
    assert_non_null(strstr(server.seen, "Accept: text/event-stream\r\n"));
}

/* As often as is allowed, and only before something came. */
static void what_fails_is_tried_again(void **state)
{
    (void)state;
    for (int streaming = 0; streaming < 2; streaming++) {
        int before = server.requests;
        answer_with("503 X", "");
        start(streaming, (struct cut){.act = CUT_NONE});
        turn_until_dropped();
        assert_int_equal(server.requests - before, 2);
        assert_int_equal(stand.out.err, LS_UPSTREAM);
    }
    int before = server.requests;
    answer_with("200 OK", DATA("1"));
    start(true, (struct cut){.act = CUT_NONE});
    turn_until_dropped();
    assert_int_equal(server.requests - before, 1);
}

static const char long_stream[] = DATA("1") DATA("2") DATA("3") DATA("4") END;

static void a_reader_may_pause_and_stop(void **state)
{
    (void)state;
    answer_with("200 OK", long_stream);
    for (size_t at = 1; at <= 4; at++) {
        start(true, (struct cut){CUT_FULL, AT_CHUNK, at});
        turn_until_dropped();
        assert_story(&stand, "+1 +2 +3 +4");
        start(true, (struct cut){CUT_STOP, AT_CHUNK, at});
        turn_until_dropped();
        assert_int_equal(stand.out.count, at);
        assert_int_equal(stand.out.kind, OUTCOME_WELL);
    }
}

/* At each turn of the loop, and while the server is silent. */
static void a_run_may_be_cancelled(void **state)
{
    (void)state;
    answer_with("200 OK", long_stream);
    for (int turns = 0; turns < 12; turns++) {
        start(true, (struct cut){.act = CUT_NONE});
        for (int i = 0; i < turns && stand.run; i++)
            loop_turn(server.loop);
        if (stand.run)
            run_cancel(stand.run, LS_CANCELLED);
        turn_until_dropped();
    }
    server.answer = NULL;
    int requests = server.requests, gone = server.gone;
    start(false, (struct cut){.act = CUT_NONE});
    turn_until(&server.requests, requests + 1);
    run_cancel(stand.run, LS_CANCELLED);
    turn_until_dropped();
    assert_int_equal(stand.out.err, LS_CANCELLED);
    turn_until(&server.gone, gone + 1); /* the other server's work is given up too */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_remote, tear_down_remote)
    const struct CMUnitTest tests[] = {
        TEST(answers_become_outcomes),   TEST(the_request_is_langserves),
        TEST(what_fails_is_tried_again), TEST(a_reader_may_pause_and_stop),
        TEST(a_run_may_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

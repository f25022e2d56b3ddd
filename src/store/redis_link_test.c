/* The connection to Redis against a server that misbehaves: whatever it says, however its answers are
 * cut, no request gets another one's answer, and all is well again once the server is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "loop/net.h"
#include "store/redis_link.h"

enum { QUIET = 1 << 30 };

/* A server of a few words; what it says first is in every respect right. */
static struct {
    struct net_listener *listener;
    struct net_conn *conns[8];
    struct redis_reader *reader;
    struct buf out;            /* is to be said */
    int accepted, seen, named; /* `named`: scripts asked for by their SHA-1 */
    bool knows;                /* it has such scripts */
    int left;                  /* bytes that it will still say */
    bool stalls;               /* then it says no more, else it closes */
    const char *nonsense;      /* said instead of an answer to a script; or NULL */
    const char *greeting;      /* said instead of an answer to the first words; or NULL */
    char host[96], folder[64];
} stub;

static struct loop *loop;
static struct redis_link *under_test;
static int answered, well, refused;
static char said[256];

/* ---- the server ---- */

static void flush(void *conn)
{
    if (net_conn_pending(conn) > 0 || stub.out.len == 0)
        return;
    net_conn_write(conn, stub.out.data, stub.out.len);
    buf_reset(&stub.out);
}

static void say(struct net_conn *conn, const char *text, size_t len)
{
    size_t now = len < (size_t)stub.left ? len : (size_t)stub.left;
    buf_add(&stub.out, text, now);
    stub.left -= (int)now;
    flush(conn);
    if (stub.left == 0 && !stub.stalls)
        net_conn_close(conn);
}

/* With the request's number where it says "%s". */
static void say_nonsense(char *text, size_t size, const char *number)
{
    const char *at = strstr(stub.nonsense, "%s");
    int before = at ? (int)(at - stub.nonsense) : (int)strlen(stub.nonsense);
    snprintf(text, size, "%.*s%s%s", before, stub.nonsense, at ? number : "", at ? at + 2 : "");
}

static void answer(struct net_conn *conn, const struct redis_value *words)
{
    char text[512];
    const struct redis_value *items = words->items;
    stub.seen++;
    bool by_name = strcmp(items[0].text, "EVALSHA") == 0;
    stub.named += by_name;
    if (by_name && !stub.knows)
        snprintf(text, sizeof text, "-NOSCRIPT No matching script.\r\n");
    else if (by_name && stub.knows)
        snprintf(text, sizeof text, "*2\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", items[4].len,
                 items[4].text, items[3].len, items[3].text);
    else if (strcmp(items[0].text, "ECHO") == 0 && !stub.greeting)
        snprintf(text, sizeof text, "$%zu\r\n%s\r\n", items[1].len, items[1].text);
    else if (strcmp(items[0].text, "EVAL") != 0)
        snprintf(text, sizeof text, "%s", stub.greeting ? stub.greeting : "+OK\r\n");
    else if (stub.nonsense)
        say_nonsense(text, sizeof text, items[4].text);
    else
        snprintf(text, sizeof text, "*2\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n", items[4].len,
                 items[4].text, items[3].len, items[3].text);
    say(conn, text, strlen(text));
}

static void on_data(void *owner, const char *data, size_t len)
{
    const struct redis_value *words;
    const char *why;
    redis_reader_feed(stub.reader, data, len);
    while ((words = redis_reader_next(stub.reader, &why)))
        answer(owner, words);
    assert_null(why);
}

static void on_ended(void *owner)
{
    net_conn_close(owner);
}

static void on_closed(void *owner)
{
    for (size_t i = 0; i < sizeof stub.conns / sizeof *stub.conns; i++)
        stub.conns[i] = stub.conns[i] == owner ? NULL : stub.conns[i];
}

static const struct net_events events = {on_data, on_ended, flush, on_closed};

static void on_accept(void *owner, struct net_conn *conn)
{
    (void)owner;
    size_t i = 0;
    while (stub.conns[i])
        i++;
    stub.conns[i] = conn;
    stub.accepted++;
    buf_reset(&stub.out);
    redis_reader_free(&stub.reader);
    stub.reader = redis_reader_new(1 << 20);
    net_conn_attach(conn, &events, conn);
    net_conn_set_awaited(conn, false);
    net_conn_read_start(conn);
}

static void listen_again(void)
{
    char why[256];
    int fd = -1, port = 0;
    assert_int_equal(net_bind(&fd, stub.host, &port, why), LS_OK);
    assert_int_equal(net_listener_open(&stub.listener, loop, fd, on_accept, NULL), LS_OK);
}

/* ---- the client ---- */

struct asking {
    struct redis_call call;
    struct store_text key;
    char name[32];
};

static void on_answer(struct redis_call *call, const struct redis_value *items, size_t count,
                      const char *why)
{
    struct asking *asking = container_of(call, struct asking, call);
    answered++;
    snprintf(said, sizeof said, "%s", why ? why : "");
    refused += why != NULL;
    if (!why) {
        assert_int_equal(count, 1);
        assert_string_equal(items[0].text, asking->name); /* its own answer, and no other */
        well++;
    }
    free(asking);
}

static const char *sha1; /* of the scripts that are asked for; or NULL */

static void ask(const char *name)
{
    struct asking *asking = calloc(1, sizeof *asking);
    snprintf(asking->name, sizeof asking->name, "%s", name);
    asking->key = (struct store_text){asking->name, strlen(asking->name)};
    asking->call = (struct redis_call){
        .script = "x", .sha1 = sha1, .keys = &asking->key, .key_count = 1, .fn = on_answer};
    redis_link_ask(under_test, &asking->call);
}

static void wait_for(const int *value, int wanted)
{
    for (int i = 0; i < 20000 && *value < wanted; i++) {
        loop_turn(loop);
        if (*value < wanted)
            usleep(500);
    }
    assert_true(*value >= wanted);
}

/* Asks and waits; whether it was well. */
static bool ask_one(const char *name)
{
    int before = well;
    ask(name);
    wait_for(&answered, answered + 1);
    return well > before;
}

static void open_link(int64_t timeout, const char *password)
{
    const struct redis_link_options options = {.target = {.host = stub.host,
                                                          .user = password ? "u" : NULL,
                                                          .password = password,
                                                          .db = password ? 3 : 0},
                                               .connect_timeout = timeout,
                                               .timeout = timeout};
    if (under_test)
        redis_link_free(&under_test);
    under_test = redis_link_new(loop, &options);
}

static int set_up(void **state)
{
    (void)state;
    memset(&stub, 0, sizeof stub);
    strcpy(stub.folder, "/tmp/langserved-stub-XXXXXX");
    assert_non_null(mkdtemp(stub.folder));
    snprintf(stub.host, sizeof stub.host, "unix:%s/socket", stub.folder);
    stub.left = QUIET;
    buf_init(&stub.out, 16 << 20);
    loop = loop_new();
    listen_again();
    answered = well = refused = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (under_test)
        redis_link_free(&under_test);
    if (stub.listener)
        net_listener_close(&stub.listener);
    for (size_t i = 0; i < sizeof stub.conns / sizeof *stub.conns; i++)
        if (stub.conns[i])
            net_conn_close(stub.conns[i]);
    redis_reader_free(&stub.reader);
    buf_fini(&stub.out);
    loop_free(&loop);
    unlink(stub.host + 5);
    rmdir(stub.folder);
    return 0;
}

static void test_answers_come_to_those_who_asked(void **state)
{
    (void)state;
    open_link(5000, NULL);
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        ask(name);
    }
    wait_for(&answered, 100);
    assert_int_equal(well, 100);
    assert_int_equal(stub.accepted, 1);
    net_listener_close(&stub.listener);
    loop_run(loop); /* waits for nothing: the idle connection does not hold it */
}

static void test_user_and_database_are_told_first(void **state)
{
    (void)state;
    open_link(5000, "secret");
    assert_true(ask_one("a"));
    assert_int_equal(stub.seen, 4); /* AUTH, SELECT, ECHO, EVAL */
    stub.greeting = "-WRONGPASS invalid username-password pair\r\n";
    open_link(5000, "wrong");
    assert_false(ask_one("a"));
    assert_non_null(strstr(said, "it refuses us: WRONGPASS"));
    assert_null(strstr(said, "wrong "));
}

/* Three requests, of which the answers break off at each byte: closed, or never ended. */
static void play_cut(int at, bool stalls)
{
    stub.left = at;
    stub.stalls = stalls;
    open_link(stalls ? 15 : 5000, NULL);
    answered = well = refused = 0;
    ask("first");
    ask("second");
    wait_for(&answered, 2);
    int done = well;
    assert_int_equal(well + refused, 2);
    stub.left = QUIET;
    if (refused > 0) { /* the connection is gone, and nothing is tried before its time */
        ask("third");
        wait_for(&answered, 3);
        assert_int_equal(well, done);
    }
}

static void test_an_exchange_cut_at_any_byte(void **state)
{
    (void)state;
    enum { GREETING = 43, ANSWERS = 55 };
    int most = 0;
    for (int at = 1; at <= GREETING + ANSWERS; at++) {
        play_cut(at, false);
        most = well > most ? well : most;
        play_cut(at, true);
    }
    assert_int_equal(most, 2); /* the last cut was behind all */
}

static void test_nonsense(void **state)
{
    (void)state;
    static const char *const nonsense[] = {
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "+OK\r\n",
        "$-1\r\n",
        ":1\r\n",
        "*0\r\n",
        "*-1\r\n",
        "*1\r\n:1\r\n",
        "*2\r\n$3\r\n999\r\n$5\r\nfirst\r\n",
        "*2\r\n$1\r\n0\r\n$5\r\nother\r\n",
        "*100000000\r\n",
        "*2147483647\r\n",
        "*99999999999999999999\r\n",
        "$99999999999999999999\r\n",
        "$-7\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
        "\r\n\r\n",
        "*2\r\n$1\r\n%s\r\n$4\r\ntoo\r\n",
        "\xff\xfe\x01",
    };
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        stub.nonsense = nonsense[i];
        open_link(50, NULL);
        assert_false(ask_one("a"));
        stub.nonsense = NULL;
        stub.greeting = i % 2 ? nonsense[i] : NULL;
        open_link(50, NULL);
        assert_true(ask_one("a") == !stub.greeting);
        stub.greeting = NULL;
    }
}

static void test_what_nobody_asked_for_ends_the_connection(void **state)
{
    (void)state;
    stub.nonsense = "*2\r\n$1\r\n%s\r\n$1\r\na\r\n*2\r\n$1\r\n2\r\n$1\r\nb\r\n";
    open_link(5000, NULL);
    assert_true(ask_one("a"));
    stub.nonsense = NULL;
    assert_false(ask_one("c"));
    assert_non_null(strstr(said, "unasked"));
}

static void test_a_refused_script_is_an_error_of_its_own(void **state)
{
    (void)state;
    open_link(5000, NULL);
    stub.nonsense = "-OOM command not allowed\r\n";
    assert_false(ask_one("a"));
    assert_non_null(strstr(said, "OOM"));
    stub.nonsense = NULL;
    assert_true(ask_one("b"));
    assert_int_equal(stub.accepted, 1);
}

static void test_a_script_that_is_known_is_named(void **state)
{
    (void)state;
    open_link(5000, NULL);
    sha1 = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    stub.knows = false;
    ask("a");
    ask("b");
    assert_true(ask_one("c")); /* all of them are said again, in whole */
    wait_for(&well, 3);
    assert_int_equal(stub.named, 3);
    assert_int_equal(stub.seen, 1 + 6);
    stub.knows = true;
    assert_true(ask_one("d"));
    assert_int_equal(stub.seen, 1 + 6 + 1);
    sha1 = NULL;
}

static void test_it_comes_back_by_itself(void **state)
{
    (void)state;
    open_link(5000, NULL);
    assert_true(ask_one("a"));
    net_listener_close(&stub.listener);
    for (size_t i = 0; i < sizeof stub.conns / sizeof *stub.conns; i++)
        if (stub.conns[i])
            net_conn_close(stub.conns[i]);
    unlink(stub.host + 5);
    for (int i = 0; i < 20; i++)
        loop_turn(loop);
    assert_false(ask_one("b")); /* finds that nobody is there */
    assert_false(ask_one("c"));
    listen_again();
    wait_for(&stub.accepted, 2);
    wait_for(&stub.seen, 3); /* its first words */
    for (int i = 0; i < 20; i++)
        loop_turn(loop);
    assert_true(ask_one("d"));
}

static void test_too_many_requests_are_refused(void **state)
{
    (void)state;
    open_link(5000, NULL);
    for (int i = 0; i < 10050; i++)
        ask("x");
    wait_for(&answered, 10050);
    assert_int_equal(refused, 50);
    assert_int_equal(well, 10000);
}

static void test_freeing_refuses_all(void **state)
{
    (void)state;
    open_link(5000, NULL);
    ask("a");
    ask("b");
    redis_link_free(&under_test);
    assert_int_equal(refused, 2);
    open_link(5000, NULL);
    assert_true(ask_one("c"));
}

static void test_urls(void **state)
{
    (void)state;
    static const struct {
        const char *url, *shown;
    } cases[] = {
        {"redis://localhost", "localhost 6379 - - 0"},
        {"redis://localhost/", "localhost 6379 - - 0"},
        {"redis://10.0.0.1:7000/12", "10.0.0.1 7000 - - 12"},
        {"redis://[::1]:7000", "::1 7000 - - 0"},
        {"redis://[::1]", "::1 6379 - - 0"},
        {"redis://:p%40ss@host", "host 6379 - p@ss 0"},
        {"redis://me:p@ss@host:1", "host 1 me p@ss 0"},
        {"unix:///run/redis.sock", "unix:/run/redis.sock 6379 - - 0"},
        {"unix://:pw@/run/r%20s?db=2", "unix:/run/r s 6379 - pw 2"},
        {"rediss://host", "not supported"},
        {"http://host", "expected redis://"},
        {"", "expected redis://"},
        {"redis://", "no host"},
        {"redis://:6379", "no host"},
        {"redis://host:0", "port"},
        {"redis://host:65536", "port"},
        {"redis://host:", "port"},
        {"redis://[::1", "no ']'"},
        {"redis://host/x", "database"},
        {"redis://host?x=1", "options"},
        {"redis://u@host", "no password"},
        {"redis://:%zz@host", "%XX"},
        {"redis://:%00@host", "%XX"},
        {"redis://:a%4@host", "%XX"},
        {"unix://run/redis.sock", "unix:///path"},
        {"unix:///run/x?y", "?db=N"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct redis_target target;
        struct arena *arena = arena_new(0);
        char shown[256];
        const char *why = redis_url_read(arena, cases[i].url, &target);
        if (why)
            assert_non_null(strstr(why, cases[i].shown));
        else {
            snprintf(shown, sizeof shown, "%s %d %s %s %d", target.host, target.port,
                     target.user ? target.user : "-", target.password ? target.password : "-",
                     target.db);
            assert_string_equal(shown, cases[i].shown);
        }
        arena_free(&arena);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_answers_come_to_those_who_asked),
        TEST(test_user_and_database_are_told_first),
        TEST(test_an_exchange_cut_at_any_byte),
        TEST(test_nonsense),
        TEST(test_what_nobody_asked_for_ends_the_connection),
        TEST(test_a_refused_script_is_an_error_of_its_own),
        TEST(test_a_script_that_is_known_is_named),
        TEST(test_it_comes_back_by_itself),
        TEST(test_too_many_requests_are_refused),
        TEST(test_freeing_refuses_all),
        cmocka_unit_test(test_urls),
    };
    log_setup(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_JSON, LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

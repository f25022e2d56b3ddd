#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "models/tape.h"
#include "models/tape_line.h"

static const char head[] = "content-type: text/event-stream\0retry-after: ";
static const struct fetch_piece pieces[] = {{7, 9}, {8, 9}, {9, 10}, {31, 12}};
static const struct fetch_known answer = {
    .status = 429,
    .head = head,
    .head_len = sizeof head,
    .head_ms = 5,
    .end_ms = 40,
    .body = "data: \"\n\xc3\xa9\0z", /* a letter is cut, a NUL is none */
    .pieces = pieces,
    .count = 4,
    .err = LS_UPSTREAM_TIMEOUT,
    .message = "nothing more came for 5 ms",
};

static json_t *body_of(const char *text)
{
    json_t *body = NULL;
    assert_int_equal(json_read(&body, text, strlen(text), NULL), LS_OK);
    return body;
}

static void lines_read_back(void **state)
{
    (void)state;
    struct buf line;
    struct tape_line read;
    unsigned char key[DIGEST_LEN];
    const char *why = NULL;
    struct arena *arena = arena_new(0);
    json_t *body = body_of("{\"model\": \"gpt\", \"n\": [1, 1.0, null]}");
    buf_init(&line, 1 << 20);
    assert_int_equal(tape_line_print(&line, "/chat", body, &answer), LS_OK);
    assert_int_equal(line.data[line.len - 1], '\n');
    assert_ptr_equal(strchr(line.data, '\n'), line.data + line.len - 1);
    assert_int_equal(tape_line_read(&read, arena, line.data, line.len, &why), LS_OK);
    tape_key(key, "/chat", body);
    assert_memory_equal(read.key, key, sizeof key);
    assert_int_equal(read.answer.status, 429);
    assert_int_equal(read.answer.head_len, answer.head_len);
    assert_memory_equal(read.answer.head, head, sizeof head);
    assert_int_equal(read.answer.head_ms, 5);
    assert_int_equal(read.answer.end_ms, 40);
    assert_int_equal(read.answer.count, 4);
    assert_memory_equal(read.answer.body, answer.body, 12);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(read.answer.pieces[i].ms, pieces[i].ms);
        assert_int_equal(read.answer.pieces[i].end, pieces[i].end);
    }
    assert_int_equal(read.answer.err, LS_UPSTREAM_TIMEOUT);
    assert_string_equal(read.answer.message, answer.message);
    buf_fini(&line);
    json_decref(body);
    arena_free(&arena);
}

static void a_transfer_without_a_head_reads_back(void **state)
{
    (void)state;
    struct buf line;
    struct tape_line read;
    const char *why = NULL;
    struct arena *arena = arena_new(0);
    const struct fetch_known dead = {
        .err = LS_UPSTREAM_CONNECT, .message = "x", .end_ms = 3, .head = "", .body = ""};
    json_t *body = json_null();
    buf_init(&line, 1 << 20);
    assert_int_equal(tape_line_print(&line, "/chat", body, &dead), LS_OK);
    assert_int_equal(tape_line_read(&read, arena, line.data, line.len, &why), LS_OK);
    assert_int_equal(read.answer.status, 0);
    assert_int_equal(read.answer.err, LS_UPSTREAM_CONNECT);
    assert_int_equal(read.answer.count, 0);
    buf_fini(&line);
    arena_free(&arena);
}

static void keys_tell_requests_apart(void **state)
{
    (void)state;
    static const struct {
        const char *path, *body;
        bool same;
    } rows[] = {
        {"/a", "{\"x\": {\"m\": 1, \"n\": 2}, \"y\": [1, 2]}", true},
        {"/a", "{\"y\": [1, 2], \"x\": {\"n\": 2, \"m\": 1}}", true},
        {"/b", "{\"x\": {\"m\": 1, \"n\": 2}, \"y\": [1, 2]}", false},
        {"/a", "{\"x\": {\"m\": 1, \"n\": 2}, \"y\": [2, 1]}", false},
        {"/a", "{\"x\": {\"m\": 1.0, \"n\": 2}, \"y\": [1, 2]}", false},
        {"/a", "{\"x\": {\"m\": \"1\", \"n\": 2}, \"y\": [1, 2]}", false},
        {"/a", "{\"x\": {\"m\": 1, \"n\": 2}}", false},
    };
    unsigned char first[DIGEST_LEN], key[DIGEST_LEN];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *body = body_of(rows[i].body);
        tape_key(i == 0 ? first : key, rows[i].path, body);
        assert_int_equal(i == 0 || memcmp(first, key, sizeof key) == 0, rows[i].same);
        json_decref(body);
    }
}

#define ASKED "\"method\":\"POST\",\"path\":\"/a\",\"body\":{}"
#define HEAD "\"status\":200,\"head_ms\":1"

static void broken_lines_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *why;
    } rows[] = {
        {"{" ASKED "," HEAD ",\"chunks\":[[1,\"a\"]],\"end_ms\":2}", NULL},
        {"", "end"},
        {"{", ""},
        {"[]", "no object"},
        {"{\"method\":\"GET\",\"path\":\"/a\",\"body\":{}," HEAD ",\"chunks\":[],\"end_ms\":2}",
         "what was asked"},
        {"{\"method\":\"POST\",\"body\":{}," HEAD ",\"chunks\":[],\"end_ms\":2}", "what was asked"},
        {"{" ASKED ",\"chunks\":[],\"end_ms\":2}", "neither a status nor an error"},
        {"{" ASKED ",\"status\":99,\"head_ms\":1,\"chunks\":[],\"end_ms\":2}", "status"},
        {"{" ASKED ",\"status\":\"200\",\"head_ms\":1,\"chunks\":[],\"end_ms\":2}", "status"},
        {"{" ASKED ",\"status\":200,\"chunks\":[],\"end_ms\":2}", "milliseconds"},
        {"{" ASKED "," HEAD ",\"end_ms\":2}", "no list"},
        {"{" ASKED "," HEAD ",\"chunks\":[],\"end_ms\":-1}", "milliseconds"},
        {"{" ASKED "," HEAD ",\"chunks\":[],\"end_ms\":1.5}", "milliseconds"},
        {"{" ASKED "," HEAD ",\"chunks\":[],\"end_ms\":99999999999}", "milliseconds"},
        {"{" ASKED "," HEAD ",\"chunks\":[\"a\"],\"end_ms\":2}", "no pair"},
        {"{" ASKED "," HEAD ",\"chunks\":[[1]],\"end_ms\":2}", "no pair"},
        {"{" ASKED "," HEAD ",\"chunks\":[[1,2]],\"end_ms\":2}", "neither text nor base64"},
        {"{" ASKED "," HEAD ",\"chunks\":[[1,{\"base64\":\"x\"}]],\"end_ms\":2}", "not base64"},
        {"{" ASKED "," HEAD ",\"headers\":[],\"chunks\":[],\"end_ms\":2}", "no object"},
        {"{" ASKED "," HEAD ",\"headers\":{\"a\":1},\"chunks\":[],\"end_ms\":2}", "header"},
        {"{" ASKED "," HEAD ",\"headers\":{\"a\":\"b\\r\\nc\"},\"chunks\":[],\"end_ms\":2}",
         "header"},
        {"{" ASKED "," HEAD ",\"headers\":{\"a:\":\"b\"},\"chunks\":[],\"end_ms\":2}", "header"},
        {"{" ASKED ",\"error\":{\"code\":\"upstream_error\"},\"chunks\":[[1,\"a\"]],\"end_ms\":2}",
         "chunks and no status"},
        {"{" ASKED "," HEAD ",\"error\":{\"code\":\"nonsense\"},\"chunks\":[],\"end_ms\":2}",
         "no known code"},
        {"{" ASKED "," HEAD ",\"error\":null,\"chunks\":[],\"end_ms\":2}", "no known code"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tape_line read;
        const char *why = NULL;
        struct arena *arena = arena_new(0);
        enum ls_err err = tape_line_read(&read, arena, rows[i].line, strlen(rows[i].line), &why);
        assert_int_equal(err, rows[i].why ? LS_BAD_SYNTAX : LS_OK);
        if (rows[i].why && !strstr(why, rows[i].why))
            fail_msg("%s: %s", rows[i].line, why);
        arena_free(&arena);
    }
}

/* ---- files ---- */

static char path[64];

static int make_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/tape-test-%ld", (long)getpid());
    return 0;
}

static int remove_file(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

static void append(struct tape *tape, const char *asked, const char *text)
{
    struct buf line;
    json_t *body = body_of(asked);
    const struct fetch_piece piece = {1, strlen(text)};
    const struct fetch_known whole = {.status = 200,
                                      .head = "",
                                      .head_ms = 1,
                                      .end_ms = 1,
                                      .body = text,
                                      .pieces = &piece,
                                      .count = 1,
                                      .message = ""};
    buf_init(&line, 1 << 20);
    assert_int_equal(tape_line_print(&line, "/a", body, &whole), LS_OK);
    assert_int_equal(tape_write(tape, line.data, line.len), 0);
    buf_fini(&line);
    json_decref(body);
}

static const char *next(struct tape *tape, const char *asked)
{
    const struct fetch_known *known = tape_next(tape, "/a", asked, strlen(asked));
    return known ? known->body : "(none)";
}

static void answers_come_in_their_order(void **state)
{
    (void)state;
    const char *fault;
    char why[256];
    struct tape *tape = tape_record(path, &fault);
    assert_non_null(tape);
    assert_false(tape_plays(tape));
    assert_int_not_equal(access(path, F_OK), 0); /* not before something is recorded */
    append(tape, "{\"a\": 1, \"b\": 2}", "one");
    append(tape, "{\"a\": 2}", "other");
    append(tape, "{\"b\": 2, \"a\": 1}", "two");
    tape_rele(tape);

    tape = tape_play(path, why, sizeof why);
    assert_non_null(tape);
    assert_true(tape_plays(tape));
    struct tape *same = tape_play(path, why, sizeof why);
    assert_ptr_equal(tape, same);
    assert_string_equal(next(tape, "{\"a\": 1, \"b\": 2}"), "one");
    assert_string_equal(next(same, "{\"b\":2,\"a\":1}"), "two");
    assert_string_equal(next(tape, "{\"a\": 1, \"b\": 2}"), "two");
    assert_string_equal(next(tape, "{\"a\": 2}"), "other");
    assert_string_equal(next(tape, "{\"a\": 3}"), "(none)");
    assert_string_equal(next(tape, "no JSON"), "(none)");
    tape_rele(same);
    tape_rele(tape);
}

/* Each of many requests has its own answers, whatever was asked in between. */
static void answers_are_found_among_many(void **state)
{
    (void)state;
    enum { KEYS = 40, ROUNDS = 3 };
    const char *fault;
    char asked[32], text[32], why[256];
    struct tape *tape = tape_record(path, &fault);
    for (int i = 0; i < KEYS * ROUNDS; i++) {
        snprintf(asked, sizeof asked, "{\"n\": %d}", i % KEYS);
        snprintf(text, sizeof text, "%d of %d", i / KEYS, i % KEYS);
        append(tape, asked, text);
    }
    tape_rele(tape);
    tape = tape_play(path, why, sizeof why);
    assert_non_null(tape);
    for (int i = KEYS * (ROUNDS + 1) - 1; i >= 0; i--) {
        int key = i % KEYS, round = ROUNDS - i / KEYS;
        snprintf(asked, sizeof asked, "{\"n\": %d}", key);
        snprintf(text, sizeof text, "%d of %d", round < ROUNDS ? round : ROUNDS - 1, key);
        assert_string_equal(next(tape, asked), text);
    }
    assert_string_equal(next(tape, "{\"n\": -1}"), "(none)");
    tape_rele(tape);
}

static void what_is_wrong_with_a_file_is_told(void **state)
{
    (void)state;
    const char *fault;
    char why[256];
    assert_null(tape_play("/nowhere/tape", why, sizeof why));
    assert_string_equal(why, "No such file or directory");
    assert_null(tape_play("/tmp", why, sizeof why));
    assert_string_equal(why, "it is no regular file");
    assert_null(tape_record("/nowhere/tape", &fault));
    assert_string_equal(fault, "No such file or directory");
    assert_null(tape_record("/tmp", &fault));
    assert_string_equal(fault, "it is no regular file");

    struct tape *tape = tape_record(path, &fault);
    append(tape, "{}", "one");
    assert_int_equal(tape_write(tape, "\n{\"method\": \n", 13), 0);
    tape_rele(tape);
    assert_null(tape_play(path, why, sizeof why));
    assert_non_null(strstr(why, "line 3: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_read_back),
        cmocka_unit_test(a_transfer_without_a_head_reads_back),
        cmocka_unit_test(keys_tell_requests_apart),
        cmocka_unit_test(broken_lines_are_refused),
        cmocka_unit_test_setup_teardown(answers_come_in_their_order, make_file, remove_file),
        cmocka_unit_test_setup_teardown(answers_are_found_among_many, make_file, remove_file),
        cmocka_unit_test_setup_teardown(what_is_wrong_with_a_file_is_told, make_file, remove_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "models/scribe.h"

enum { LINES = 300 };

static char folder[64], path[96];
static int log_fd;

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/scribe-test-%ld", (long)getpid());
    snprintf(path, sizeof path, "%s/tape", folder);
    FILE *file = tmpfile();
    log_fd = dup(fileno(file));
    fclose(file);
    log_setup(log_fd, LOG_JSON, LOG_INFO);
    return mkdir(folder, 0700);
}

static int tear_down(void **state)
{
    (void)state;
    log_setup(STDERR_FILENO, LOG_AUTO, LOG_INFO);
    close(log_fd);
    (void)unlink(path);
    return rmdir(folder);
}

static struct tape *new_tape(void)
{
    const char *why;
    struct tape *tape = tape_record(path, &why);
    assert_non_null(tape);
    return tape;
}

static void append(struct scribe *scribe, struct tape *tape, int number)
{
    char line[32];
    int len = snprintf(line, sizeof line, "%d\n", number);
    scribe_append(scribe, tape, line, (size_t)len);
}

/* The file has the numbers from 0 on, in their order. */
static void expect_lines(int count)
{
    int number, seen = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fscanf(file, "%d\n", &number) == 1)
        assert_int_equal(number, seen++);
    assert_true(feof(file));
    fclose(file);
    assert_int_equal(seen, count);
}

static int logged(const char *event)
{
    static char text[1 << 16];
    int count = 0;
    ssize_t len = pread(log_fd, text, sizeof text - 1, 0);
    assert_true(len >= 0);
    text[len] = '\0';
    for (const char *at = text; (at = strstr(at, event)); at++)
        count++;
    return count;
}

/* Who ends it has all lines on the disk, in their order. */
static void end_after(struct loop *loop, void (*before_the_end)(struct loop *loop))
{
    struct tape *tape = new_tape();
    struct scribe *scribe = scribe_new(loop);
    for (int i = 0; i < LINES; i++)
        append(scribe, tape, i);
    tape_rele(tape); /* lines hold it */
    before_the_end(loop);
    scribe_free(&scribe);
    scribe_free(&scribe); /* harmless */
    expect_lines(LINES);
    loop_free(&loop);
}

static void nothing(struct loop *loop)
{
    (void)loop;
}

static void all_is_written_at_the_end(void **state)
{
    (void)state;
    end_after(loop_new(), nothing);
}

static void the_loop_waits_for_lines(void **state)
{
    (void)state;
    end_after(loop_new(), loop_run);
}

static void a_virtual_loop_writes_in_its_turns(void **state)
{
    (void)state;
    end_after(loop_new_virtual(), loop_run);
}

static void without_a_scribe_it_is_done_at_once(void **state)
{
    (void)state;
    struct tape *tape = new_tape();
    for (int i = 0; i < 3; i++) {
        append(NULL, tape, i);
        expect_lines(i + 1);
    }
    tape_rele(tape);
}

/* The log is told once, however many lines are lost, and that it is over. */
static void a_failure_is_told_once(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct tape *tape = new_tape();
    struct scribe *scribe = scribe_new(loop);
    assert_int_equal(rmdir(folder), 0);
    for (int i = 0; i < 5; i++)
        append(scribe, tape, i);
    loop_run(loop);
    assert_int_equal(logged("record_failed"), 1);
    assert_int_equal(logged("No such file or directory"), 1);
    assert_int_equal(mkdir(folder, 0700), 0);
    for (int i = 0; i < 2; i++)
        append(scribe, tape, i);
    scribe_free(&scribe);
    assert_int_equal(logged("record_failed"), 1);
    assert_int_equal(logged("record_back"), 1);
    expect_lines(2);
    tape_rele(tape);
    loop_free(&loop);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(all_is_written_at_the_end),
        TEST(the_loop_waits_for_lines),
        TEST(a_virtual_loop_writes_in_its_turns),
        TEST(without_a_scribe_it_is_done_at_once),
        TEST(a_failure_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

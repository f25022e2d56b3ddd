#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/id.h"

static void ids_are_version_4(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct uuid id = uuid_new();
        assert_int_equal(id.bytes[6] >> 4, 4);
        assert_int_equal(id.bytes[8] >> 6, 2);
    }
}

static void ordered_ids_carry_the_time(void **state)
{
    (void)state;
    const int64_t ms = 0x0123456789ab;
    struct uuid id = uuid_new_ordered(ms), next = uuid_new_ordered(ms + 1);
    static const uint8_t time[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab};
    assert_memory_equal(id.bytes, time, 6);
    assert_int_equal(id.bytes[6] >> 4, 7);
    assert_int_equal(id.bytes[8] >> 6, 2);
    assert_true(memcmp(id.bytes, next.bytes, 16) < 0);
    char text[UUID_LEN + 1];
    uuid_format(text, &id);
    assert_memory_equal(text, "01234567-89ab-7", 15);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct uuid));
}

static void ids_differ(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static struct uuid ids[COUNT];
    for (int i = 0; i < COUNT; i++)
        ids[i] = i % 2 ? uuid_new() : uuid_new_ordered(5);
    qsort(ids, COUNT, sizeof *ids, compare);
    for (int i = 1; i < COUNT; i++)
        assert_int_not_equal(compare(&ids[i - 1], &ids[i]), 0);
}

static void ids_are_written_and_read(void **state)
{
    (void)state;
    static const char lower[] = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";
    struct uuid id, again;
    char text[UUID_LEN + 1];
    assert_true(uuid_parse(&id, lower));
    assert_int_equal(id.bytes[0], 0xf8);
    assert_int_equal(id.bytes[15], 0xf6);
    uuid_format(text, &id);
    assert_string_equal(text, lower);
    assert_true(uuid_parse(&again, "F81D4FAE-7DEC-41D0-A765-00A0C91E6BF6"));
    assert_memory_equal(&id, &again, sizeof id);
    for (int i = 0; i < 100; i++) {
        id = uuid_new();
        uuid_format(text, &id);
        assert_int_equal(strlen(text), UUID_LEN);
        assert_true(uuid_parse(&again, text));
        assert_memory_equal(&id, &again, sizeof id);
    }
}

static void what_is_no_id_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "f81d4fae",
        "f81d4fae7dec41d0a76500a0c91e6bf6",
        "f81d4fae-7dec-41d0-a765-00a0c91e6bf",
        "f81d4fae-7dec-41d0-a765-00a0c91e6bf60",
        "f81d4fae-7dec-41d0-a765-00a0c91e6bfg",
        "f81d4fae-7dec-41d0-a765_00a0c91e6bf6",
        "f81d4fae-7dec-41d0a-765-00a0c91e6bf6",
        "{81d4fae-7dec-41d0-a765-00a0c91e6bf6",
        " f81d4fae-7dec-41d0-a765-00a0c91e6bf",
        "f81d4fae-7dec-41d0-a765-00a0c91e6b\xc3\xa9",
        "f81d4fae-7dec-41d0-a765-00a0c91e6b\x10\x19",
    };
    struct uuid id;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(uuid_parse(&id, wrong[i]));
    assert_false(uuid_parse(&id, NULL));
}

/* A child's next id, through a pipe. */
static struct uuid id_of_child(void)
{
    int ends[2];
    struct uuid id;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        id = uuid_new();
        _exit(write(ends[1], &id, sizeof id) == sizeof id ? 0 : 1);
    }
    assert_int_equal(read(ends[0], &id, sizeof id), sizeof id);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    return id;
}

static void a_fork_draws_other_ids(void **state)
{
    (void)state;
    (void)uuid_new(); /* so that there is a pool to share */
    struct uuid first = id_of_child(), second = id_of_child(), own = uuid_new();
    assert_memory_not_equal(&first, &second, sizeof own);
    assert_memory_not_equal(&first, &own, sizeof own);
    assert_memory_not_equal(&second, &own, sizeof own);
}

static void random_bytes_fill_any_length(void **state)
{
    (void)state;
    static const unsigned lens[] = {0, 1, 15, 511, 512, 513, 2000};
    for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
        unsigned char *bytes = calloc(lens[i] + 1, 1);
        random_bytes(bytes, lens[i]);
        unsigned used = 0;
        for (unsigned at = 0; at < lens[i]; at++)
            used += bytes[at] != 0;
        assert_true(used * 10 >= lens[i] * 9 || lens[i] < 16);
        assert_int_equal(bytes[lens[i]], 0);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_version_4),
        cmocka_unit_test(ordered_ids_carry_the_time),
        cmocka_unit_test(ids_differ),
        cmocka_unit_test(ids_are_written_and_read),
        cmocka_unit_test(what_is_no_id_is_refused),
        cmocka_unit_test(a_fork_draws_other_ids),
        cmocka_unit_test(random_bytes_fill_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

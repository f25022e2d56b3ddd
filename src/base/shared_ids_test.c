#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "base/shared_ids.h"

static struct shared_ids *ids;

static int set_up(void **state)
{
    (void)state;
    ids = shared_ids_new();
    return ids ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    shared_ids_free(&ids);
    shared_ids_free(&ids); /* harmless */
    return 0;
}

static void what_is_added_is_found_until_it_is_removed(void **state)
{
    (void)state;
    struct uuid one = uuid_new(), other = uuid_new();
    assert_int_equal(shared_ids_find(ids, &one), 0);
    assert_true(shared_ids_add(ids, &one, 17));
    assert_true(shared_ids_add(ids, &other, 18));
    assert_int_equal(shared_ids_find(ids, &one), 17);
    assert_int_equal(shared_ids_find(ids, &other), 18);
    shared_ids_remove(ids, &one, 18); /* not its */
    assert_int_equal(shared_ids_find(ids, &one), 17);
    shared_ids_remove(ids, &one, 17);
    shared_ids_remove(ids, &one, 17);
    assert_int_equal(shared_ids_find(ids, &one), 0);
    assert_int_equal(shared_ids_find(ids, &other), 18);
}

static void what_a_child_adds_its_parent_finds_and_forgets(void **state)
{
    (void)state;
    struct uuid theirs[100], ours = uuid_new();
    int status;
    for (int i = 0; i < 100; i++)
        theirs[i] = uuid_new();
    assert_true(shared_ids_add(ids, &ours, getpid()));
    pid_t child = fork();
    if (child == 0) {
        bool well = true;
        for (int i = 0; i < 100; i++)
            well = well && shared_ids_add(ids, &theirs[i], getpid());
        _exit(well ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(shared_ids_find(ids, &theirs[i]), child);
    shared_ids_forget(ids, child);
    for (int i = 0; i < 100; i++)
        assert_int_equal(shared_ids_find(ids, &theirs[i]), 0);
    assert_int_equal(shared_ids_find(ids, &ours), getpid());
}

/* A full table says so; all that it took is found, and the places serve again. */
static void a_table_may_be_full(void **state)
{
    (void)state;
    enum { MANY = 80000 };
    static struct uuid many[MANY];
    size_t taken = 0;
    for (int i = 0; i < MANY; i++) {
        many[taken] = uuid_new();
        taken += shared_ids_add(ids, &many[taken], 1 + i % 7);
    }
    assert_in_range(taken, 50000, 65536);
    for (size_t i = 0; i < taken; i++)
        assert_in_range(shared_ids_find(ids, &many[i]), 1, 7);
    for (int pid = 1; pid <= 7; pid++)
        shared_ids_forget(ids, pid);
    assert_true(shared_ids_add(ids, &many[0], 9));
    assert_int_equal(shared_ids_find(ids, &many[0]), 9);
    assert_int_equal(shared_ids_find(ids, &many[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_added_is_found_until_it_is_removed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_a_child_adds_its_parent_finds_and_forgets, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_table_may_be_full, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

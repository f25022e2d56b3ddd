#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>

#include "gates/memory_watch.h"

static void no_limit_is_never_reached(void **state)
{
    (void)state;
    struct memory_watch watch = {.most = 0};
    assert_false(memory_is_short(&watch, 0));
}

static void what_is_used_is_noticed_and_what_is_freed_too(void **state)
{
    (void)state;
    const size_t size = (size_t)64 << 20;
    struct memory_watch watch = {.most = 1};
    assert_true(memory_is_short(&watch, 1000));
    watch.most = (int64_t)1 << 50;
    assert_true(memory_is_short(&watch, 1099)); /* not yet measured again */
    assert_false(memory_is_short(&watch, 1100));

    /* the most that does not hold another 64 MB */
    int64_t least = 0, now = 2000;
    for (int64_t step = (int64_t)1 << 40; step >= 1 << 20; step /= 2, now += 1000) {
        watch.most = least + step;
        if (memory_is_short(&watch, now))
            least += step;
    }
    watch.most = least + ((int64_t)32 << 20);
    assert_false(memory_is_short(&watch, now += 1000));
    void *more = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(more != MAP_FAILED);
    memset(more, 1, size);
    assert_true(memory_is_short(&watch, now += 1000));
    munmap(more, size);
    assert_false(memory_is_short(&watch, now += 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_limit_is_never_reached),
        cmocka_unit_test(what_is_used_is_noticed_and_what_is_freed_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Many transfers at once, each paused, resumed and stopped at random places: whatever happens, the
 * order of calls holds, nothing is called after the end, and nothing leaks. */
#include "loop/fetch_stand.h"

enum { COUNT = 300, RUNS = 5 };

struct wanderer {
    struct fetch *fetch; /* NULL once it is over */
    int heads, done;
    size_t received;
    bool paused, over;
};

static struct wanderer wanderers[COUNT];
static unsigned seed;

static bool one_in(unsigned n)
{
    seed = seed * 1103515245u + 12345u;
    return (seed >> 16) % n == 0;
}

static struct wanderer *any(void)
{
    seed = seed * 1103515245u + 12345u;
    return &wanderers[(seed >> 16) % COUNT];
}

static void stop(struct wanderer *wanderer)
{
    if (wanderer->over || !wanderer->fetch)
        return;
    wanderer->over = true;
    fetch_stop(wanderer->fetch);
}

static void on_wanderer_head(void *owner, struct fetch *fetch, int status)
{
    struct wanderer *wanderer = owner;
    assert_ptr_equal(fetch, wanderer->fetch);
    assert_false(wanderer->over);
    assert_int_equal(status, 200);
    assert_int_equal(wanderer->heads++, 0);
    if (one_in(20))
        stop(wanderer);
    if (one_in(20))
        stop(any());
}

static bool on_wanderer_data(void *owner, struct fetch *fetch, const char *data, size_t len)
{
    struct wanderer *wanderer = owner;
    assert_ptr_equal(fetch, wanderer->fetch);
    assert_false(wanderer->over || wanderer->paused);
    assert_int_equal(wanderer->heads, 1);
    assert_int_equal(data[0], 'x');
    wanderer->received += len;
    if (one_in(50))
        stop(wanderer);
    if (one_in(50))
        stop(any());
    wanderer->paused = one_in(4);
    return !wanderer->paused;
}

static void on_wanderer_done(void *owner, const struct fetch_result *result)
{
    struct wanderer *wanderer = owner;
    assert_false(wanderer->over || wanderer->paused);
    assert_int_equal(result->err, LS_OK);
    assert_int_equal(wanderer->received, 20000);
    wanderer->over = true;
    wanderer->done++;
    if (one_in(4))
        stop(any());
}

static const struct fetch_events wanderer_events = {on_wanderer_head, on_wanderer_data,
                                                    on_wanderer_done};

static void wander(void)
{
    struct fetch_request request = request_to(url);
    memset(wanderers, 0, sizeof wanderers);
    for (int i = 0; i < COUNT; i++)
        wanderers[i].fetch = fetch_start(pool, &request, &wanderer_events, &wanderers[i]);
    for (int turns = 0, left = COUNT; left > 0; turns++) {
        assert_true(turns < 100000);
        turn(1);
        if (one_in(3))
            stop(any());
        left = 0;
        for (int i = 0; i < COUNT; i++) {
            if (wanderers[i].over)
                continue;
            left++;
            if (wanderers[i].paused && one_in(2)) {
                wanderers[i].paused = false;
                fetch_resume(wanderers[i].fetch);
            }
        }
    }
}

static void transfers_survive_every_order_of_events(void **state)
{
    (void)state;
    int well = 0;
    char *text = big_answer(20000, true);
    for (seed = 1; seed <= RUNS; seed++) {
        unsigned run = seed;
        set_up(&(struct fetch_pool_options){.max_connections = 1 + run * 5, .max_idle = 3});
        script(text);
        wander();
        for (int i = 0; i < COUNT; i++)
            well += wanderers[i].done;
        tear_down();
        seed = run;
    }
    assert_true(well > 0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(transfers_survive_every_order_of_events)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The kernel's contract, tried on trees made by chance: each is played as it is, and then with a
 * cancel, a STOP and a FULL at every chunk it gives and at every turn of the loop.  The stand
 * checks each run: one end, not before the input's, nothing after it, all memory gone once. */
#include <signal.h>
#include <unistd.h>

#include "run/run_kinds.h"

enum { TREES = 6000, MOST_DEPTH = 3, LEAST_RUNS = 200000 };

static struct stand stand;
static uint64_t seed; /* of the tree being played; 0: none */
static struct cut cutting;
static size_t runs;

/* What is known of a tree before it is played. */
struct traits {
    size_t scripts, pipes; /* pipes: as often as they are opened at most */
    bool steady;           /* what it gives does not depend on who comes first */
};

/* ---- trees by chance ---- */

static uint64_t dice;

static unsigned roll(unsigned sides)
{
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (unsigned)(dice % sides);
}

static struct runnable *random_script(struct traits *traits)
{
    static const char *const texts[] = {"", "a", "ab", "abc"};
    static const int64_t delays[] = {0, 0, 3, 7};
    struct script_plan plan = {
        .text = texts[roll(4)],
        .per_turn = roll(3),
        .delay = delays[roll(4)],
        .fail_at = roll(5) == 0 ? 1 + (int)roll(2) : 0,
        .interrupt = roll(12) == 0 ? "\"?\"" : NULL,
        .value = roll(12) == 0 ? "\"!\"" : NULL,
        .hasty = roll(8) == 0,
        .lingers = roll(8) == 0,
    };
    if (plan.interrupt)
        plan.value = NULL;
    traits->scripts++;
    traits->steady = traits->steady && plan.fail_at == 0 && !plan.interrupt;
    return script_new(plan);
}

static struct runnable *random_tree(unsigned depth, struct traits *traits)
{
    static const struct runnable_ops *const kinds[] = {&chain_ops, &fan_ops, &again_ops, &or_ops,
                                                       &race_ops};
    struct runnable *parts[MOST_PARTS + 1] = {NULL};
    unsigned kind = roll(depth == 0 ? 3 : 9);
    if (kind == 0) {
        traits->pipes++;
        return PIPE();
    }
    if (depth == 0 || kind > 5)
        return random_script(traits);
    const struct runnable_ops *ops = kinds[kind - 1];
    unsigned count = ops == &again_ops ? 1 : 2 + roll(2);
    unsigned rounds = ops == &again_ops ? 1 + roll(3) : 1;
    size_t pipes = traits->pipes;
    for (unsigned i = 0; i < count; i++)
        parts[i] = random_tree(depth - 1, traits);
    traits->pipes = pipes + (traits->pipes - pipes) * rounds;
    traits->steady = traits->steady && ops != &race_ops;
    return group_new(ops, rounds, parts);
}

/* ---- playing ---- */

static size_t most_overshoot(const struct traits *traits)
{
    if (traits->pipes == 0)
        return traits->scripts > 0 ? traits->scripts - 1 : 0;
    return traits->scripts * traits->pipes + traits->pipes;
}

static void play(const struct play *play, const struct traits *traits)
{
    score = (struct script_score){0};
    cutting = play->cut;
    stand_play(&stand, play);
    assert_scripts_over();
    assert_true(stand.out.overshoot <= most_overshoot(traits));
    if (stand.cancelled && !play->end)
        assert_int_equal(stand.out.err, LS_CANCELLED);
    runs++;
}

static void play_cut(const struct play *whole, const struct traits *traits, enum cut_act act,
                     enum cut_place place, size_t at)
{
    struct play cut = *whole;
    cut.cut = (struct cut){act, place, at};
    play(&cut, traits);
}

/* A pause changes nothing but the time it takes. */
static void check_pause(const struct traits *traits, size_t chunks, enum outcome_kind kind)
{
    if (!traits->steady)
        return;
    assert_int_equal(stand.out.count, chunks);
    assert_int_equal(stand.out.kind, kind);
}

static void play_with_cuts(const struct play *whole, const struct traits *traits)
{
    play(whole, traits);
    size_t chunks = stand.out.count, turns = stand.turns, inputs = json_array_size(whole->inputs);
    enum outcome_kind kind = stand.out.kind;
    for (size_t at = 1; at <= chunks; at++) {
        play_cut(whole, traits, CUT_CANCEL, AT_CHUNK, at);
        play_cut(whole, traits, CUT_STOP, AT_CHUNK, at);
        play_cut(whole, traits, CUT_FULL, AT_CHUNK, at);
        check_pause(traits, chunks, kind);
        play_cut(whole, traits, CUT_BRAKE, AT_CHUNK, at);
        check_pause(traits, chunks, kind);
    }
    for (size_t at = 0; at <= turns; at++)
        play_cut(whole, traits, CUT_CANCEL, AT_TURN, at);
    for (size_t at = 0; at <= inputs; at++)
        play_cut(whole, traits, CUT_CANCEL, AT_INPUT, at);
}

static void play_tree(uint64_t of)
{
    static const char *const inputs[] = {"[]", "[\"x\"]", "[\"x\",\"y\",\"z\"]"};
    struct traits traits = {.steady = true};
    seed = of;
    dice = of * 0x9e3779b97f4a7c15u;
    struct runnable *tree = random_tree(MOST_DEPTH, &traits);
    json_auto_t *given = json_of(inputs[roll(3)]);
    struct outcome failed = outcome_error(LS_BAD_INPUT, "the input is wrong");
    struct play whole = {.tree = tree, .inputs = given, .streaming = true};
    play_with_cuts(&whole, &traits);
    whole.spread = true;
    play_with_cuts(&whole, &traits);
    whole.end = &failed;
    play_with_cuts(&whole, &traits);
    runnable_rele(tree);
    seed = 0;
}

static void test_every_cut_everywhere(void **state)
{
    (void)state;
    for (uint64_t of = 1; of <= TREES; of++)
        play_tree(of);
    printf("%zu runs of %d trees\n", runs, TREES);
    assert_true(runs >= LEAST_RUNS);
}

/* ---- what failed ---- */

static void tell_where(void)
{
    if (seed != 0)
        dprintf(STDERR_FILENO, "tree %u, cut %d at %d:%zu\n", (unsigned)seed, (int)cutting.act,
                (int)cutting.place, cutting.at);
}

static void on_abort(int number)
{
    (void)number;
    tell_where();
}

static int set_up(void **state)
{
    (void)state;
    signal(SIGABRT, on_abort);
    stand_init(&stand);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tell_where();
    if (seed == 0)
        stand_fini(&stand);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2) { /* one tree, by its number */
        stand_init(&stand);
        play_tree(strtoul(argv[1], NULL, 10));
        stand_fini(&stand);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_cut_everywhere, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

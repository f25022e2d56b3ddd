/* The contract of stages, over every kind, model and sink: each kind alone and inside the others
 * (see run/run_stand.h for what is checked of each run), behind a hub, and as a route. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "run/slots.h"
#include "stages/stage_trees.h" /* first: it has a table of kinds too */
#include "store/store_stand.h"

#include "app/contract_hub.h"
#include "app/contract_routes.h"
#include "app/contract_rows.h"
#include "app/contract_upstream.h"
#include "app/kinds.h"
#include "app/providers.h"
#include "base/log.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static struct fetch_pool pool;
static struct stand stand;
static struct store_stand kept; /* what histories are in */
static struct run_services services;
static struct tree_name named[] = {
    /* what lambdas invoke */
    {.name = "pass", .words = "\"pass\""},
    {.name = "say", .words = "{\"fake\": {\"delay\": 2}}"},
    {.name = "late", .words = "{\"timeout\": [3, {\"fake\": {\"delay\": 9}}]}"},
    {.name = "fail", .words = "{\"fake\": {\"error_after\": 2, \"delay\": 1}}"},
    {.name = "inner", .words = "{\"lua\": \"invoke('say', 1).content\"}"},
    {.name = NULL},
};

/* By one of those names, or as lambdas in C find what they await. */
static const struct runnable *find_any(const void *owner, const char *name)
{
    const struct runnable *found = tree_find(named, name);
    return found ? found : lambda_services.find(owner, name);
}
static char tree_text[1024]; /* of the tree being played, "" when none is */
static struct play playing;
static size_t runs;

/* ---- an observer that wants everything ---- */

static int started, ended;

static unsigned wants_all(struct listener *l)
{
    (void)l;
    return WANTS_START | WANTS_CHUNKS | WANTS_END | WANTS_INPUT | WANTS_OUTPUT;
}

static void on_start(struct listener *l, json_t *first)
{
    (void)l, (void)first;
    started++;
}

static enum flow on_chunk(struct listener *l, const struct chunk *chunk)
{
    (void)l, (void)chunk;
    assert_true(started > ended);
    return FLOW_ON;
}

static void on_end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    (void)l, (void)outcome, (void)input, (void)output;
    ended++;
    assert_true(started >= ended);
}

static const struct observer_ops all_ops = {wants_all, on_start, on_chunk, on_end};
static struct observer all = {.ops = &all_ops};

/* ---- playing ---- */

static size_t occurrences(const char *text, const char *of)
{
    size_t count = 0;
    for (const char *at = strstr(text, of); at; at = strstr(at + 1, of))
        count++;
    return count;
}

/* The chunks that may come after FULL: one push of each source, in as many pieces as there are
 * branches. */
static size_t most_overshoot(void)
{
    size_t sources = occurrences(tree_text, "\"fake\"") + occurrences(tree_text, "\"generator\"") +
                     occurrences(tree_text, "\"lua\"") + occurrences(tree_text, "\"emits\"") +
                     occurrences(tree_text, "\"transforms") + occurrences(tree_text, "\"http:") +
                     occurrences(tree_text, "\"limited\"");
    size_t fan =
        1 + 2 * occurrences(tree_text, "\"par\"") + 4 * occurrences(tree_text, "\"assign\"");
    return (sources > 0 ? sources : 1) * fan - 1;
}

static void play(struct play play, struct cut cut)
{
    play.cut = cut;
    playing = play;
    started = ended = 0;
    pool.started = 0;
    stand_play(&stand, &play);
    assert_int_equal(pool.open, 0);
    assert_int_equal(started, ended);
    assert_true(stand.out.overshoot <= most_overshoot());
    runs++;
}

/* What was given when nothing was cut. */
struct given {
    enum outcome_kind kind;
    enum ls_err err;
    char *value;
    size_t chunks, turns;
};

/* Whether pauses change nothing; else what comes first depends on the time: also where the chunks of
 * an input go around a generator that gives others meanwhile; what comes out of a cache comes as a whole.
 * Which of several endpoints is asked depends on what came before. */
static bool is_steady(void)
{
    return !strstr(tree_text, "\"timeout\": [7") && !strstr(tree_text, "error_after") &&
           !strstr(tree_text, "\"cache\"") && !strstr(tree_text, "[\"http:") &&
           !(strstr(tree_text, "assign") && strstr(tree_text, "transforms"));
}

static void check_same(const struct given *given)
{
    if (!is_steady())
        return;
    char *value = tree_value_text(stand.out.value);
    assert_int_equal(stand.out.kind, given->kind);
    assert_int_equal(stand.out.err, given->err);
    if (given->kind != OUTCOME_ERROR)
        assert_string_equal(value ? value : "null", given->value ? given->value : "null");
    free(value);
}

static void play_cuts(struct play whole, const struct given *given)
{
    for (size_t at = 1; at <= given->chunks; at++) {
        play(whole, (struct cut){CUT_CANCEL, AT_CHUNK, at});
        play(whole, (struct cut){CUT_STOP, AT_CHUNK, at});
        play(whole, (struct cut){CUT_FULL, AT_CHUNK, at});
        check_same(given);
        play(whole, (struct cut){CUT_BRAKE, AT_CHUNK, at});
        check_same(given);
    }
    for (size_t at = 0; at <= given->turns; at++)
        play(whole, (struct cut){CUT_CANCEL, AT_TURN, at});
    for (size_t at = 0; at <= json_array_size(whole.inputs); at++)
        play(whole, (struct cut){CUT_CANCEL, AT_INPUT, at});
}

static void play_whole(struct play whole)
{
    play(whole, (struct cut){.act = CUT_NONE});
    struct given given = {stand.out.kind, stand.out.err, tree_value_text(stand.out.value),
                          stand.out.count, stand.turns};
    play_cuts(whole, &given);
    free(given.value);
}

/* A failed input's outcome is handed on, whatever came before it. */
static void play_failed(struct play whole)
{
    json_auto_t *asked = json_of("\"who?\"");
    const struct outcome ends[] = {
        outcome_error(LS_CONTEXT_LENGTH, "the input is wrong"),
        {.kind = OUTCOME_INTERRUPT, .value = asked},
    };
    for (size_t i = 0; i < COUNT(ends); i++) {
        whole.end = &ends[i];
        play(whole, (struct cut){.act = CUT_NONE});
        assert_int_equal(stand.out.kind, ends[i].kind);
        assert_int_equal(stand.out.err, ends[i].err);
        if (ends[i].kind == OUTCOME_INTERRUPT)
            assert_json(stand.out.value, "\"who?\"");
        else
            assert_string_equal(stand.out.message, ends[i].message);
        play(whole, (struct cut){CUT_CANCEL, AT_TURN, 0});
    }
}

/* Nothing is null for the step behind, which may fail for it; one that streams gets nothing. */
static bool may_give_nothing(void)
{
    return strstr(tree_text, "pick") || strstr(tree_text, "emits") ||
           strstr(tree_text, "generator");
}

/* An input that says at its end what it is counts as that, whatever its chunks were. */
static void play_own_value(struct play whole)
{
    static const char *const values[] = {"{\"a\": \"v\", \"b\": 2}", "\"[3]\"",
                                         "{\"type\": \"ai\", \"content\": \"c\"}"};
    /* Streamed, a model says another message, a parallel forgets its branches' own values, a
     * generator of chunks sees no other, and XML needs no end. */
    bool comparable = !strstr(tree_text, "fake") && !strstr(tree_text, "http:") &&
                      !strstr(tree_text, "transforms") && !strstr(tree_text, "par") &&
                      !strstr(tree_text, "assign") && !strstr(tree_text, "xml");
    for (size_t i = 0; i < COUNT(values); i++) {
        json_auto_t *value = json_of(values[i]);
        json_auto_t *alone = json_pack("[O]", value);
        const struct outcome end = {.kind = OUTCOME_WELL, .value = value};
        play((struct play){.tree = whole.tree, .inputs = alone}, (struct cut){.act = CUT_NONE});
        struct given given = {stand.out.kind, stand.out.err, tree_value_text(stand.out.value), 0,
                              0};
        bool lost = given.kind == OUTCOME_ERROR && may_give_nothing();
        whole.end = &end;
        play(whole, (struct cut){.act = CUT_NONE});
        if (!whole.streaming || (comparable && !lost))
            check_same(&given);
        free(given.value);
    }
}

static void play_input(const struct runnable *tree, const char *input)
{
    json_auto_t *chunks = json_of(input);
    struct play whole = {.tree = tree, .inputs = chunks};
    for (unsigned bits = 0; bits < 6; bits++) {
        whole.streaming = bits & 1;
        whole.spread = bits & 2;
        stand.observer = bits & 4 ? &all : NULL;
        play_whole(whole);
        play_failed(whole);
        play_own_value(whole);
    }
}

/* A tree is deeper than each of its parts, and a sequence than all of them together. */
static void check_depth(const struct runnable *tree)
{
    const struct runnable *part;
    const char *label;
    unsigned sum = 1;
    for (unsigned i = 0; tree->ops->part && (part = tree->ops->part(tree, i, &label)); i++) {
        assert_true(tree->depth > part->depth);
        sum += part->depth;
        check_depth(part);
    }
    if (runnable_is_sequence(tree))
        assert_int_equal(tree->depth, sum);
}

/* A kind alone meets every input, one in a place some: which, goes round with kind and place. */
static void play_kind(size_t kind, size_t place)
{
    const char *hole = strstr(places[place], "%s");
    size_t step = place == 0 ? 1 : 3;
    snprintf(tree_text, sizeof tree_text, "%.*s%s%s", (int)(hole - places[place]), places[place],
             rows[kind], hole + 2);
    struct runnable *tree = tree_from(tree_text);
    check_depth(tree);
    for (size_t i = (kind + place) % step; i < COUNT(inputs); i += step)
        play_input(tree, inputs[i]);
    runnable_rele(tree);
    tree_text[0] = '\0';
}

static void test_contract(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < COUNT(rows); kind++)
        for (size_t place = 0; place < COUNT(places); place++)
            play_kind(kind, place);
    printf("%zu runs\n", runs);
}

/* ---- other sinks ---- */

static struct given direct; /* what the run gives without a hub */

static void check_told(const struct hub_told *told)
{
    char *value = tree_value_text(told->value);
    if (is_steady()) {
        assert_int_equal(told->kind, direct.kind);
        assert_int_equal(told->err, direct.err);
        if (told->kind == OUTCOME_WELL)
            assert_string_equal(value ? value : "null", direct.value ? direct.value : "null");
    }
    free(value);
}

static void play_behind_hub(struct runnable *tree, const char *input)
{
    json_auto_t *value = json_of(input);
    json_auto_t *alone = json_pack("[O]", value);
    stand.observer = NULL;
    for (int streaming = 0; streaming < 2; streaming++) {
        play((struct play){.tree = tree, .inputs = alone, .streaming = streaming},
             (struct cut){.act = CUT_NONE});
        direct =
            (struct given){stand.out.kind, stand.out.err, tree_value_text(stand.out.value), 0, 0};
        hub_play_cuts(&stand, tree, value, streaming, check_told);
        free(direct.value);
    }
}

static void play_as_route(struct runnable *tree, const char *input)
{
    route_play_all(&stand, tree, input, is_steady());
}

/* Each kind alone, with each input. */
static void play_alone(void (*play_one)(struct runnable *tree, const char *input))
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(tree_text, sizeof tree_text, "%s", rows[i]);
        struct runnable *tree = tree_from(tree_text);
        tree_lingers = strstr(tree_text, "\"deaf\"") != NULL;
        for (size_t value = 0; value < COUNT(whole_inputs); value++)
            play_one(tree, whole_inputs[value]);
        runnable_rele(tree);
    }
    tree_text[0] = '\0';
}

static void test_behind_hub(void **state)
{
    (void)state;
    play_alone(play_behind_hub);
}

static void test_as_route(void **state)
{
    (void)state;
    play_alone(play_as_route);
}

/* ---- whether nothing is missing ---- */

static bool has_row(const char *word)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\"", word);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strstr(rows[i], quoted))
            return true;
    return false;
}

/* The word of stages/stage_trees.h for a key, where that is not the key itself. */
static const char *word_for(const char *key)
{
    static const char *const words[][2] = {
        {"chain", "seq"},        {"model", "fake"}, {"parse", "str"},  {"parallel", "par"},
        {"passthrough", "pass"}, {"map", "each"},   {"lambda", "lua"},
    };
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(words[i][0], key) == 0)
            return words[i][1];
    return key;
}

static void check_row(const char *key)
{
    if (!has_row(word_for(key)))
        fail_msg("'%s' has no row in the table of the contract", key);
}

static void test_everything_has_a_row(void **state)
{
    (void)state;
    for (const struct kind *kind = kinds; kind->key; kind++)
        check_row(kind->key);
    for (size_t i = 0; i < kinds_builtin_count(); i++)
        check_row(kinds_builtin(i));
    for (const struct provider *provider = providers; provider->name; provider++)
        check_row(provider->name);
}

/* ---- what failed ---- */

static void tell_where(void)
{
    if (tree_text[0] == '\0')
        return;
    char *given = json_dumps(playing.inputs, JSON_COMPACT);
    dprintf(STDERR_FILENO, "%s on %s, %s, %s, %s, cut %d at %d:%zu\n", tree_text, given,
            playing.streaming ? "streaming" : "invoked", playing.spread ? "spread" : "at once",
            stand.observer ? "observed" : "alone", (int)playing.cut.act, (int)playing.cut.place,
            playing.cut.at);
    free(given);
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
    store_stand_init(&kept, stand.loop, NULL);
    services = lambda_services;
    services.store = kept.store;
    services.cache = cache_open();
    services.find = find_any;
    services.pool = &pool;
    services.slots = slots_set_new(stand.loop, NULL);
    services.balances = balances_new(stand.loop);
    stand.services = &services;
    pool = (struct fetch_pool){.loop = stand.loop};
    log_setup(open("/dev/null", O_WRONLY), LOG_JSON, LOG_ERROR); /* failures are no news here */
    stand.config = json_of("{\"configurable\": {\"session_id\": \"s\"}}");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tell_where();
    if (tree_text[0] != '\0')
        return 0;
    tree_names_free(named);
    cache_close(&services.cache);
    store_free(&kept.store);
    slots_set_free(&services.slots);
    balances_free(&services.balances);
    kept.loop = NULL;
    json_decref(stand.config);
    stand_fini(&stand);
    store_stand_fini(&kept);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_has_a_row),
        cmocka_unit_test_setup_teardown(test_behind_hub, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_as_route, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_contract, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

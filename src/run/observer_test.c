#include "run/run_kinds.h"

/* An observer that writes down what it hears. */
struct scribe {
    struct observer observer;
    unsigned wants;
    const char *only; /* the name of the steps it cares for; NULL: all */
    enum flow flow;   /* what it answers to a chunk */
    struct buf notes;
    struct uuid ids[16];
    size_t started;
    int64_t last_start_us;
};

static struct stand stand;
static struct scribe scribe;

static void note(const char *what, const struct step *step, json_t *value, const char *more)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    buf_printf(&scribe.notes, "%s%s %s%s%s%s", scribe.notes.len > 0 ? "; " : "", what, step->name,
               text ? " " : "", text ? text : "", more);
    free(text);
}

static unsigned wants(struct listener *l)
{
    return !scribe.only || strcmp(scribe.only, l->step->name) == 0 ? scribe.wants : WANTS_NOTHING;
}

static void on_start(struct listener *l, json_t *first)
{
    assert_true(l->step->started_us > scribe.last_start_us);
    scribe.last_start_us = l->step->started_us;
    scribe.ids[scribe.started++ % 16] = l->step->id;
    note("start", l->step, first, "");
}

static enum flow on_chunk(struct listener *l, const struct chunk *chunk)
{
    note("chunk", l->step, chunk->value, "");
    if (scribe.flow == FLOW_FULL)
        run_resume(stand.run); /* it has caught up by the next turn */
    return scribe.flow;
}

static void on_end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    char *given = input ? json_dumps(input, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    char *more = mem_printf("%s%s%s", given ? " of " : "", given ? given : "",
                            outcome->kind == OUTCOME_WELL ? "" : " badly");
    note("end", l->step, output, more);
    free(more);
    free(given);
}

static const struct observer_ops scribe_ops = {wants, on_start, on_chunk, on_end};

static int set_up(void **state)
{
    (void)state;
    score = (struct script_score){0};
    scribe = (struct scribe){.observer = {.ops = &scribe_ops}, .wants = 31};
    buf_init(&scribe.notes, 1 << 20);
    stand_init(&stand);
    stand.observer = &scribe.observer;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_scripts_over();
    stand_fini(&stand);
    buf_fini(&scribe.notes);
    return 0;
}

static struct runnable *named(struct runnable *runnable, const char *name)
{
    runnable_set_name(runnable, name);
    return runnable;
}

static void play(struct runnable *tree, struct cut cut, bool streaming)
{
    json_auto_t *inputs = json_of("[\"x\", \"y\"]");
    stand_play(&stand,
               &(struct play){.tree = tree, .inputs = inputs, .cut = cut, .streaming = streaming});
    runnable_rele(tree);
}

static struct runnable *two_steps(void)
{
    return named(GROUP(&chain_ops, named(PIPE(), "p"), named(SCRIPT("ab"), "s")), "c");
}

static void test_order(void **state)
{
    (void)state;
    play(two_steps(), (struct cut){0}, true);
    assert_string_equal(buf_str(&scribe.notes),
                        "start c \"x\"; start p \"x\"; chunk p \"x\"; chunk p \"y\"; "
                        "end p \"xy\" of \"xy\"; start s \"xy\"; "
                        "chunk s \"a\"; chunk c \"a\"; chunk s \"b\"; chunk c \"b\"; "
                        "end s \"ab\" of \"xy\"; end c \"ab\" of \"xy\"");
}

/* Where nobody streams, a step has ended before the next one starts. */
static void test_whole_steps_end_before_the_next_starts(void **state)
{
    (void)state;
    play(two_steps(), (struct cut){0}, false);
    assert_string_equal(buf_str(&scribe.notes),
                        "start c \"xy\"; start p \"xy\"; chunk p \"xy\"; "
                        "end p \"xy\" of \"xy\"; start s \"xy\"; chunk s \"a\"; chunk s \"b\"; "
                        "end s \"ab\" of \"xy\"; chunk c \"ab\"; end c \"ab\" of \"xy\"");
    assert_json(stand.out.value, "\"ab\"");
}

/* A listener that is behind slows the run down, and nothing is lost. */
static void test_listeners_pace_the_run(void **state)
{
    (void)state;
    scribe.flow = FLOW_FULL;
    scribe.wants = WANTS_CHUNKS;
    play(two_steps(), (struct cut){0}, true);
    assert_string_equal(buf_str(&scribe.notes), "chunk p \"x\"; chunk p \"y\"; chunk s \"a\"; "
                                                "chunk c \"a\"; chunk s \"b\"; chunk c \"b\"");
    assert_json(stand.out.value, "\"ab\"");
}

static void test_wants_are_honoured(void **state)
{
    (void)state;
    static const struct {
        unsigned wants;
        const char *notes;
    } rows[] = {
        {WANTS_NOTHING, ""},
        {WANTS_START, "start s \"xy\""},
        {WANTS_CHUNKS, "chunk s \"a\"; chunk s \"b\""},
        {WANTS_END, "end s"},
        {WANTS_END | WANTS_INPUT, "end s of \"xy\""},
        {WANTS_END | WANTS_OUTPUT, "end s \"ab\""},
        {WANTS_INPUT | WANTS_OUTPUT, ""},
    };
    scribe.only = "s";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_reset(&scribe.notes);
        scribe.wants = rows[i].wants;
        play(two_steps(), (struct cut){0}, true);
        assert_string_equal(buf_str(&scribe.notes), rows[i].notes);
    }
}

static void test_cancelled_steps_end_badly(void **state)
{
    (void)state;
    scribe.wants = WANTS_START | WANTS_END;
    play(two_steps(), (struct cut){CUT_CANCEL, AT_TURN, 0}, true);
    assert_string_equal(buf_str(&scribe.notes),
                        "start c \"x\"; start p \"x\"; end p; start s \"xy\"; end s badly; "
                        "end c badly");
}

static void test_own_value_is_the_output(void **state)
{
    (void)state;
    scribe.wants = WANTS_END | WANTS_OUTPUT;
    play(named(SCRIPT("ab", .value = "[1]"), "s"), (struct cut){0}, true);
    assert_string_equal(buf_str(&scribe.notes), "end s [1]");
}

static void test_ids_and_parents(void **state)
{
    (void)state;
    struct runnable *tree = two_steps();
    stand_open(&stand, tree, true);
    struct uuid id = stand.run->id;
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    assert_memory_equal(&scribe.ids[0], &id, sizeof id);
    assert_memory_not_equal(&scribe.ids[1], &id, sizeof id);
    assert_memory_not_equal(&scribe.ids[2], &scribe.ids[1], sizeof id);
    runnable_rele(tree);
}

/* ---- labels ---- */

static unsigned note_labels(struct listener *l)
{
    const struct step *step = l->step;
    char *tags = json_dumps(step_tags(step), JSON_COMPACT);
    char *metadata = json_dumps(step->metadata, JSON_COMPACT | JSON_SORT_KEYS);
    buf_printf(&scribe.notes, "%s of %s %s %s; ", step->name,
               step->parent ? step->parent->name : "-", tags, metadata);
    free(tags);
    free(metadata);
    return WANTS_NOTHING;
}

static void open_labelled(struct runnable *tree, const struct call *call)
{
    stand_clear(&stand);
    stand.run = run_new(stand.loop, NULL);
    stand.run->on_dropped = stand_on_dropped;
    stand.run->dropped_owner = &stand;
    stand.out.stand = &stand;
    run_observe(stand.run, &scribe.observer);
    sink_init(&stand.out.sink, &collector_ops, &stand.run->root);
    stand.in = run_open(stand.run, tree, call, &stand.out.sink);
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
}

/* As LangChain's with_config puts them together: the place, then all tags sorted; what is
 * inherited counts more. */
static void test_tags_and_metadata_of_a_step(void **state)
{
    (void)state;
    static const struct observer_ops label_ops = {note_labels, on_start, on_chunk, on_end};
    struct runnable *part = named(PIPE(), "p");
    struct runnable *tree = named(GROUP(&chain_ops, part), "c");
    scribe.observer.ops = &label_ops;
    part->tags = json_of("[\"own\"]");
    part->metadata = json_of("{\"m\": 2, \"o\": 3}");
    tree->tags = json_of("[\"tree\"]");
    json_auto_t *tags = json_of("[\"asked\"]"), *metadata = json_of("{\"m\": 1, \"n\": 1}");
    const struct call call = {.name = "called", .tags = tags, .metadata = metadata};
    open_labelled(tree, &call);
    assert_string_equal(buf_str(&scribe.notes),
                        "called of - [\"asked\",\"tree\"] {\"m\":1,\"n\":1}; "
                        "p of called [\"part\",\"asked\",\"own\",\"tree\"] "
                        "{\"m\":1,\"n\":1,\"o\":3}; ");
    assert_json(tags, "[\"asked\"]");
    assert_json(metadata, "{\"m\": 1, \"n\": 1}");
    runnable_rele(tree);
}

static void test_unseen_kinds_are_skipped(void **state)
{
    (void)state;
    static const struct observer_ops label_ops = {note_labels, on_start, on_chunk, on_end};
    static const struct runnable_ops unseen_ops = {
        .type = "Unseen", .unseen = true, .open = chain_open, .fini = group_fini};
    static const struct runnable_ops sometimes_ops = {
        .type = "Sometimes", .unseen_streaming = true, .open = chain_open, .fini = group_fini};
    struct runnable *inner = GROUP(&unseen_ops, named(PIPE(), "p"));
    struct runnable *tree = named(GROUP(&chain_ops, inner), "c");
    scribe.observer.ops = &label_ops;
    open_labelled(tree, &(struct call){.streaming = true});
    assert_string_equal(buf_str(&scribe.notes), "c of - [] {}; p of c [\"part\"] {}; ");
    runnable_rele(tree);
    tree = named(GROUP(&sometimes_ops, named(PIPE(), "p")), "s");
    buf_reset(&scribe.notes);
    open_labelled(tree, &(struct call){.streaming = true});
    open_labelled(tree, &(struct call){.streaming = false});
    assert_string_equal(buf_str(&scribe.notes),
                        "p of - [\"part\"] {}; s of - [] {}; p of s [\"part\"] {}; ");
    runnable_rele(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_whole_steps_end_before_the_next_starts, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_listeners_pace_the_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wants_are_honoured, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancelled_steps_end_badly, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_own_value_is_the_output, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ids_and_parents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tags_and_metadata_of_a_step, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unseen_kinds_are_skipped, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

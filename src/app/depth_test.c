/* The deepest trees that are allowed, of every kind that holds others: chains that name each other,
 * which are built one after the other, opened, run, streamed and freed within the C stack. */
#include "app/builder.h"
#include "run/configurable.h"
#include "run/run_stand.h"

/* A chain around another one, which %s stands for, and what a run is given: a value around that of
 * the other one where it says `in`, or `{}`. */
static const struct row {
    const char *around, *value;
    bool whole;  /* it is not streamed: at each level a chunk begins that goes through all others */
    bool untold; /* its schemas are not asked for: that takes the square of the depth */
} rows[] = {
    {.around = "{\"chain\": [\"passthrough\", \"%s\"], \"name\": \"n\"}", .value = "{}"},
    {.around = "{\"chain\": [\"%s\", \"passthrough\"], \"name\": \"n\", \"tags\": [\"t\"]}",
     .value = "{}"},
    {.around = "{\"parallel\": {\"a\": \"%s\"}}", .value = "{}"},
    {.around = "{\"parallel\": {\"a\": \"%s\", \"b\": {\"value\": 1}}}",
     .value = "{}",
     .whole = true},
    {.around = "{\"assign\": {\"a\": \"%s\"}}", .value = "{}", .untold = true},
    {.around = "{\"branch\": [{\"if\": {\"chain\": \"%s\"}, \"then\": \"passthrough\"},"
               " {\"else\": \"passthrough\"}]}",
     .value = "{}"},
    {.around =
         "{\"branch\": [{\"if\": {\"value\": 1}, \"then\": \"%s\"}, {\"else\": \"passthrough\"}]}",
     .value = "{}"},
    {.around =
         "{\"branch\": [{\"if\": {\"value\": 0}, \"then\": \"passthrough\"}, {\"else\": \"%s\"}]}",
     .value = "{}"},
    {.around = "{\"map\": \"%s\"}", .value = "in a list", .untold = true},
    {.around = "{\"router\": {\"k\": \"%s\"}}", .value = "in a router's input"},
    {.around = "{\"chain\": \"%s\", \"timeout\": \"9h\"}", .value = "{}"},
    {.around = "{\"chain\": \"%s\", \"bind\": {\"stop\": \"x\"}}", .value = "{}"},
    {.around = "{\"chain\": \"%s\", \"retry\": {}}", .value = "{}"},
    {.around = "{\"chain\": \"%s\", \"fallbacks\": [\"passthrough\"]}", .value = "{}"},
    {.around = "{\"chain\": {\"prompt\": \"{x}\"}, \"fallbacks\": [\"%s\"]}", .value = "{}"},
    {.around = "{\"chain\": \"%s\", \"config\": {\"max_concurrency\": 2}}", .value = "{}"},
    {.around = "{\"chain\": \"%s\", \"listeners\": {\"end\": \"passthrough\"}}", .value = "{}"},
    {.around = "{\"chain\": \"passthrough\", \"listeners\": {\"start\": \"%s\"}}", .value = "{}"},
    {.around = "{\"chain\": \"%s\", \"configurable\": {\"alternatives\":"
               " {\"id\": \"i\", \"default\": \"d\", \"options\": {\"o\": \"passthrough\"}}}}",
     .value = "{}"},
};

struct built {
    struct arena *arena;
    struct problems problems;
    struct runnable *top; /* NULL: it was refused */
};

static char *named(const char *around, unsigned below)
{
    const char *hole = strstr(around, "%s");
    return mem_printf("%.*sc%u%s", (int)(hole - around), around, below, hole + 2);
}

/* c0: passthrough, c1 around c0, … */
static void build(struct built *built, const char *around, unsigned levels)
{
    json_auto_t *chains = json_pack("{s:s}", "c0", "passthrough");
    struct builder builder;
    for (unsigned i = 1; i <= levels; i++) {
        char name[16];
        char *text = named(around, i - 1);
        snprintf(name, sizeof name, "c%u", i);
        json_object_set_new(chains, name, json_of(text));
        free(text);
    }
    built->arena = arena_new(0);
    problems_init(&built->problems);
    builder_init(&builder, built->arena, &built->problems);
    builder_add_names(&builder,
                      node_from_json(built->arena, chains, (struct place){.file = "a test"}),
                      NAMED_CHAIN);
    builder_build_names(&builder);
    built->top = builder.names[builder.count - 1].runnable;
    if (built->top)
        runnable_hold(built->top);
    builder_fini(&builder);
}

static void drop(struct built *built)
{
    runnable_rele(built->top);
    problems_fini(&built->problems);
    arena_free(&built->arena);
}

/* How many levels are allowed of it. */
static unsigned most_levels(const char *around)
{
    unsigned depths[2];
    for (unsigned i = 0; i < 2; i++) {
        struct built built;
        build(&built, around, i + 1);
        assert_non_null(built.top);
        depths[i] = built.top->depth;
        drop(&built);
    }
    assert_true(depths[0] > 1 && depths[1] > depths[0]);
    return (BUILD_MAX_DEPTH - 1) / (depths[1] - depths[0]);
}

static json_t *value_for(const char *value, unsigned levels)
{
    if (strncmp(value, "in ", 3) != 0)
        return json_of(value);
    json_t *whole = json_integer(1);
    for (unsigned i = 0; i < levels; i++)
        whole = strstr(value, "list") ? json_pack("[o]", whole)
                                      : json_pack("{s:s,s:o}", "key", "k", "input", whole);
    return whole;
}

static unsigned wants_ends(struct listener *l)
{
    (void)l;
    return WANTS_END;
}

static size_t ended;

static void on_end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    (void)l, (void)outcome, (void)input, (void)output;
    ended++;
}

static struct stand stand;

static void play(const struct runnable *top, json_t *value, bool whole)
{
    static const struct observer_ops ops = {.wants = wants_ends, .end = on_end};
    struct observer observer = {.ops = &ops};
    for (unsigned bits = 0; bits < 4; bits += whole ? 2 : 1) {
        stand.observer = bits & 2 ? &observer : NULL;
        stand_open_cut(&stand, top, bits & 1, (struct cut){.act = CUT_NONE});
        stand_push(&stand, value);
        stand_end(&stand, &outcome_well);
        stand_drive(&stand);
        assert_null(stand.run);
        assert_int_equal(stand.out.err, LS_OK);
        assert_non_null(stand.out.value);
    }
}

static void check_schemas(struct runnable *top)
{
    struct config_specs specs;
    json_decref(runnable_input_schema(top));
    json_decref(runnable_output_schema(top));
    config_specs_init(&specs);
    config_specs_of(top, &specs);
    config_specs_fini(&specs);
    configurable_choose(top, NULL);
}

static void the_deepest_runs(void **state)
{
    (void)state;
    stand_init(&stand);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct built built;
        unsigned levels = most_levels(rows[i].around);
        build(&built, rows[i].around, levels);
        if (!built.top)
            fail_msg("%s: %s", rows[i].around, built.problems.items[0].text);
        assert_true(built.top->depth > BUILD_MAX_DEPTH - 10);
        json_auto_t *value = value_for(rows[i].value, levels);
        if (!rows[i].untold)
            check_schemas(built.top);
        play(built.top, value, rows[i].whole);
        drop(&built);
    }
    stand_fini(&stand);
}

static void what_is_deeper_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i += 8) {
        struct built built;
        build(&built, rows[i].around, most_levels(rows[i].around) + 1);
        assert_null(built.top);
        assert_int_equal(built.problems.errors, 1);
        assert_non_null(strstr(built.problems.items[0].text, "more than 3072 are too many"));
        drop(&built);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_deepest_runs),
        cmocka_unit_test(what_is_deeper_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

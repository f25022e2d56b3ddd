/* Lambdas in runs: what they start, how they wait, how they end. */
#include "lua/lua_lambda.h"

#include "run/run_kinds.h"

static struct stand stand;

struct named {
    const char *name;
    struct runnable *runnable;
};

static struct named names[8];

static const struct runnable *find(const void *owner, const char *name)
{
    for (const struct named *row = owner; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row->runnable;
    return NULL;
}

static const struct run_services services = {.find = find, .find_owner = names};

static void add_name(const char *name, struct runnable *runnable)
{
    struct named *row = names;
    while (row->name)
        row++;
    *row = (struct named){name, runnable};
}

static struct runnable *lua_of(const char *source, const struct lua_lambda_traits *traits)
{
    const struct box_limits limits = {.memory = 8 << 20, .time_ms = 60000};
    const struct box_source text = {.file = "test", .text = source, .len = strlen(source)};
    struct box *box = box_new(&limits, NULL);
    char *why = NULL;
    if (box_load_text(box, &text, &why) != LS_OK)
        fail_msg("%s", why);
    return lua_lambda_new(box, traits);
}

static struct runnable *lua(const char *source, bool emits)
{
    const struct lua_lambda_traits traits = {.emits = emits, .wants_config = true};
    return lua_of(source, &traits);
}

/* A generator that takes its input in chunks. */
static struct runnable *transformer(const char *source)
{
    const struct lua_lambda_traits traits = {.emits = true, .streams = true};
    return lua_of(source, &traits);
}

static void set_up(void)
{
    stand_init(&stand);
    stand.services = &services;
    add_name("abc", SCRIPT("abc"));
    add_name("slow", SCRIPT("xy", .delay = 7));
    add_name("bad", SCRIPT("ab", .fail_at = 2));
    add_name("asks", SCRIPT("a", .interrupt = "\"who?\""));
    add_name("pipe", PIPE());
}

static void tear_down(void)
{
    for (struct named *row = names; row->name; row++) {
        runnable_rele(row->runnable);
        *row = (struct named){0};
    }
    stand_fini(&stand);
}

static void mark_dropped(void *owner)
{
    *(bool *)owner = true;
}

static void play(const char *source, bool emits, const char *input, bool streaming)
{
    struct runnable *tree = lua(source, emits);
    json_t *inputs = json_pack("[o]", json_of(input));
    stand_play(&stand, &(struct play){.tree = tree, .inputs = inputs, .streaming = streaming});
    json_decref(inputs);
    runnable_rele(tree);
}

static void gives(const char *source, const char *input, const char *output)
{
    play(source, false, input, false);
    if (stand.out.kind != OUTCOME_WELL)
        fail_msg("%s: %s", source, stand.out.message);
    assert_json(stand.out.value, output);
}

static void fails(const char *source, enum ls_err err, const char *message)
{
    play(source, false, "1", false);
    assert_int_equal(stand.out.kind, OUTCOME_ERROR);
    assert_int_equal(stand.out.err, err);
    if (!strstr(stand.out.message, message))
        fail_msg("%s: %s", source, stand.out.message);
}

static void test_others(void **state)
{
    (void)state;
    set_up();
    gives("invoke('abc', 1)", "1", "\"abc\"");
    gives("invoke('pipe', {a = input, b = json.array{}})", "1", "{\"a\": 1, \"b\": []}");
    gives("invoke('pipe', nil) == nil", "1", "true");
    gives("invoke('abc', 1) .. invoke('slow', 1)", "1", "\"abcxy\"");
    gives("batch('pipe', input)", "[3, {\"z\": 1, \"a\": null}, null]",
          "[3, {\"z\": 1, \"a\": null}, null]");
    gives("batch('pipe', {})", "1", "[]");
    gives("parallel{a = {'abc', 1}, b = {'pipe'}, c = {'pipe', 'x'}}", "1",
          "{\"a\": \"abc\", \"b\": null, \"c\": \"x\"}");
    gives("parallel{{'abc', 1}, {'slow', 2}}", "1", "[\"abc\", \"xy\"]");
    gives("local o = {} for c in stream('abc', 1) do o[#o + 1] = c end return o", "1",
          "[\"a\", \"b\", \"c\"]");
    gives("local s = stream('abc', 1) s() s() s() return s() == nil and s() == nil", "1", "true");
    gives("local a, b = stream('abc', 1), stream('slow', 1) return a() .. b() .. a() .. b()", "1",
          "\"axby\"");
    gives("local t = {3, 1, 2} table.sort(t, function(a, b) "
          "return invoke('pipe', a) < invoke('pipe', b) end) return t",
          "1", "[1, 2, 3]");
    gives("(('x y'):gsub('%a', function(w) return invoke('pipe', w) .. '!' end))", "1",
          "\"x! y!\"");
    tear_down();
}

static void test_failures(void **state)
{
    (void)state;
    set_up();
    fails("invoke('bad', 1)", LS_UPSTREAM, "as the script says");
    fails("batch('bad', {1, 2, 3})", LS_UPSTREAM, "as the script says");
    fails("parallel{{'slow', 1}, {'bad', 1}}", LS_UPSTREAM, "as the script says");
    fails("for c in stream('bad', 1) do end", LS_UPSTREAM, "as the script says");
    fails("invoke('nobody', 1)", LS_BAD_CONFIG, "there is no chain or model 'nobody'");
    fails("stream('nobody', 1)", LS_BAD_CONFIG, "there is no chain or model 'nobody'");
    fails("local ok, e = pcall(invoke, 'bad', 1) error(e)", LS_UPSTREAM, "as the script says");
    fails("xpcall(invoke, function(e) error(e) end, 'bad', 1)", LS_UPSTREAM, "as the script");
    fails("error{kind = 'validation_error', message = 'wrong'}", LS_BAD_INPUT, "wrong");
    fails("error{kind = 'no such kind', message = 'wrong'}", LS_INTERNAL, "wrong");
    gives("local ok, e = pcall(invoke, 'bad', 1) "
          "return {ok, e.kind, e.status, e.message, tostring(e), e.other == nil}",
          "1",
          "[false, \"upstream_error\", 502, \"as the script says\", \"as the script says\", true]");
    gives("local ok, e = pcall(invoke, 'nobody', 1) return invoke('abc', 1)", "1", "\"abc\"");
    play("invoke('asks', 1)", false, "1", false);
    assert_int_equal(stand.out.kind, OUTCOME_INTERRUPT);
    assert_json(stand.out.value, "\"who?\"");
    tear_down();
}

static void test_generators(void **state)
{
    (void)state;
    set_up();
    struct runnable *tree = lua("for w in input:gmatch('%a') do emit(w) end emit(nil)", true);
    json_auto_t *input = json_of("\"a b\"");
    stand_open(&stand, tree, true);
    (void)stand_push(&stand, input);
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    assert_story(&stand, "+\"a\" +\"b\" +null");
    runnable_rele(tree);
    play("for c in stream('abc', 1) do emit(c .. c) end return 'ignored'", true, "1", true);
    assert_json(stand.out.value, "\"aabbcc\"");
    play("emit(1) error('no')", true, "1", true);
    assert_int_equal(stand.out.kind, OUTCOME_ERROR);
    assert_int_equal(stand.out.count, 1);
    tear_down();
}

static void push_letter(const char *letter)
{
    json_auto_t *value = json_string(letter);
    assert_int_equal(stand_push(&stand, value), FLOW_ON);
    stand_drive(&stand);
}

/* Each chunk comes out before the next one goes in. */
static void test_chunks_stream(void **state)
{
    (void)state;
    set_up();
    struct runnable *tree =
        transformer("emit('<') for c in chunks() do emit(c .. c) end emit('>')");
    stand_open(&stand, tree, true);
    push_letter("a");
    assert_story(&stand, "+\"<\" +\"aa\"");
    push_letter("b");
    assert_story(&stand, "+\"<\" +\"aa\" +\"bb\"");
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    assert_story(&stand, "+\"<\" +\"aa\" +\"bb\" +\">\"");
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    runnable_rele(tree);
    tear_down();
}

/* What is not streamed, or asked for as a whole, comes as one chunk. */
static void test_chunks_of_a_whole(void **state)
{
    (void)state;
    static const char counts[] = "local n = 0 for c in chunks() do n = n + 1 end emit({n = n})";
    set_up();
    struct runnable *trees[] = {transformer(counts), lua(counts, true)};
    json_auto_t *inputs = json_of("[\"a\", \"b\"]");
    for (size_t i = 0; i < 4; i++) {
        stand_play(&stand,
                   &(struct play){.tree = trees[i / 2], .inputs = inputs, .streaming = i % 2});
        assert_json(stand.out.value, i == 1 ? "{\"n\": 2}" : "{\"n\": 1}");
    }
    runnable_rele(trees[0]);
    runnable_rele(trees[1]);
    fails("chunks()", LS_INTERNAL, "only a generator takes chunks");
    tear_down();
}

/* One that ends early wants no more; one whose input fails gives what it can until there. */
static void test_chunks_end(void **state)
{
    (void)state;
    const struct outcome failure = outcome_error(LS_CONTEXT_LENGTH, "the input is wrong");
    set_up();
    json_auto_t *value = json_string("x");
    struct runnable *early = transformer("emit((chunks()()))");
    stand_open(&stand, early, true);
    push_letter("a");
    assert_int_equal(stand_push(&stand, value), FLOW_STOP);
    assert_false(stand.out.ended);
    stand_end(&stand, &outcome_well);
    stand_drive(&stand);
    assert_story(&stand, "+\"a\"");
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    struct runnable *all = transformer("pcall(function() for c in chunks() do emit(c) end end) "
                                       "emit('never')");
    stand_open(&stand, all, true);
    (void)stand_push(&stand, value);
    (void)stand_push(&stand, value);
    stand_end(&stand, &failure);
    stand_drive(&stand);
    assert_story(&stand, "+\"x\" +\"x\"");
    assert_int_equal(stand.out.err, LS_CONTEXT_LENGTH);
    runnable_rele(early);
    runnable_rele(all);
    tear_down();
}

/* The source of the input waits while the generator does, whatever the reader says. */
static void test_chunks_are_paced(void **state)
{
    (void)state;
    static char long_text[2001];
    set_up();
    memset(long_text, 'x', 2000);
    struct runnable *before = SCRIPT(long_text);
    struct runnable *tree =
        transformer("local n = 0 for c in chunks() do n = n + 1 "
                    "if n % 500 == 1 then invoke('slow', 1) end end emit({n = n})");
    json_auto_t *input = json_of("\"go\"");
    struct call call = {.streaming = true};
    struct scope *scope;
    stand_open(&stand, tree, true);
    stand.in_ended = true; /* by the scope of `before` */
    struct sink *in = scope_open(&stand.run->root, before, &call, stand.in, &scope);
    (void)sink_push_value(in, input);
    sink_done(in, &outcome_well);
    while (list_is_empty(&stand.run->paused))
        assert_true(loop_turn(stand.loop));
    run_resume(stand.run);
    assert_true(loop_turn(stand.loop));
    assert_false(list_is_empty(&stand.run->paused));
    stand_drive(&stand);
    assert_json(stand.out.value, "{\"n\": 2000}");
    runnable_rele(before);
    runnable_rele(tree);
    tear_down();
}

/* A generator without end, whose reader pauses at each chunk, and goes. */
static void test_generator_is_paced(void **state)
{
    (void)state;
    set_up();
    struct runnable *tree = lua("local n = 0 while true do n = n + 1 emit({n}) end", true);
    json_auto_t *inputs = json_of("[1]");
    struct play whole = {.tree = tree, .inputs = inputs, .streaming = true};
    whole.cut = (struct cut){CUT_STOP, AT_CHUNK, 1000};
    stand_play(&stand, &whole);
    assert_int_equal(stand.out.count, 1000);
    whole.cut = (struct cut){CUT_CANCEL, AT_TURN, 20};
    stand_play(&stand, &whole);
    assert_int_equal(stand.out.err, LS_CANCELLED);
    runnable_rele(tree);
    tear_down();
}

/* The source of a stream is told when the lambda does not keep up. */
static void test_stream_is_paced(void **state)
{
    (void)state;
    static char long_text[2001];
    set_up();
    memset(long_text, 'x', 2000);
    add_name("long", SCRIPT(long_text));
    gives("local s = stream('long', 1) s() invoke('slow', 1) local n = 1 "
          "for c in s do n = n + 1 end return n",
          "1", "2000");
    gives("local s = stream('long', 1) s() return 'left early'", "1", "\"left early\"");
    tear_down();
}

/* Chains of lambdas that call each other do not grow the stack. */
static void test_depth(void **state)
{
    (void)state;
    set_up();
    add_name("down", lua("return input > 0 and invoke('down', input - 1) or 'bottom'", false));
    gives("invoke('down', 900)", "1", "\"bottom\"");
    fails("invoke('down', 5000)", LS_INTERNAL, "nested too deeply");
    gives("local n = 0 for i = 1, 3000 do n = n + #invoke('abc', i) end return n", "1", "9000");
    tear_down();
}

/* A lambda that runs long lets the loop turn, and can be cancelled at each turn. */
static void test_slices(void **state)
{
    (void)state;
    set_up();
    struct runnable *tree = lua("local n = 0 for i = 1, 3e6 do n = n + i % 3 end return n", false);
    json_auto_t *inputs = json_of("[1]");
    struct play whole = {.tree = tree, .inputs = inputs};
    stand_play(&stand, &whole);
    assert_int_equal(stand.out.kind, OUTCOME_WELL);
    assert_true(stand.turns > 3);
    for (size_t at = 0; at < 3; at++) {
        whole.cut = (struct cut){CUT_CANCEL, AT_TURN, at};
        stand_play(&stand, &whole);
        assert_int_equal(stand.out.err, LS_CANCELLED);
    }
    runnable_rele(tree);
    /* also one that was woken within its turn, by what ended at once */
    gives("for i = 1, 20 do invoke('pipe', i) for j = 1, 3e5 do local n = j % 3 end end return 1",
          "1", "1");
    tear_down();
}

static enum flow take_any(struct sink *sink, const struct chunk *chunk)
{
    (void)sink, (void)chunk;
    return FLOW_ON;
}

static void end_well(struct sink *sink, const struct outcome *outcome)
{
    (void)sink;
    assert_int_equal(outcome->kind, OUTCOME_WELL);
}

/* Between two slices a real loop looks outside, and not only at its queue. */
static void test_loop_turns_between_slices(void **state)
{
    (void)state;
    static const struct sink_ops ops = {take_any, end_well};
    struct loop *loop = loop_new();
    struct runnable *tree = lua("local n = 0 for i = 1, 3e6 do n = n + i % 3 end return n", false);
    struct run *run = run_new(loop, NULL);
    struct sink *out = arena_alloc(run_arena(run), sizeof *out);
    json_auto_t *input = json_integer(1);
    bool dropped = false;
    size_t turns = 0;
    run->on_dropped = mark_dropped;
    run->dropped_owner = &dropped;
    sink_init(out, &ops, &run->root);
    run_start(run, tree, &(struct call){0}, input, out);
    for (; !dropped && turns < MOST_TURNS; turns++)
        (void)loop_turn(loop);
    assert_true(turns > 3);
    runnable_rele(tree);
    loop_free(&loop);
}

/* Many at once: those of a batch overlap, as many as the config allows. */
static void test_batch_overlaps(void **state)
{
    (void)state;
    set_up();
    struct runnable *tree = lua("#batch('slow', {1, 2, 3, 4})", false);
    json_auto_t *inputs = json_of("[1]");
    struct play whole = {.tree = tree, .inputs = inputs};
    int64_t began = loop_now(stand.loop);
    stand_play(&stand, &whole);
    int64_t together = loop_now(stand.loop) - began;
    stand.config = json_of("{\"max_concurrency\": 1}");
    began = loop_now(stand.loop);
    stand_play(&stand, &whole);
    assert_int_equal(loop_now(stand.loop) - began, 4 * together);
    json_decref(stand.config);
    stand.config = NULL;
    runnable_rele(tree);
    tear_down();
}

static void test_config(void **state)
{
    (void)state;
    set_up();
    gives("config", "1",
          "{\"tags\": [], \"metadata\": {}, \"recursion_limit\": 25, \"configurable\": {}}");
    stand.config = json_of("{\"configurable\": {\"a\": 1}, \"max_concurrency\": 3}");
    gives("{config.configurable.a, config.max_concurrency}", "1", "[1, 3]");
    json_decref(stand.config);
    stand.config = NULL;
    tear_down();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others),          cmocka_unit_test(test_failures),
        cmocka_unit_test(test_generators),      cmocka_unit_test(test_generator_is_paced),
        cmocka_unit_test(test_stream_is_paced), cmocka_unit_test(test_depth),
        cmocka_unit_test(test_chunks_stream),   cmocka_unit_test(test_chunks_of_a_whole),
        cmocka_unit_test(test_chunks_end),      cmocka_unit_test(test_chunks_are_paced),
        cmocka_unit_test(test_slices),          cmocka_unit_test(test_loop_turns_between_slices),
        cmocka_unit_test(test_batch_overlaps),  cmocka_unit_test(test_config),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

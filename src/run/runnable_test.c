#include "run/run_kinds.h"

static int finished;

static void count_fini(struct runnable *runnable)
{
    (void)runnable;
    finished++;
}

static const struct runnable_ops plain_ops = {.type = "Plain",
                                              .open = pipe_open,
                                              .fini = count_fini};

static struct runnable *plain(const char *name)
{
    struct runnable *made = mem_alloc(sizeof *made);
    runnable_init(made, &plain_ops, name);
    finished = 0;
    return made;
}

static void test_the_last_reference_frees(void **state)
{
    (void)state;
    struct runnable *made = plain(NULL);
    assert_ptr_equal(runnable_hold(made), made);
    runnable_rele(made);
    assert_int_equal(finished, 0);
    runnable_rele(made);
    assert_int_equal(finished, 1);
    runnable_rele(NULL);
}

static void test_names(void **state)
{
    (void)state;
    struct runnable *bare = plain(NULL), *given = plain("Plain<a>");
    assert_string_equal(bare->name, "Plain");
    assert_string_equal(given->name, "Plain<a>");
    assert_false(given->named);
    runnable_set_name(given, "mine");
    assert_string_equal(given->name, "mine");
    assert_true(given->named);
    runnable_rele(bare);
    runnable_rele(given);
}

static void test_schemas(void **state)
{
    (void)state;
    struct runnable *made = plain("N");
    json_auto_t *any_in = runnable_input_schema(made), *any_out = runnable_output_schema(made);
    assert_json(any_in, "{\"title\": \"NInput\"}");
    assert_json(any_out, "{\"title\": \"NOutput\"}");
    made->input = json_of("{\"type\": \"string\"}");
    json_auto_t *declared = runnable_input_schema(made);
    assert_json(declared, "{\"type\": \"string\"}");
    runnable_rele(made);
}

static void test_call_for_part_inherits(void **state)
{
    (void)state;
    struct step parent = {.name = "p"};
    struct uuid id = uuid_new();
    json_auto_t *list = json_array(), *object = json_object();
    struct call call = {.name = "n",
                        .tag = "old",
                        .tags = list,
                        .metadata = object,
                        .config = object,
                        .kwargs = object,
                        .parent = &parent,
                        .run_id = &id,
                        .streaming = true};
    struct call part = call_for_part(&call, "seq:step:1");
    assert_null(part.name);
    assert_null(part.kwargs);
    assert_null(part.run_id);
    assert_string_equal(part.tag, "seq:step:1");
    assert_ptr_equal(part.tags, list);
    assert_ptr_equal(part.metadata, object);
    assert_ptr_equal(part.config, object);
    assert_ptr_equal(part.parent, &parent);
    assert_true(part.streaming);
    struct uuid given = call_run_id(&call), fresh = call_run_id(&part);
    assert_memory_equal(&given, &id, sizeof id);
    assert_memory_not_equal(&fresh, &id, sizeof id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_reference_frees),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_schemas),
        cmocka_unit_test(test_call_for_part_inherits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

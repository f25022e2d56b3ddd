#include "stages/retriever.h"

#include "stages/probe.h"

/* What a retriever gives whose body finds `found`; NULL: it is refused. */
static const struct {
    const char *found, *documents;
} rows[] = {
    {"[]", "[]"},
    {"[\"a\"]", "[{\"id\": null, \"metadata\": {}, \"page_content\": \"a\", \"type\": "
                "\"Document\"}]"},
    {"[{\"page_content\": \"a\", \"metadata\": {\"n\": 1}, \"id\": \"d\", \"other\": 2}]",
     "[{\"id\": \"d\", \"metadata\": {\"n\": 1}, \"page_content\": \"a\", \"type\": "
     "\"Document\"}]"},
    {"[{\"type\": \"Document\", \"page_content\": \"\", \"metadata\": null, \"id\": null}]",
     "[{\"id\": null, \"metadata\": {}, \"page_content\": \"\", \"type\": \"Document\"}]"},
    {"[\"a\", {\"page_content\": 1}]", NULL},
    {"[{\"page_content\": \"a\", \"metadata\": []}]", NULL},
    {"[{\"page_content\": \"a\", \"id\": 5}]", NULL},
    {"{\"page_content\": \"a\"}", NULL},
    {"\"a\"", NULL},
    {"null", NULL},
};

static void test_documents_in_the_wires_form(void **state)
{
    static struct stand stand;
    (void)state;
    stand_init(&stand);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct runnable *retriever = tree_from("{\"retriever\": \"pass\"}");
        for (int streaming = 0; streaming < 2; streaming++) {
            play_on(&stand, retriever, rows[i].found, streaming);
            if (rows[i].documents)
                assert_gave(&stand, rows[i].documents);
            else
                assert_failed(&stand, LS_BAD_VALUE);
        }
        runnable_rele(retriever);
    }
    stand_fini(&stand);
}

static void test_schemas_and_metadata_know_its_name(void **state)
{
    (void)state;
    struct runnable *retriever = tree_from("{\"retriever\": \"pass\"}");
    runnable_set_name(retriever, "FixedRetriever");
    json_auto_t *input = runnable_input_schema(retriever);
    json_auto_t *output = runnable_output_schema(retriever);
    json_auto_t *metadata = retriever->ops->trace_metadata(retriever, "named", NULL);
    assert_json(input, "{\"title\": \"FixedRetrieverInput\", \"type\": \"string\"}");
    assert_json(json_object_get(output, "items"), "{\"$ref\": \"#/$defs/Document\"}");
    assert_json(json_object_get(output, "title"), "\"FixedRetrieverOutput\"");
    assert_json(metadata, "{\"ls_retriever_name\": \"fixed\"}");
    runnable_rele(retriever);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents_in_the_wires_form),
        cmocka_unit_test(test_schemas_and_metadata_know_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

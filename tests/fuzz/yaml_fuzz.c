/* Any bytes as a YAML file: a tree within its limits, or problems; never a crash. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "yaml/yaml_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct problems problems;
    problems_init(&problems);
    struct node *root = yaml_read(arena, "fuzz.yaml", (const char *)data, size, &problems);
    assert(root || problems.errors > 0);
    if (root)
        json_decref(node_to_json(root));
    problems_sort(&problems);
    struct buf printed;
    buf_init(&printed, 1 << 20);
    problems_print(&problems, &printed);
    buf_fini(&printed);
    problems_fini(&problems);
    arena_free(&arena);
    return 0;
}

/* Any bytes as a mustache template, printed with values of all types under the names it asks for;
 * its schema too. */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "stages/mustache.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char values[] =
    "[\"<\\u00e9&>\", 0, 1, 2.5, true, false, null, \"\", [], {}, [1, [2, 0], {\"a\": [true]}],"
    " {\"a\": {\"b\": [{}, {\"b\": 1}]}, \"b\": 0}]";

static void check_sentence(const char *why, bool is_text)
{
    assert(*why && strlen(why) < TEMPLATE_WHY_SIZE);
    assert(!is_text || text_is_utf8(why, strlen(why)));
}

/* Prints with a value under each name, the first of them the `first`. */
static void print(const struct mustache *mustache, json_t *names, json_t *list, size_t first,
                  bool is_text)
{
    char why[TEMPLATE_WHY_SIZE];
    const char *name;
    json_t *ignored;
    json_auto_t *variables = json_object();
    json_object_foreach(names, name, ignored)
        json_object_set_nocheck(variables, name,
                                json_array_get(list, first++ % json_array_size(list)));
    struct buf out;
    buf_init(&out, 1 << 16);
    enum ls_err err = mustache_print(mustache, variables, &out, why);
    assert(err == LS_OK || err == LS_BAD_VALUE || err == LS_TOO_BIG);
    if (err == LS_BAD_VALUE)
        check_sentence(why, is_text);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mustache *mustache = NULL;
    char why[TEMPLATE_WHY_SIZE];
    bool is_text = text_is_utf8((const char *)data, size);
    if (mustache_compile(&mustache, (const char *)data, size, why)) {
        check_sentence(why, is_text);
        return 0;
    }
    json_auto_t *list = json_loads(values, 0, NULL);
    json_auto_t *names = json_object();
    mustache_names(mustache, names);
    for (size_t first = 0; first < json_array_size(list); first++)
        print(mustache, names, list, first, is_text);
    json_decref(mustache_schema(mustache));
    mustache_free(&mustache);
    return 0;
}

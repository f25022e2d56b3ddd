/* Any bytes as a comma-separated list: the same items however it is cut, and those of the whole
 * text where it is CSV. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "cuts.h"
#include "stages/list_parser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *read_cut(struct cuts cuts)
{
    struct list_parser *parser = list_parser_new(cuts.left);
    json_t *items = json_array();
    enum ls_err err = LS_OK;
    for (size_t len; (len = cuts_next(&cuts)) > 0; cuts_skip(&cuts, len))
        err = err ? err : list_parser_feed(parser, cuts.at, len, items);
    err = err ? err : list_parser_finish(parser, items);
    assert(!err);
    list_parser_free(&parser);
    return items;
}

/* A stream leaves the last item out when it is empty and not the only one. */
static void drop_empty_end(json_t *items)
{
    size_t count = json_array_size(items);
    if (count > 1 && json_string_length(json_array_get(items, count - 1)) == 0)
        json_array_remove(items, count - 1);
}

static void try_limit(struct cuts cuts, size_t limit)
{
    struct list_parser *parser = list_parser_new(limit);
    json_t *items = json_array(), *item;
    size_t i;
    enum ls_err err = list_parser_feed(parser, cuts.at, cuts.left, items);
    assert(err == LS_OK || err == LS_TOO_BIG);
    if (!err)
        (void)!list_parser_finish(parser, items);
    json_array_foreach(items, i, item)
        assert(json_string_length(item) <= limit);
    json_decref(items);
    list_parser_free(&parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cuts cut = cuts_of(data, size), whole = cut;
    whole.seed = 0;
    json_t *items_of_cut = read_cut(cut), *items = read_cut(whole), *parsed = NULL;
    assert(json_equal(items_of_cut, items));
    enum ls_err err = list_parser_parse(&parsed, whole.at, whole.left);
    assert(!err);
    drop_empty_end(parsed);
    if (text_is_utf8(whole.at, whole.left) && !memchr(whole.at, '\r', whole.left))
        assert(json_equal(parsed, items));
    try_limit(whole, 3);
    json_decref(items_of_cut);
    json_decref(items);
    json_decref(parsed);
    return 0;
}

/* Any bytes as XML: the same elements however a stream of it is cut, and no tree that is deeper
 * than what others can take. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "cuts.h"
#include "run/gather.h"
#include "stages/xml_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All that a stream gives (new reference, NULL: nothing), and whether it was well. */
static json_t *read_stream(struct cuts cuts, bool *well)
{
    struct xml_reader *reader = xml_reader_new(true);
    struct gather all;
    enum ls_err err = LS_OK;
    gather_init(&all);
    for (size_t len; (len = cuts_next(&cuts)) > 0 && !err; cuts_skip(&cuts, len)) {
        err = xml_reader_feed(reader, cuts.at, len);
        json_auto_t *piece = err ? NULL : xml_reader_take(reader);
        const struct chunk chunk = chunk_adds(piece);
        if (piece)
            gather_add(&all, &chunk);
    }
    json_auto_t *last = NULL;
    *well = !err && xml_reader_finish(reader, &last) == LS_OK;
    const struct chunk chunk = chunk_adds(last);
    if (last)
        gather_add(&all, &chunk);
    xml_reader_free(&reader);
    json_t *given = gather_take(&all);
    gather_fini(&all);
    return given;
}

static void read_whole(struct cuts whole)
{
    struct buf why;
    json_auto_t *root = NULL;
    struct xml_reader *reader = xml_reader_new(false);
    enum ls_err err = xml_reader_feed(reader, whole.at, whole.left);
    if (!err)
        err = xml_reader_finish(reader, &root);
    buf_init(&why, 4096);
    xml_reader_why(reader, &why);
    assert(err ? !root && why.len > 0 : json_object_size(root) == 1);
    buf_fini(&why);
    xml_reader_free(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cuts cut = cuts_of(data, size), whole = cut;
    bool well_cut, well_whole;
    whole.seed = 0;
    json_auto_t *of_cut = read_stream(cut, &well_cut);
    json_auto_t *of_whole = read_stream(whole, &well_whole);
    if (text_is_utf8(whole.at, whole.left)) {
        assert(well_cut == well_whole);
        assert(well_cut ? of_cut == of_whole || json_equal(of_cut, of_whole) : true);
    }
    read_whole(whole);
    return 0;
}

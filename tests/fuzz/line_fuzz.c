/* Any bytes as a stream of lines: the same lines and the same end however it is cut, and with a
 * pause behind every line. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "ears.h"
#include "http/line_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 64 };

static bool on_line(void *owner, const struct sse_event *line)
{
    struct ear *ear = owner;
    assert(line->data[line->len] == '\0' && line->len > 0 && line->len <= LIMIT);
    assert(!memchr(line->data, '\n', line->len));
    buf_printf(&ear->heard, "%zu ", line->len);
    buf_add(&ear->heard, line->data, line->len);
    return !ear->pauses;
}

static enum ls_err listen(struct cuts cuts, struct ear *ear)
{
    struct line_reader reader;
    enum ls_err err = LS_OK;
    line_reader_init(&reader, LIMIT, on_line, ear);
    buf_init(&ear->heard, 1 << 24);
    for (size_t len, used; !err && (len = cuts_next(&cuts)) > 0; cuts_skip(&cuts, used)) {
        err = line_reader_feed(&reader, cuts.at, len, &used);
        assert(err || (used > 0 && used <= len && (ear->pauses || used == len)));
    }
    if (!err)
        line_reader_end(&reader);
    line_reader_fini(&reader);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ears_listen(listen, false, data, size);
    return 0;
}

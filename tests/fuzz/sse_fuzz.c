/* Any bytes as a stream of events: the same events and the same end however it is cut, and with a
 * pause behind every event. */
#include <assert.h>
#include <stdint.h>

#include "ears.h"
#include "http/sse_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 64 };

static bool on_event(void *owner, const struct sse_event *event)
{
    struct ear *ear = owner;
    assert(event->data[event->len] == '\0' && event->len <= LIMIT);
    buf_printf(&ear->heard, "%s %zu ", event->type, event->len);
    buf_add(&ear->heard, event->data, event->len);
    return !ear->pauses;
}

static enum ls_err listen(struct cuts cuts, struct ear *ear)
{
    struct sse_reader reader;
    enum ls_err err = LS_OK;
    sse_reader_init(&reader, LIMIT, on_event, ear);
    buf_init(&ear->heard, 1 << 24);
    for (size_t len, used; !err && (len = cuts_next(&cuts)) > 0; cuts_skip(&cuts, used)) {
        err = sse_reader_feed(&reader, cuts.at, len, &used);
        assert(err || (used > 0 && used <= len && (ear->pauses || used == len)));
    }
    sse_reader_fini(&reader);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ears_listen(listen, true, data, size);
    return 0;
}

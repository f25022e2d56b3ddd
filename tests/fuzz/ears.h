/* For targets that read streams in pieces: the same is heard and the same is the end however the
 * stream is cut, and with a pause behind each thing that is heard. */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "cuts.h"

struct ear {
    struct buf heard; /* begun by who listens */
    bool pauses;
};

typedef enum ls_err listen_fn(struct cuts cuts, struct ear *ear);

/* What was heard before a failure is compared too, unless it may depend on the cuts. */
static inline void ears_compare(listen_fn *listen, bool failures, struct cuts one,
                                struct cuts other, bool other_pauses)
{
    struct ear a = {.pauses = false}, b = {.pauses = other_pauses};
    enum ls_err err = listen(one, &a), same = listen(other, &b);
    assert(err == same);
    if (!err || failures) {
        assert(a.heard.len == b.heard.len);
        assert(memcmp(buf_str(&a.heard), buf_str(&b.heard), a.heard.len) == 0);
    }
    buf_fini(&a.heard);
    buf_fini(&b.heard);
}

static inline void ears_listen(listen_fn *listen, bool failures, const uint8_t *data, size_t size)
{
    struct cuts cut = cuts_of(data, size), whole = cut;
    whole.seed = 0;
    ears_compare(listen, failures, whole, cut, false);
    ears_compare(listen, failures, whole, whole, true);
    ears_compare(listen, failures, whole, cut, true);
}

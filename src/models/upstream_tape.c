#include "models/upstream_tape.h"

#include "run/run.h"

enum { MAX_SHOWN = 500 }; /* bytes of a request's body that messages show */

/* How many bytes of a text in UTF-8 are shown: no code point is cut. */
static size_t shown_len(const char *text, size_t len)
{
    size_t shown = len < MAX_SHOWN ? len : MAX_SHOWN;
    while (shown > 0 && shown < len && ((unsigned char)text[shown] & 0xC0) == 0x80)
        shown--;
    return shown;
}

static const char *missing(const struct upstream *upstream)
{
    const struct upstream_request *asked = &upstream->request;
    size_t shown = shown_len(asked->body, asked->body_len);
    return arena_printf(upstream->scope->arena, "%s holds no answer to POST %s %.*s%s",
                        tape_path(asked->tape.tape), asked->path, (int)shown, asked->body,
                        shown < asked->body_len ? "…" : "");
}

struct fetch *upstream_transfer(struct upstream *upstream, struct fetch_request *request,
                                const struct fetch_events *events, const char **why)
{
    const struct tape_use *use = &upstream->request.tape;
    const struct take_request take = {use->tape, upstream->request.path, upstream->request.secret};
    if (use->tape && !tape_plays(use->tape))
        return take_start(&upstream->take, &take, upstream->scope, request, events, upstream);
    if (use->tape) {
        request->known = tape_next(use->tape, take.path, request->body, request->body_len);
        request->known_timed = use->timed;
        if (!request->known) {
            *why = missing(upstream);
            return NULL;
        }
    }
    return fetch_start(upstream->scope->run->services->pool, request, events, upstream);
}

bool upstream_at_once(const struct upstream *upstream)
{
    const struct tape_use *use = &upstream->request.tape;
    return tape_plays(use->tape) && !use->timed;
}

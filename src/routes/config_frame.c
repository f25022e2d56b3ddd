#include "routes/config_frame.h"

#include <string.h>

#include "base/json.h"
#include "base/lz_string.h"
#include "base/url.h"
#include "routes/hashed.h"
#include "routes/modify.h"
#include "routes/reply.h"

enum {
    MAX_CONFIG = 1 << 16, /* characters that a hash may unpack to */
    MAX_NAMED = 16,       /* ids in the header, of at most */
    MAX_ID = 64,          /* characters each, */
    MAX_HEADER = 512,     /* and so many together */
};

static bool refuse(const struct config_frame *frame, int status, const char *sentence)
{
    reply_sentence(frame->exchange, frame->route->errors, LS_BAD_INPUT, status, sentence);
    return false;
}

/* Remembers the ids of `configurable` that the chain does not have. */
static void note_ignored(struct config_frame *frame, json_t *given)
{
    json_t *value;
    const char *id;
    json_object_foreach(json_object_get(given, "configurable"), id, value) {
        if (config_reads(frame->route, id) || json_object_size(frame->ignored) > MAX_NAMED)
            continue;
        if (!frame->ignored)
            frame->ignored = arena_give_json(http_arena(frame->exchange), json_object());
        json_object_set(frame->ignored, id, json_true());
    }
}

/* Decodes a config that a client gave.  False: answered. */
static bool decode(struct config_frame *frame, json_t *given, json_t **decoded)
{
    json_t *errors = NULL;
    note_ignored(frame, given);
    if (config_decode(frame->route->config, given, http_arena(frame->exchange), decoded, &errors) !=
        LS_OK) {
        reply_invalid(frame->exchange, frame->route->errors, errors);
        return false;
    }
    if (!config_denies(frame->route, given))
        return true;
    return refuse(frame, 422,
                  "The config field `configurable` has been disallowed by the server. This can "
                  "be modified server side by adding `configurable` to the list of `config_keys` "
                  "argument in `add_routes`");
}

/* The object that a hash stands for (new reference), or NULL. */
static json_t *unpack(const char *hash, size_t len)
{
    struct buf text;
    json_t *object = NULL;
    buf_init(&text, MAX_CONFIG * 3);
    if (lz_string_unpack(&text, hash, len, MAX_CONFIG) == LS_OK &&
        json_read(&object, buf_str(&text), text.len, NULL) == LS_OK && !json_is_object(object)) {
        json_decref(object);
        object = NULL;
    }
    buf_fini(&text);
    return object;
}

bool config_frame_begin(struct config_frame *frame, const struct route *route,
                        struct http_exchange *exchange)
{
    *frame = (struct config_frame){.route = route, .exchange = exchange};
    size_t len;
    const char *hash = config_hash_of(route, http_request(exchange), &len);
    if (!hash)
        return true;
    json_t *given = unpack(hash, len);
    if (!given)
        return refuse(frame, 400, "Invalid config hash");
    return decode(frame, arena_give_json(http_arena(exchange), given), &frame->hashed);
}

/* The body's config over the hash's.  LangServe's clients always say how deep a run may recurse,
 * so their default counts as not said there. */
static json_t *over_hash(struct config_frame *frame, json_t *given)
{
    enum { DEFAULT_RECURSION_LIMIT = 25 };
    struct arena *arena = http_arena(frame->exchange);
    if (!frame->hashed || !given)
        return config_merge(frame->hashed, given, arena);
    json_t *said = arena_give_json(arena, json_copy(given));
    json_t *limit = json_object_get(said, "recursion_limit");
    if (limit && json_integer_value(limit) == DEFAULT_RECURSION_LIMIT)
        json_object_del(said, "recursion_limit");
    return config_merge(frame->hashed, said, arena);
}

bool config_frame_run(struct config_frame *frame, json_t *given, struct run_config *config)
{
    json_t *decoded = NULL;
    if (given && !decode(frame, given, &decoded))
        return false;
    decoded = over_hash(frame, decoded);
    if (!config_modify(frame->route, frame->exchange, &decoded))
        return false;
    *config = config_for_run(decoded, http_arena(frame->exchange));
    return true;
}

/* An id as a header can hold it: anything but letters, digits and .-_ is percent-encoded. */
static void add_id(struct buf *header, const char *id)
{
    buf_add_str(header, header->len > 0 ? ", configurable." : "configurable.");
    url_add_encoded(header, id, MAX_ID, "._-");
}

void config_frame_end(struct config_frame *frame)
{
    struct buf header;
    const char *id;
    json_t *value;
    size_t named = 0;
    if (!frame->ignored)
        return;
    buf_init(&header, MAX_HEADER);
    json_object_foreach(frame->ignored, id, value) {
        size_t before = header.len;
        if (named++ < MAX_NAMED)
            add_id(&header, id);
        if (named > MAX_NAMED || header.full) {
            header.len = before;
            break;
        }
    }
    (void)http_add_header(frame->exchange, "x-langserved-ignored-config",
                          arena_strndup(http_arena(frame->exchange), buf_str(&header), header.len));
    buf_fini(&header);
}

/* A key is the space and then each field's id and value, every part with its length before it: no
 * value can pass for the end of another. */
#include "stages/history_session.h"

#include <string.h>

#include "base/buf.h"
#include "base/list.h"

static void add_part(struct buf *key, const char *text, size_t len)
{
    buf_printf(key, "%zu:", len);
    buf_add(key, text, len);
}

static const json_t *value_of(const json_t *config, const char *id)
{
    const json_t *value = json_object_get(json_object_get(config, "configurable"), id);
    return json_string_length(value) > 0 ? value : NULL;
}

static void add_name(struct buf *list, const char *id)
{
    buf_printf(list, "%s'%s'", list->len > 0 ? ", " : "", id);
}

/* Says which fields are missing, and which are expected. */
static const char *missing(const struct history_options *options, const json_t *config,
                           struct arena *arena)
{
    struct buf without, all;
    buf_init(&without, STORE_MAX_KEY);
    buf_init(&all, STORE_MAX_KEY);
    for (size_t i = 0; i < options->field_count; i++) {
        add_name(&all, options->fields[i].id);
        if (!value_of(config, options->fields[i].id))
            add_name(&without, options->fields[i].id);
    }
    const char *why = arena_printf(arena,
                                   "Missing keys [%s] in config['configurable']: the expected keys "
                                   "are [%s], each a text that is not empty",
                                   buf_str(&without), buf_str(&all));
    buf_fini(&without);
    buf_fini(&all);
    return why;
}

enum ls_err history_session_key(const struct history_options *options, const json_t *config,
                                struct arena *arena, struct store_text *key, const char **why)
{
    struct buf made;
    buf_init(&made, STORE_MAX_KEY);
    buf_add_str(&made, "history:");
    add_part(&made, options->space, strlen(options->space));
    *why = NULL;
    for (size_t i = 0; i < options->field_count && !*why; i++) {
        const char *id = options->fields[i].id;
        const json_t *value = value_of(config, id);
        add_part(&made, id, strlen(id));
        if (value)
            add_part(&made, json_string_value(value), json_string_length(value));
        else
            *why = missing(options, config, arena);
    }
    if (!*why && made.full)
        *why = "The session's keys in config['configurable'] are too long";
    *key = (struct store_text){arena_strndup(arena, buf_str(&made), made.len), made.len};
    buf_fini(&made);
    return *why ? LS_BAD_INPUT : LS_OK;
}

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "models/openai_wire.h"

enum { MAX_TEXT = 2000 };

static enum ls_err kind_of(int status, const char *code, const char *message)
{
    if ((code && strcmp(code, "context_length_exceeded") == 0) ||
        (message && strstr(message, "maximum context length")))
        return LS_CONTEXT_LENGTH;
    if (code && strcmp(code, "rate_limit_exceeded") == 0)
        return LS_UPSTREAM_RATE_LIMIT;
    switch (status) {
    case 401:
    case 403: return LS_UPSTREAM_AUTH;
    case 408:
    case 504: return LS_UPSTREAM_TIMEOUT;
    case 429: return LS_UPSTREAM_RATE_LIMIT;
    default: return status >= 400 && status < 500 ? LS_UPSTREAM_REFUSED : LS_UPSTREAM;
    }
}

/* Blots out the key where a provider repeats it. */
static void hide(char *text, const char *key)
{
    if (!key || !*key)
        return;
    for (char *at = text; (at = strstr(at, key)); at += strlen(key))
        memset(at, '*', strlen(key));
}

/* Only after hide(): what is cut off must not leave a part of the key. */
static void shorten(char *text)
{
    if (strlen(text) <= MAX_TEXT)
        return;
    size_t len = MAX_TEXT;
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80) /* within a character */
        len--;
    text[len] = '\0';
}

struct outcome openai_failure(struct arena *arena, int status, const json_t *body, const char *key)
{
    const json_t *error = json_object_get(body, "error");
    const char *code = json_get_string(error, "code");
    const char *message =
        json_is_string(error) ? json_string_value(error) : json_get_string(error, "message");
    if (!code)
        code = json_get_string(error, "type");
    char *text = arena_printf(arena, "the provider answered %d%s%s%s%s", status, code ? " " : "",
                              code ? code : "", message ? ": " : "", message ? message : "");
    hide(text, key);
    shorten(text);
    return outcome_error(kind_of(status, code, message), text);
}

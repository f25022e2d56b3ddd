#include "models/provider_error.h"

#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

enum { MAX_TEXT = 2000 };

/* Kinds of errors that are told by a code (OpenAI), a type (Anthropic) or a status (Gemini), also
 * within a stream. */
static const struct {
    const char *code;
    enum ls_err err;
} codes[] = {
    {"context_length_exceeded", LS_CONTEXT_LENGTH}, {"rate_limit_exceeded", LS_UPSTREAM_RATE_LIMIT},
    {"rate_limit_error", LS_UPSTREAM_RATE_LIMIT},   {"authentication_error", LS_UPSTREAM_AUTH},
    {"permission_error", LS_UPSTREAM_AUTH},         {"timeout_error", LS_UPSTREAM_TIMEOUT},
    {"RESOURCE_EXHAUSTED", LS_UPSTREAM_RATE_LIMIT}, {"UNAUTHENTICATED", LS_UPSTREAM_AUTH},
    {"PERMISSION_DENIED", LS_UPSTREAM_AUTH},
};

/* How providers say, in the message alone, that there is more input than the model can take. */
static const char *const too_long[] = {
    "maximum context length",
    "prompt is too long",
    "exceed context limit",
    "exceeds the available context size",
    "input length exceeds the context length",
};

static bool is_too_long(const char *message)
{
    for (size_t i = 0; message && i < sizeof too_long / sizeof too_long[0]; i++)
        if (strstr(message, too_long[i]))
            return true;
    return false;
}

static enum ls_err kind_of(int status, const char *code, const char *message)
{
    if (is_too_long(message))
        return LS_CONTEXT_LENGTH;
    for (size_t i = 0; code && i < sizeof codes / sizeof codes[0]; i++)
        if (strcmp(codes[i].code, code) == 0)
            return codes[i].err;
    switch (status) {
    case 401:
    case 403: return LS_UPSTREAM_AUTH;
    case 408:
    case 504: return LS_UPSTREAM_TIMEOUT;
    case 429: return LS_UPSTREAM_RATE_LIMIT;
    default: return status >= 400 && status < 500 ? LS_UPSTREAM_REFUSED : LS_UPSTREAM;
    }
}

struct outcome provider_failure(struct arena *arena, int status, const json_t *body,
                                const char *key)
{
    const json_t *told =
        json_is_array(body) ? json_array_get(body, 0) : body; /* Gemini's is a list */
    const json_t *error = json_object_get(told, "error");
    const char *code = json_get_string(error, "code");
    const char *message =
        json_is_string(error) ? json_string_value(error) : json_get_string(error, "message");
    if (!code)
        code = json_get_string(error, "type");
    if (!code)
        code = json_get_string(error, "status");
    char *text = arena_printf(arena, "the provider answered %d%s%s%s%s", status, code ? " " : "",
                              code ? code : "", message ? ": " : "", message ? message : "");
    if (key && strlen(key) >= TEXT_LEAST_SECRET)
        text_hide(text, strlen(text), key);
    text_shorten(text, MAX_TEXT); /* what is cut off must not leave a part of the key */
    return outcome_error(kind_of(status, code, message), text);
}

#include "routes/feedback_token.h"

#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/sign.h"
#include "base/text.h"
#include "routes/feedback.h"
#include "routes/prefix.h"

enum {
    TOKEN_VERSION = 1,
    TIME_LEN = 8,
    RUN_AT = 1 + TIME_LEN, /* in a token's bytes: version, time, run, key */
    KEY_AT = RUN_AT + 16,
    MAX_KEY = 256,
    MAX_BYTES = KEY_AT + MAX_KEY,
    SIGN_DIGITS = 2 * SIGN_LEN,
};

/* A token's signed bytes. */
struct bytes {
    unsigned char data[MAX_BYTES];
    size_t len;
};

static void sign_token(unsigned char out[SIGN_LEN], const struct route *route,
                       const struct bytes *bytes)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_add_str(&text, "feedback token of ");
    buf_add(&text, route->path, strlen(route->path) + 1); /* with its NUL: an end of its own */
    buf_add(&text, bytes->data, bytes->len);
    sign_bytes(out, route->site->token_key, SIGN_LEN, text.data, text.len);
    buf_fini(&text);
}

const char *feedback_token_text(struct arena *arena, const struct route *route,
                                const struct feedback_token *token)
{
    struct bytes bytes = {.data = {TOKEN_VERSION}, .len = KEY_AT + strlen(token->key)};
    unsigned char signature[SIGN_LEN];
    for (int i = 0; i < TIME_LEN; i++)
        bytes.data[1 + i] = (unsigned char)((uint64_t)token->expires >> (8 * (TIME_LEN - 1 - i)));
    memcpy(bytes.data + RUN_AT, token->run_id.bytes, sizeof token->run_id.bytes);
    memcpy(bytes.data + KEY_AT, token->key, strlen(token->key));
    sign_token(signature, route, &bytes);
    char *text = arena_zalloc(arena, 2 * bytes.len + SIGN_DIGITS + 1);
    (void)hex_print(hex_print(text, bytes.data, bytes.len), signature, SIGN_LEN);
    return text;
}

static bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static unsigned digit_of(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* The hexadecimal digits at the end of `text` as bytes; false when they are none of a token. */
static bool read_bytes(const char *text, struct bytes *bytes, const char **signature)
{
    const char *end = text + strlen(text), *begin = end;
    while (begin > text && is_digit(begin[-1]))
        begin--;
    size_t digits = (size_t)(end - begin);
    if (digits % 2 != 0 || digits < 2 * (KEY_AT + 1) + SIGN_DIGITS ||
        digits > 2 * MAX_BYTES + SIGN_DIGITS)
        return false;
    bytes->len = (digits - SIGN_DIGITS) / 2;
    for (size_t i = 0; i < bytes->len; i++)
        bytes->data[i] = (unsigned char)(digit_of(begin[2 * i]) << 4 | digit_of(begin[2 * i + 1]));
    *signature = end - SIGN_DIGITS;
    return true;
}

/* The route's key that the bytes name, or NULL. */
static const char *key_of(const struct route *route, const struct bytes *bytes)
{
    for (size_t i = 0; i < route->feedback_key_count; i++) {
        const char *key = route->feedback_keys[i];
        if (strlen(key) == bytes->len - KEY_AT &&
            memcmp(key, bytes->data + KEY_AT, bytes->len - KEY_AT) == 0)
            return key;
    }
    return NULL;
}

enum feedback_token_state feedback_token_read(const struct route *route, const char *text,
                                              int64_t now, struct feedback_token *token)
{
    struct bytes bytes = {0};
    const char *given;
    unsigned char signature[SIGN_LEN];
    char right[SIGN_DIGITS];
    if (!route->site->token_key || !read_bytes(text, &bytes, &given))
        return TOKEN_WRONG;
    sign_token(signature, route, &bytes);
    (void)hex_print(right, signature, SIGN_LEN);
    const char *key = key_of(route, &bytes);
    if (!text_equal_secret(given, right, SIGN_DIGITS) || bytes.data[0] != TOKEN_VERSION || !key)
        return TOKEN_WRONG;
    uint64_t expires = 0;
    for (int i = 0; i < TIME_LEN; i++)
        expires = expires << 8 | bytes.data[1 + i];
    if ((int64_t)expires < now)
        return TOKEN_EXPIRED;
    *token = (struct feedback_token){.key = key, .expires = (int64_t)expires};
    memcpy(token->run_id.bytes, bytes.data + RUN_AT, sizeof token->run_id.bytes);
    return TOKEN_WELL;
}

/* The URL of the route's /token_feedback; without a Host header its path alone. */
static const char *endpoint_url(const struct route *route, struct http_exchange *exchange)
{
    const struct http_request *request = http_request(exchange);
    const char *host = http_request_header(request, "host");
    const struct site *site = route->site;
    return arena_printf(http_arena(exchange), "%s%s%s%s/token_feedback",
                        host ? prefix_scheme(site, request) : "", host ? "://" : "",
                        host ? host : "",
                        prefix_path(site, request, route->path, http_arena(exchange)));
}

static void print_token(struct buf *out, const char *url, const char *text,
                        const struct feedback_token *token, bool spaced)
{
    char time[25];
    const char *colon = spaced ? ": " : ":", *comma = spaced ? ", " : ",";
    clock_format_iso(time, token->expires * 1000000);
    buf_printf(out, "{\"key\"%s", colon);
    (void)json_print_string(out, token->key, strlen(token->key), JSON_SSE);
    buf_printf(out, "%s\"token_url\"%s", comma, colon);
    struct buf whole;
    buf_init(&whole, 1 << 20);
    buf_printf(&whole, "%s?token=%s", url, text);
    (void)json_print_string(out, buf_str(&whole), whole.len, JSON_SSE);
    buf_fini(&whole);
    buf_printf(out, "%s\"expires_at\"%s\"%.19s%s\"}", comma, colon, time, spaced ? "+00:00" : "Z");
}

bool feedback_gives_tokens(const struct route *route)
{
    return route->feedback_key_count > 0 && route->site->token_key &&
           feedback_sink_of(route) != SINK_NONE;
}

void feedback_tokens_print(struct buf *out, const struct route *route,
                           struct http_exchange *exchange, const struct uuid *run_id, bool spaced)
{
    buf_add_char(out, '[');
    size_t count = feedback_gives_tokens(route) ? route->feedback_key_count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct feedback_token token = {
            .run_id = *run_id,
            .key = route->feedback_keys[i],
            .expires = clock_wall_us() / 1000000 + route->feedback_lifetime / 1000,
        };
        const char *text = feedback_token_text(http_arena(exchange), route, &token);
        buf_add_str(out, i == 0 ? "" : spaced ? ", " : ",");
        print_token(out, endpoint_url(route, exchange), text, &token, spaced);
    }
    buf_add_char(out, ']');
}

void feedback_metadata_print(struct buf *out, const struct route *route,
                             struct http_exchange *exchange, const struct uuid *run_id)
{
    char id[UUID_LEN + 1];
    uuid_format(id, run_id);
    buf_add_str(out, "{\"run_id\": \"");
    buf_add(out, id, UUID_LEN);
    buf_add_char(out, '"');
    if (feedback_gives_tokens(route)) {
        buf_add_str(out, ", \"feedback_tokens\": ");
        feedback_tokens_print(out, route, exchange, run_id, true);
    }
    buf_add_char(out, '}');
}

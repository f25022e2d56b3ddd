#include "store/redis_url.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

enum { DEFAULT_PORT = 6379, MAX_DB = 1 << 20 };

/* `len` bytes with their %XX read; NULL when one is none, or stands for NUL. */
static const char *decode(struct arena *arena, const char *text, size_t len)
{
    char *out = arena_alloc(arena, len + 1), *next = out;
    for (size_t i = 0; i < len; i++) {
        int high = text[i] == '%' && i + 2 < len ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (text[i] != '%') {
            *next++ = text[i];
            continue;
        }
        if (low < 0 || high * 16 + low == 0)
            return NULL;
        *next++ = (char)(high * 16 + low);
        i += 2;
    }
    *next = '\0';
    return out;
}

/* A number from 0 to `most` of `len` digits, or -1. */
static int number_of(const char *text, size_t len, int most)
{
    int number = 0;
    if (len == 0 || len > 7)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number <= most ? number : -1;
}

/* What stands before the '@', if there is one; `*rest` is what stands behind. */
static const char *read_user(struct arena *arena, const char *text, const char *end,
                             struct redis_target *target, const char **rest)
{
    const char *at = NULL;
    for (const char *c = text; c < end; c++)
        at = *c == '@' ? c : at;
    *rest = at ? at + 1 : text;
    if (!at)
        return NULL;
    const char *colon = memchr(text, ':', (size_t)(at - text));
    const char *user_end = colon ? colon : at;
    target->user = decode(arena, text, (size_t)(user_end - text));
    target->password = colon ? decode(arena, colon + 1, (size_t)(at - colon - 1)) : "";
    if (!target->user || !target->password)
        return "its user or password has a '%' that is no %XX";
    if (!*target->password)
        return "it has a user and no password";
    if (!*target->user)
        target->user = NULL;
    return NULL;
}

/* host[:port], the host perhaps in brackets. */
static const char *read_host(struct arena *arena, const char *text, const char *end,
                             struct redis_target *target)
{
    const char *host_end = memchr(text, *text == '[' ? ']' : ':', (size_t)(end - text));
    const char *colon = host_end;
    if (*text == '[') {
        if (!host_end)
            return "its address has no ']'";
        colon = host_end + 1 < end ? host_end + 1 : NULL;
        text++;
    }
    if (!host_end)
        host_end = end;
    if (host_end == text)
        return "it names no host";
    target->host = arena_strndup(arena, text, (size_t)(host_end - text));
    if (!colon)
        return NULL;
    target->port = *colon == ':' ? number_of(colon + 1, (size_t)(end - colon - 1), 65535) : -1;
    return target->port > 0 ? NULL : "its port is no number from 1 to 65535";
}

static const char *read_db(const char *text, struct redis_target *target)
{
    target->db = number_of(text, strlen(text), MAX_DB);
    return target->db >= 0 ? NULL : "its database is no number";
}

static const char *read_tcp(struct arena *arena, const char *text, struct redis_target *target)
{
    const char *end = text + strcspn(text, "/?#"), *rest;
    const char *why = read_user(arena, text, end, target, &rest);
    if (!why)
        why = read_host(arena, rest, end, target);
    if (why || !*end || strcmp(end, "/") == 0)
        return why;
    return *end == '/' ? read_db(end + 1, target) : "it has options, of which there are none";
}

static const char *read_unix(struct arena *arena, const char *text, struct redis_target *target)
{
    const char *slash = text + strcspn(text, "/?#"), *rest;
    const char *why = read_user(arena, text, slash, target, &rest);
    if (why)
        return why;
    if (rest != slash || *slash != '/')
        return "a socket is written unix:///path";
    size_t len = strcspn(slash, "?#");
    const char *path = decode(arena, slash, len);
    if (!path)
        return "its path has a '%' that is no %XX";
    target->host = arena_printf(arena, "unix:%s", path);
    if (!slash[len])
        return NULL;
    return strncmp(slash + len, "?db=", 4) == 0 ? read_db(slash + len + 4, target)
                                                : "of options there is `?db=N` alone";
}

const char *redis_url_read(struct arena *arena, const char *url, struct redis_target *target)
{
    *target = (struct redis_target){.port = DEFAULT_PORT};
    if (strncmp(url, "rediss://", 9) == 0)
        return "connections to Redis with TLS (rediss://) are not supported: use a tunnel, or "
               "redis:// in a network that you trust";
    if (strncmp(url, "redis://", 8) == 0)
        return read_tcp(arena, url + 8, target);
    if (strncmp(url, "unix://", 7) == 0)
        return read_unix(arena, url + 7, target);
    return "expected redis://[user:password@]host[:port][/db] or unix:///path";
}

/* The formats of the Internet's names: hosts, addresses, URIs. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "schema/validator.h"

/* A label of a host name: `len` bytes. */
static bool is_label(const char *text, size_t len)
{
    if (len < 1 || len > 63 || text[0] == '-' || text[len - 1] == '-')
        return false;
    if (len >= 4 && text[2] == '-' && text[3] == '-' && strncasecmp(text, "xn", 2) != 0)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '-')
            return false;
    return true;
}

bool format_is_hostname(const char *text)
{
    if (!*text || strlen(text) > 253)
        return false;
    for (;;) {
        size_t len = strcspn(text, ".");
        if (!is_label(text, len))
            return false;
        if (!text[len])
            return true;
        text += len + 1;
    }
}

/* How many bytes of `text` are a dotted IPv4 address. */
static size_t ipv4_at(const char *text)
{
    const char *at = text;
    for (int i = 0; i < 4; i++) {
        size_t n = strspn(at, "0123456789");
        int part = 0;
        if (n < 1 || n > 3 || (n > 1 && *at == '0'))
            return 0;
        for (size_t k = 0; k < n; k++)
            part = part * 10 + at[k] - '0';
        at += n;
        if (part > 255 || (i < 3 && *at++ != '.'))
            return 0;
    }
    return (size_t)(at - text);
}

bool format_is_ipv4(const char *text)
{
    size_t len = ipv4_at(text);
    return len > 0 && !text[len];
}

bool format_is_ipv6(const char *text)
{
    int groups = 0;
    bool has_gap = strncmp(text, "::", 2) == 0;
    const char *at = has_gap ? text + 2 : text;
    while (*at) {
        size_t n = strspn(at, "0123456789abcdefABCDEF"), v4 = ipv4_at(at);
        if (at[n] == '.' && v4 > 0 && !at[v4]) {
            groups += 2;
            break;
        }
        if (n < 1 || n > 4)
            return false;
        groups++;
        at += n;
        if (!*at)
            break;
        if (*at++ != ':' || !*at)
            return false;
        if (*at != ':')
            continue;
        if (has_gap)
            return false;
        has_gap = true;
        at++;
    }
    return has_gap ? groups < 8 : groups == 8;
}

static bool is_local_part(const char *text, size_t len)
{
    static const char atoms[] = "!#$%&'*+-/=?^_`{|}~.";
    if (len == 0 || len > 64)
        return false;
    if (text[0] == '"')
        return len > 2 && text[len - 1] == '"' && !memchr(text + 1, '"', len - 2);
    for (size_t i = 0; i < len; i++) {
        bool dot = text[i] == '.';
        if (dot && (i == 0 || i + 1 == len || text[i + 1] == '.'))
            return false;
        if (!isalnum((unsigned char)text[i]) && !strchr(atoms, text[i]))
            return false;
    }
    return true;
}

static bool is_address_literal(const char *text)
{
    size_t len = strlen(text);
    if (len < 3 || *text != '[' || text[len - 1] != ']')
        return false;
    char *inner = mem_strndup(text + 1, len - 2);
    bool fits =
        format_is_ipv4(inner) || (strncasecmp(inner, "IPv6:", 5) == 0 && format_is_ipv6(inner + 5));
    free(inner);
    return fits;
}

bool format_is_email(const char *text)
{
    const char *at = strrchr(text, '@');
    return at && is_local_part(text, (size_t)(at - text)) &&
           (format_is_hostname(at + 1) || is_address_literal(at + 1));
}

/* Whether each character may stand in a URI, and each % begins an escape. */
static bool has_uri_characters(const char *text)
{
    static const char marks[] = "-._~:/?#[]@!$&'()*+,;=%";
    for (const char *c = text; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr(marks, *c))
            return false;
        if (*c == '%' && (!isxdigit((unsigned char)c[1]) || !isxdigit((unsigned char)c[2])))
            return false;
    }
    const char *hash = strchr(text, '#');
    return !hash || !strchr(hash + 1, '#');
}

static bool is_port(const char *text, size_t len)
{
    return strspn(text, "0123456789") >= len;
}

/* user@host:port, `len` bytes; brackets stand around an IPv6 address only. */
static bool is_authority(const char *text, size_t len)
{
    const char *end = text + len, *at = memchr(text, '@', len);
    const char *host = at ? at + 1 : text;
    if (at && (memchr(text, '[', (size_t)(at - text)) || memchr(text, ']', (size_t)(at - text))))
        return false;
    if (host < end && *host == '[') {
        const char *close = memchr(host, ']', (size_t)(end - host));
        if (!close)
            return false;
        char *inner = mem_strndup(host + 1, (size_t)(close - host) - 1);
        bool fits = format_is_ipv6(inner) || *inner == 'v';
        free(inner);
        return fits && (close + 1 == end ||
                        (close[1] == ':' && is_port(close + 2, (size_t)(end - close) - 2)));
    }
    const char *colon = memchr(host, ':', (size_t)(end - host));
    size_t name = (size_t)((colon ? colon : end) - host);
    return !memchr(host, '[', name) && !memchr(host, ']', name) && !memchr(host, '@', name) &&
           (!colon || is_port(colon + 1, (size_t)(end - colon) - 1));
}

/* What follows the scheme. */
static bool is_hierarchy(const char *text)
{
    if (strncmp(text, "//", 2) == 0) {
        size_t len = strcspn(text + 2, "/?#");
        if (!is_authority(text + 2, len))
            return false;
        text += 2 + len;
    }
    return !strpbrk(text, "[]");
}

/* The length of the scheme at `text` with its colon, or 0. */
static size_t scheme_len(const char *text)
{
    size_t n = 0;
    if (!isalpha((unsigned char)*text))
        return 0;
    while (isalnum((unsigned char)text[n]) || (text[n] && strchr("+-.", text[n])))
        n++;
    return text[n] == ':' ? n + 1 : 0;
}

bool format_is_uri(const char *text)
{
    size_t n = scheme_len(text);
    return n > 0 && has_uri_characters(text) && is_hierarchy(text + n);
}

bool format_is_uri_reference(const char *text)
{
    if (scheme_len(text) > 0)
        return format_is_uri(text);
    size_t n = strcspn(text, ":/?#");
    return text[n] != ':' && has_uri_characters(text) && is_hierarchy(text);
}

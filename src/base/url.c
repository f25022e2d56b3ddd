#include "base/url.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* What stands behind "http://"; NULL: something else. */
static const char *behind_scheme(const char *text)
{
    if (strncasecmp(text, "http://", 7) == 0)
        return text + 7;
    return strncasecmp(text, "https://", 8) == 0 ? text + 8 : NULL;
}

static bool has_odd_bytes(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || strchr("?#\\\"<>\x7f", *text))
            return true;
    return false;
}

/* Whether `len` bytes are ":8000", ":" or nothing. */
static bool is_port(const char *text, size_t len)
{
    long port = 0;
    if (len > 0 && text[0] != ':')
        return false;
    for (size_t i = 1; i < len && port <= 65535; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + (text[i] - '0');
    }
    return port <= 65535;
}

bool url_is_http(const char *text)
{
    const char *host = behind_scheme(text);
    if (!host || has_odd_bytes(host))
        return false;
    const char *end = host + strcspn(host, "/");
    for (const char *at = host; at < end; at++)
        if (*at == '@')
            host = at + 1;
    const char *close = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : NULL;
    const char *port = close ? close + 1 : host + strcspn(host, ":/");
    return port > host + (close ? 2 : 0) && is_port(port, (size_t)(end - port));
}

void url_add_encoded(struct buf *out, const char *text, size_t len, const char *kept)
{
    for (size_t i = 0; i < len && text[i]; i++) {
        if (isalnum((unsigned char)text[i]) || strchr(kept, text[i]))
            buf_add_char(out, text[i]);
        else
            buf_printf(out, "%%%02X", (unsigned char)text[i]);
    }
}

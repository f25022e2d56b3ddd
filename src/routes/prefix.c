#include "routes/prefix.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "base/url.h"

enum { MAX_PREFIX = 256 };

size_t prefix_len_of(const struct site *site, const struct http_request *request)
{
    size_t len = strlen(site->root_path);
    bool below = request->path_len > len && memcmp(request->path, site->root_path, len) == 0 &&
                 request->path[len] == '/';
    return below ? len : 0;
}

/* Whether a header's value is a path that may stand in a URL as it is: nothing in it ends an
 * attribute or a header, and it leads to no other host. */
static bool is_prefix(const char *text)
{
    size_t len = strlen(text);
    if (len > MAX_PREFIX || *text != '/' || strstr(text, "//") || strstr(text, "/."))
        return false;
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("/-._~", *c))
            return false;
    return text[len - 1] != '/';
}

const char *prefix_for_urls(const struct site *site, const struct http_request *request)
{
    const char *said =
        site->trusts_forwarded ? http_request_header(request, "x-forwarded-prefix") : NULL;
    return said && is_prefix(said) ? said : site->root_path;
}

/* What may stand in a URL's path as it is (RFC 3986, 3.3), but for letters and digits. */
static const char of_paths[] = "/-._~!$&'()*+,;=:@";

const char *prefix_path(const struct site *site, const struct http_request *request,
                        const char *path, struct arena *arena)
{
    struct buf url;
    buf_init(&url, 1 << 20);
    url_add_encoded(&url, prefix_for_urls(site, request), SIZE_MAX, of_paths);
    url_add_encoded(&url, path, SIZE_MAX, of_paths);
    const char *made = arena_strndup(arena, buf_str(&url), url.len);
    buf_fini(&url);
    return made;
}

const char *prefix_scheme(const struct site *site, const struct http_request *request)
{
    const char *said =
        site->trusts_forwarded ? http_request_header(request, "x-forwarded-proto") : NULL;
    return said && strcmp(said, "https") == 0 ? "https" : "http";
}

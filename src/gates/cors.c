#include "gates/cors.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"

/* Letters of host names and ports, of which a `*` in a pattern stands for one or more. */
static size_t label_len(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-");
}

/* Patterns are short, and mostly have one star: backtracking is bounded by the origin's labels. */
static bool fits(const char *pattern, const char *origin)
{
    size_t same = strcspn(pattern, "*");
    if (strncmp(pattern, origin, same) != 0)
        return false;
    if (pattern[same] == '\0')
        return origin[same] == '\0';
    for (size_t taken = label_len(&origin[same]); taken > 0; taken--)
        if (fits(&pattern[same + 1], &origin[same + taken]))
            return true;
    return false;
}

bool cors_allows(const struct cors *cors, const char *origin)
{
    enum { MOST_ORIGIN = 512 };
    bool allowed = cors->any_origin;
    if (strlen(origin) > MOST_ORIGIN)
        return false;
    for (size_t i = 0; !allowed && cors->origins[i]; i++)
        allowed = fits(cors->origins[i], origin);
    return allowed;
}

bool cors_fits_any_host(const char *pattern)
{
    const char *scheme = strstr(pattern, "://"), *host = scheme ? scheme + 3 : pattern;
    size_t stars = strspn(host, "*.");
    return stars > 0 && (host[stars] == '\0' || host[stars] == ':');
}

/* Whether the pattern has the port that its scheme has anyway, which browsers leave out. */
static bool has_usual_port(const char *pattern)
{
    const char *port = strrchr(pattern, ':');
    return (strncmp(pattern, "https:", 6) == 0 && strcmp(port, ":443") == 0) ||
           (strncmp(pattern, "http:", 5) == 0 && strcmp(port, ":80") == 0);
}

const char *cors_origin_fault(const char *pattern)
{
    static const char fault[] = "expected an origin, such as https://example.com, "
                                "https://*.example.com or http://localhost:3000, without a path "
                                "or a slash at its end";
    if (strcmp(pattern, "*") == 0 || strcmp(pattern, "null") == 0)
        return NULL;
    const char *host = strstr(pattern, "://");
    if (!host || host == pattern || host[3] == '\0' || strpbrk(host + 3, "/?#@ ,"))
        return fault;
    for (const char *c = pattern; *c; c++) {
        if (*c >= 'A' && *c <= 'Z')
            return "browsers write origins in small letters: write it so too";
        if ((unsigned char)*c >= 0x80)
            return "browsers write other letters than English ones as xn--…: write it so too";
    }
    if (has_usual_port(pattern))
        return "browsers leave out the port that is the scheme's own: leave it out too";
    const char *star = strchr(pattern, '*');
    if (star && strchr(star + 1, '*') && strchr(strchr(star + 1, '*') + 1, '*'))
        return "more than two stars in one origin";
    return NULL;
}

static bool lists(const char *const *list, const char *name, size_t len)
{
    for (size_t i = 0; list[i]; i++)
        if (strcmp(list[i], "*") == 0 ||
            (strlen(list[i]) == len && strncasecmp(list[i], name, len) == 0))
            return true;
    return false;
}

/* Whether each of the names in `asked`, separated by commas, is allowed. */
static bool allows_headers(const struct cors *cors, const char *asked)
{
    for (const char *at = asked; *at;) {
        at += strspn(at, " \t,");
        size_t len = strcspn(at, " \t,");
        if (len > 0 && !lists(cors->headers, at, len))
            return false;
        at += len;
    }
    return true;
}

/* GET, HEAD and POST need no permission. */
static bool allows_method(const struct cors *cors, const char *method)
{
    static const char *const simple[] = {"GET", "HEAD", "POST", NULL};
    return lists(simple, method, strlen(method)) || lists(cors->methods, method, strlen(method));
}

static void add(struct http_exchange *exchange, const char *name, const char *value)
{
    (void)http_add_header(exchange, name, value);
}

/* Says whose pages may see the answer. */
static void allow_origin(const struct cors *cors, struct http_exchange *exchange,
                         const char *origin)
{
    add(exchange, "access-control-allow-origin", cors->any_origin ? "*" : origin);
    if (cors->credentials)
        add(exchange, "access-control-allow-credentials", "true");
}

/* Starlette's answers, whose sentences developers look up. */
static void answer_preflight(const struct cors *cors, struct http_exchange *exchange,
                             const char *origin, const char *method)
{
    const char *headers =
        http_request_header(http_request(exchange), "access-control-request-headers");
    const char *refused = !cors_allows(cors, origin)                  ? "Disallowed CORS origin"
                          : !allows_method(cors, method)              ? "Disallowed CORS method"
                          : headers && !allows_headers(cors, headers) ? "Disallowed CORS headers"
                                                                      : NULL;
    if (!refused) {
        allow_origin(cors, exchange, origin);
        add(exchange, "access-control-allow-methods", method);
        if (headers)
            add(exchange, "access-control-allow-headers", headers);
        add(exchange, "access-control-max-age", cors->max_age);
    }
    const char *text = refused ? refused : "OK";
    http_respond(exchange, refused ? 400 : 200, "text/plain; charset=utf-8", text, strlen(text));
}

void cors_tell(const struct cors *cors, struct http_exchange *exchange)
{
    const char *origin = http_request_header(http_request(exchange), "origin");
    if (!cors->any_origin)
        add(exchange, "vary", "Origin"); /* caches must know, whoever asked */
    if (!origin || !cors_allows(cors, origin))
        return;
    allow_origin(cors, exchange, origin);
    if (cors->expose)
        add(exchange, "access-control-expose-headers", cors->expose);
}

bool cors_answer(const struct cors *cors, struct http_exchange *exchange)
{
    const struct http_request *request = http_request(exchange);
    const char *origin = http_request_header(request, "origin");
    const char *method = http_request_header(request, "access-control-request-method");
    if (!origin || !method || strcmp(request->method, "OPTIONS") != 0) {
        cors_tell(cors, exchange);
        return false;
    }
    add(exchange, "vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
    answer_preflight(cors, exchange, origin, method);
    return true;
}

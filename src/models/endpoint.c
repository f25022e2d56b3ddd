#include "models/endpoint.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "models/http_model.h"

const char *http_endpoint_host(const char *url, int *scheme)
{
    const char *mark = strstr(url, "://");
    const char *host = mark ? mark + 3 : url;
    *scheme = (int)(host - url);
    for (const char *end = host + strcspn(host, "/?#"), *at;
         (at = memchr(host, '@', (size_t)(end - host)));)
        host = at + 1;
    return host;
}

static void init(struct http_endpoint *endpoint, const struct model_dialect *dialect,
                 const struct model_options *options, const struct model_endpoint *written,
                 size_t number)
{
    size_t count = 0;
    int scheme;
    const char *host = http_endpoint_host(written->base_url, &scheme);
    *endpoint = (struct http_endpoint){
        .url = mem_printf("%s%s%s", written->base_url, dialect->path,
                          options->query ? options->query : ""),
        .shown = mem_printf("%zu %.*s%s", number, scheme, written->base_url, host),
        .api_key = mem_strdup(written->api_key),
        .model = mem_strdup(written->model),
    };
    if (written->api_key)
        endpoint->authorization = mem_printf("%s%s", dialect->key_header, written->api_key);
    if (dialect->probe_path && !tape_plays(options->tape.tape))
        endpoint->probe_url = mem_printf("%s%s", written->base_url, dialect->probe_path);
    if (dialect->version_header)
        endpoint->probe_headers[count++] = dialect->version_header;
    endpoint->probe_headers[count] = endpoint->authorization;
}

struct http_endpoint *http_endpoints_new(const struct model_dialect *dialect,
                                         const struct model_options *options,
                                         const struct model_endpoint *written, size_t count)
{
    struct http_endpoint *endpoints = mem_zalloc(count, sizeof *endpoints);
    for (size_t i = 0; i < count; i++)
        init(&endpoints[i], dialect, options, &written[i], i + 1);
    return endpoints;
}

void http_endpoints_free(struct http_endpoint *endpoints, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mem_free_secret(endpoints[i].url);
        free(endpoints[i].shown);
        free(endpoints[i].model);
        mem_free_secret(endpoints[i].probe_url);
        mem_free_secret(endpoints[i].api_key);
        mem_free_secret(endpoints[i].authorization);
    }
    free(endpoints);
}

/* GET /: the routes, as HTML for a browser, as JSON for anything else. */
#include <string.h>

#include "base/json.h"
#include "routes/answers.h"
#include "routes/html.h"
#include "routes/prefix.h"
#include "routes/reply.h"
#include "routes/service.h"

static json_t *endpoints_of(const struct site *site, const struct route *route)
{
    json_t *list = json_array();
    if (route->style == STYLE_REST) {
        json_array_append_new(list, json_pack("{s:s,s:s}", "method", route->method, "path",
                                              *route->path ? route->path : "/"));
        return list;
    }
    for (size_t i = 0; endpoint_names[i]; i++) {
        const struct endpoint *endpoint = &langserve_endpoints[i];
        json_t *path =
            json_sprintf(endpoint->below ? "%s/%s/" : "%s/%s", route->path, endpoint_names[i]);
        const struct path_entry *entry =
            site_find(site, json_string_value(path), json_string_length(path));
        bool idle = endpoint->answer == answer_token_feedback && route->feedback_key_count == 0;
        if (entry && entry->route == route && !idle)
            json_array_append_new(list,
                                  json_pack("{s:s,s:O}", "method", endpoint->method, "path", path));
        json_decref(path);
    }
    return list;
}

static json_t *describe(const struct site *site)
{
    json_t *routes = json_array();
    for (size_t i = 0; i < site->count; i++)
        json_array_append_new(routes, json_pack("{s:s,s:s,s:o}", "path", site->routes[i]->path,
                                                "runnable", site->routes[i]->runnable->name,
                                                "endpoints", endpoints_of(site, site->routes[i])));
    return json_pack("{s:s,s:s,s:s,s:o}", "title", site->title, "version", site->version,
                     "description", site->description ? site->description : "", "routes", routes);
}

static const char style[] =
    "<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;"
    "margin:3rem auto;padding:0 1rem}h1{margin:0}h2{font:600 1.1rem ui-monospace,monospace;"
    "margin:2rem 0 .3rem}p{margin:.3rem 0;opacity:.75}ul{margin:0;padding:0;list-style:none}"
    "li{font:14px/1.9 ui-monospace,monospace}b{display:inline-block;width:4rem;font-weight:400;"
    "opacity:.6}</style>";

static void add_endpoint(struct buf *page, const char *prefix, const json_t *endpoint)
{
    const char *method = json_get_string(endpoint, "method");
    const char *path = json_get_string(endpoint, "path");
    bool link = strcmp(method, "GET") == 0;
    buf_printf(page, "<li><b>%s</b>", method);
    if (link) {
        buf_add_str(page, "<a href=\"");
        html_add(page, prefix);
        html_add(page, path);
        buf_add_str(page, "\">");
    }
    html_add(page, path);
    buf_add_str(page, link ? "</a></li>\n" : "</li>\n");
}

static void add_route(struct buf *page, const char *prefix, const json_t *route)
{
    size_t i;
    json_t *endpoint;
    buf_add_str(page, "<h2>");
    html_add(page, *json_get_string(route, "path") ? json_get_string(route, "path") : "/");
    buf_add_str(page, "</h2><p>");
    html_add(page, json_get_string(route, "runnable"));
    buf_add_str(page, "</p>\n<ul>\n");
    json_array_foreach(json_object_get(route, "endpoints"), i, endpoint)
        add_endpoint(page, prefix, endpoint);
    buf_add_str(page, "</ul>\n");
}

static void print_page(struct buf *page, const char *prefix, const json_t *described)
{
    size_t i;
    json_t *route;
    const char *title = json_get_string(described, "title");
    buf_add_str(page, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<meta name=\"viewport\" content=\"width=device-width\"><title>");
    html_add(page, title);
    buf_printf(page, "</title>%s</head>\n<body><h1>", style);
    html_add(page, title);
    buf_add_str(page, "</h1>\n<p>Version ");
    html_add(page, json_get_string(described, "version"));
    buf_add_str(page, ". ");
    html_add(page, json_get_string(described, "description"));
    buf_add_str(page, "</p>\n");
    json_array_foreach(json_object_get(described, "routes"), i, route)
        add_route(page, prefix, route);
    buf_add_str(page, "</body></html>\n");
}

void answer_index(struct service *service, const struct route *route,
                  struct http_exchange *exchange)
{
    (void)route;
    const char *accept = http_request_header(http_request(exchange), "accept");
    json_auto_t *described = describe(service->site);
    if (!accept || !strstr(accept, "text/html")) {
        reply_json(exchange, described);
        return;
    }
    print_page(http_body(exchange), prefix_for_urls(service->site, http_request(exchange)),
               described);
    http_respond_body(exchange, 200, "text/html; charset=utf-8");
}

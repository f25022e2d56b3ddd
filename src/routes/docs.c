/* GET and HEAD of /openapi.json, and of the Swagger UI that shows it: /docs, /redoc and the files
 * of these pages. */
#include "routes/docs.h"

#include <string.h>

#include "base/json.h"
#include "routes/html.h"
#include "routes/openapi.h"
#include "routes/packed.h"
#include "routes/prefix.h"
#include "routes/service.h"

/* Pages run the scripts of this server alone and speak to it alone. */
static const char policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#define FILE_DATA(name)                       \
    extern const unsigned char name##_text[]; \
    extern const size_t name##_len
FILE_DATA(swagger_ui_js);
FILE_DATA(swagger_ui_notices);
FILE_DATA(swagger_ui_css);
FILE_DATA(swagger_ui_license);
FILE_DATA(oauth2_redirect_html);
FILE_DATA(oauth2_redirect_js);
FILE_DATA(docs_js);

static const char type_html[] = "text/html; charset=utf-8",
                  type_text[] = "text/plain; charset=utf-8", type_css[] = "text/css; charset=utf-8",
                  type_js[] = "application/javascript";

static const struct docs_file {
    const char *path, *type;
    struct packed packed;
} files[] = {
    {"/docs/swagger-ui.css", type_css, {swagger_ui_css_text, &swagger_ui_css_len}},
    {"/docs/swagger-ui-bundle.js", type_js, {swagger_ui_js_text, &swagger_ui_js_len}},
    {"/docs/swagger-ui-bundle.js.LICENSE.txt",
     type_text,
     {swagger_ui_notices_text, &swagger_ui_notices_len}},
    {"/docs/LICENSE", type_text, {swagger_ui_license_text, &swagger_ui_license_len}},
    {"/docs/docs.js", type_js, {docs_js_text, &docs_js_len}},
    {"/docs/oauth2-redirect", type_html, {oauth2_redirect_html_text, &oauth2_redirect_html_len}},
    {"/docs/oauth2-redirect.js", type_js, {oauth2_redirect_js_text, &oauth2_redirect_js_len}},
};
enum { FILES = sizeof files / sizeof *files };

static void add_guards(struct http_exchange *exchange)
{
    (void)http_add_header(exchange, "content-security-policy", policy);
    (void)http_add_header(exchange, "x-content-type-options", "nosniff");
    (void)http_add_header(exchange, "referrer-policy", "no-referrer");
}

/* The document is made when it is first asked for, which costs a millisecond or two a route: no
 * start waits for it.  It is kept without its last brace, for where the server is depends on the
 * proxy that stands before it. */
static void answer_openapi(struct service *service, const struct route *route,
                           struct http_exchange *exchange)
{
    (void)route;
    struct site *site = service->site;
    const char *prefix = prefix_for_urls(site, http_request(exchange));
    if (!site->openapi)
        site_describe(site);
    struct buf *body = http_body(exchange);
    buf_add(body, site->openapi, site->openapi_len);
    if (*prefix || site->openapi_style == OPENAPI_FULL) {
        const char *url = *prefix ? prefix : "/";
        buf_add_str(body, ",\"servers\":[{\"url\":");
        (void)json_print_string(body, url, strlen(url), JSON_WIRE);
        buf_add_str(body, "}]");
    }
    buf_add_char(body, '}');
    http_respond_body(exchange, 200, "application/json");
}

static void answer_page(struct service *service, const struct route *route,
                        struct http_exchange *exchange)
{
    (void)route;
    struct buf *page = http_body(exchange);
    buf_add_str(page, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<meta name=\"viewport\" content=\"width=device-width\"><title>");
    html_add(page, service->site->title);
    buf_add_str(page, "</title><link rel=\"icon\" href=\"data:,\">"
                      "<link rel=\"stylesheet\" href=\"docs/swagger-ui.css\"></head>\n"
                      "<body><div id=\"docs\"></div>"
                      "<script src=\"docs/swagger-ui-bundle.js\"></script>"
                      "<script src=\"docs/docs.js\"></script></body></html>\n");
    add_guards(exchange);
    http_respond_body(exchange, 200, type_html);
}

static void answer_file(struct service *service, const struct route *route,
                        struct http_exchange *exchange)
{
    (void)route;
    const struct http_request *request = http_request(exchange);
    const char *path = request->path + prefix_len_of(service->site, request);
    size_t i = 0;
    while (i + 1 < FILES && strcmp(files[i].path, path) != 0)
        i++;
    add_guards(exchange);
    packed_respond(exchange, &files[i].packed, files[i].type);
}

void docs_add(struct site *site)
{
    struct path_entry entry = {
        .method = "GET", .also = "HEAD", .answer = answer_openapi, .area = AREA_DOCS};
    site_add_path(site, "/openapi.json", entry);
    entry.answer = answer_page;
    site_add_path(site, "/docs", entry);
    site_add_path(site, "/redoc", entry);
    entry.answer = answer_file;
    for (size_t i = 0; i < FILES; i++)
        site_add_path(site, files[i].path, entry);
}

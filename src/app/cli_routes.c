#include "app/cli_routes.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "gates/auth.h"
#include "schema/example.h"

/* Text as one word of a shell. */
static void add_quoted(struct buf *out, const char *text)
{
    buf_add_char(out, '\'');
    for (; *text; text++)
        if (*text == '\'')
            buf_add_str(out, "'\\''");
        else
            buf_add_char(out, *text);
    buf_add_char(out, '\'');
}

/* The body of a request that the route takes (new reference); NULL: none is known. */
static json_t *example_body(const struct route *route)
{
    bool rest = route->style == STYLE_REST;
    if (rest ? strcmp(route->method, "POST") != 0 : !route_is_on(route, "invoke"))
        return NULL;
    json_auto_t *input = schema_example(schema_json(route->input));
    json_auto_t *decoded = NULL, *errors = NULL;
    if (schema_decode(route->input, input, &decoded, &errors) != LS_OK)
        return NULL;
    return rest ? json_incref(input) : json_pack("{s:O}", "input", input);
}

static bool is_unix(const char *url)
{
    return strncmp(url, "unix:", 5) == 0;
}

/* "curl -s 'http://…/invoke' -H 'Content-Type: application/json' -d '{…}'" */
static void add_command(struct buf *out, const struct route *route, const char *url,
                        const json_t *body)
{
    struct buf address, text;
    buf_init(&address, 1 << 16);
    buf_init(&text, 1 << 20);
    buf_printf(&address, "%s%s%s", is_unix(url) ? "http://localhost" : url, route->path,
               route->style == STYLE_REST ? "" : "/invoke");
    buf_add_str(out, "curl -s ");
    if (is_unix(url)) {
        buf_add_str(out, "--unix-socket ");
        add_quoted(out, url + 5);
        buf_add_char(out, ' ');
    }
    add_quoted(out, buf_str(&address));
    if (route->auth)
        buf_printf(out, " -H \"%s: $API_KEY\"", route->auth->shown);
    buf_add_str(out, " -H 'Content-Type: application/json' -d ");
    (void)json_print(&text, body, JSON_WIRE);
    add_quoted(out, buf_str(&text));
    buf_fini(&text);
    buf_fini(&address);
}

void cli_print_routes(const struct app *app, const char *url)
{
    struct buf text;
    json_t *body = NULL;
    size_t shown = 0;
    buf_init(&text, 16 << 20);
    for (size_t i = 0; i < app->site->count; i++)
        buf_printf(&text, "  %s%s\n", url, app->site->routes[i]->path);
    while (shown < app->site->count && !(body = example_body(app->site->routes[shown])))
        shown++;
    if (body) {
        buf_add_str(&text, "\nTry it:\n  ");
        add_command(&text, app->site->routes[shown], url, body);
        buf_add_str(&text, "\n\n");
    }
    json_decref(body);
    fputs(buf_str(&text), stderr);
    buf_fini(&text);
}

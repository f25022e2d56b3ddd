/* GET /playground/: a page to try the route with, and its files.
 *
 * What the page needs to know stands in it as a block of JSON, with every sign escaped that means
 * something to HTML; its script and style are let through by a nonce alone. */
#include "routes/playground.h"

#include <string.h>

#include "base/id.h"
#include "base/json.h"
#include "routes/answers.h"
#include "routes/config_frame.h"
#include "routes/feedback.h"
#include "routes/hashed.h"
#include "routes/prefix.h"
#include "run/configurable.h"
#include "schema/example.h"

extern const unsigned char playground_text[];
extern const size_t playground_len;
extern const unsigned char favicon_text[];
extern const size_t favicon_len;

/* What follows "/playground/" in the path of a request. */
static const char *file_of(const struct route *route, const struct http_request *request,
                           size_t *len)
{
    struct hashed_path hashed;
    size_t skip = prefix_len_of(route->site, request);
    const char *path = request->path + skip;
    size_t path_len = request->path_len - skip, own = strlen(route->path);
    if (memcmp(path + own, PLAYGROUND_PATH, PLAYGROUND_LEN) != 0 &&
        hashed_path_at(path, path_len, own, &hashed))
        own = (size_t)(hashed.rest - path);
    *len = path_len - own - PLAYGROUND_LEN;
    return path + own + PLAYGROUND_LEN;
}

static json_t *schema_of(const struct schema *schema,
                         json_t *(*chosen)(struct runnable *, json_t *), const struct route *route,
                         json_t *configurable)
{
    bool chooses = chosen && json_object_size(configurable) > 0;
    return chooses ? chosen(route->runnable, configurable) : json_incref(schema_json(schema));
}

/* What LangServe fills into its page, by the same names. */
static json_t *values_of(const struct route *route, struct http_exchange *exchange,
                         json_t *configurable)
{
    const char *base =
        arena_printf(http_arena(exchange), "%s%s/playground",
                     prefix_for_urls(route->site, http_request(exchange)), route->path);
    bool feedback = route->feedback && feedback_sink_of(route) != SINK_NONE;
    bool links = route->public_trace_link && route->site->langsmith;
    json_t *input = schema_of(route->input, configurable_input_schema, route, configurable);
    return json_pack("{s:s,s:o,s:o,s:o,s:s,s:s,s:s,s:o}", "LANGSERVE_BASE_URL", base + 1,
                     "LANGSERVE_CONFIG_SCHEMA", schema_of(route->config, NULL, route, NULL),
                     "LANGSERVE_INPUT_SCHEMA", input, "LANGSERVE_OUTPUT_SCHEMA",
                     schema_of(route->output, configurable_output_schema, route, configurable),
                     "LANGSERVE_FEEDBACK_ENABLED", feedback ? "true" : "false",
                     "LANGSERVE_PUBLIC_TRACE_LINK_ENABLED", links ? "true" : "false",
                     "PLAYGROUND_TYPE", route->chat_playground ? "chat" : "default",
                     "EXAMPLE_INPUT", schema_example(input));
}

/* JSON as it may stand within a <script>: `<`, `>` and `&` occur in its texts only. */
static void add_script_json(struct buf *page, const json_t *value)
{
    struct buf text;
    buf_init(&text, 64 << 20);
    (void)json_print(&text, value, JSON_SSE);
    for (const char *c = buf_str(&text); *c; c++) {
        if (strchr("<>&", *c))
            buf_printf(page, "\\u%04x", (unsigned char)*c);
        else
            buf_add_char(page, *c);
    }
    buf_fini(&text);
}

/* The page, with {{values}} and {{nonce}} filled in. */
static void print_page(struct buf *page, const char *nonce, const json_t *values)
{
    static const char mark[] = "{{";
    const char *at = (const char *)playground_text, *end = at + playground_len, *found;
    while ((found = memmem(at, (size_t)(end - at), mark, 2))) {
        buf_add(page, at, (size_t)(found - at));
        bool is_nonce = found[2] == 'n';
        if (is_nonce)
            buf_add_str(page, nonce);
        else
            add_script_json(page, values);
        at = found + (is_nonce ? sizeof "{{nonce}}" : sizeof "{{values}}") - 1;
    }
    buf_add(page, at, (size_t)(end - at));
}

static void reply_page(const struct route *route, struct http_exchange *exchange,
                       json_t *configurable)
{
    struct uuid nonce_id = uuid_new();
    char nonce[UUID_LEN + 1];
    uuid_format(nonce, &nonce_id);
    json_auto_t *values = values_of(route, exchange, configurable);
    print_page(http_body(exchange), nonce, values);
    (void)http_add_header(
        exchange, "content-security-policy",
        arena_printf(http_arena(exchange),
                     "default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; "
                     "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
                     "frame-ancestors 'self'",
                     nonce, nonce));
    (void)http_add_header(exchange, "x-content-type-options", "nosniff");
    (void)http_add_header(exchange, "referrer-policy", "no-referrer");
    http_respond_body(exchange, 200, "text/html; charset=utf-8");
}

static bool is_file(const char *file, size_t len, const char *name)
{
    return strlen(name) == len && memcmp(file, name, len) == 0;
}

void answer_playground(struct service *service, const struct route *route,
                       struct http_exchange *exchange)
{
    static const char missing[] = "Not Found";
    struct config_frame frame;
    size_t len;
    const char *file = file_of(route, http_request(exchange), &len);
    (void)service;
    if (!config_frame_begin(&frame, route, exchange))
        return;
    json_t *configurable = json_object_get(frame.hashed, "configurable");
    config_frame_end(&frame);
    if (len == 0 || is_file(file, len, "index.html"))
        reply_page(route, exchange, configurable);
    else if (is_file(file, len, "favicon.ico"))
        http_respond(exchange, 200, "image/vnd.microsoft.icon", (const char *)favicon_text,
                     favicon_len);
    else
        http_respond(exchange, 404, NULL, missing, sizeof missing - 1);
}

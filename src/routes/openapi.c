#include "routes/openapi.h"

#include <assert.h>

#include "base/buf.h"
#include "base/json.h"
#include "routes/openapi_route.h"
#include "routes/stats.h"

/* openapi.json: the operations of routes in their order, the models that each route has, and those
 * that all share. */
extern const unsigned char openapi_text[];
extern const size_t openapi_len;

enum { MAX_DOCUMENT = 64 << 20 };

static json_t *info_of(const struct site *site)
{
    return json_pack("{s:s,s:s*,s:s}", "title", site->title, "description",
                     site->description && *site->description ? site->description : NULL, "version",
                     site->version);
}

/* What the site answers besides its routes. */
static void describe_own(struct description *to)
{
    describe_operation(to, &(struct operation){
                               .path = "/health",
                               .method = "get",
                               .name = "health",
                               .description = "Answers when the server is alive.",
                               .response = describe_fixed(to, "Health"),
                               .errors = to->site->errors,
                           });
    if (stats_are_told(to->site))
        describe_operation(to, &(struct operation){
                                   .path = "/stats",
                                   .method = "get",
                                   .name = "stats",
                                   .description = "How often caches had what was asked.",
                                   .response = describe_fixed(to, "Stats"),
                                   .errors = to->site->errors,
                               });
    if (to->site->has_index)
        describe_operation(to, &(struct operation){
                                   .path = "/",
                                   .method = "get",
                                   .name = "index",
                                   .description = "The routes, as JSON or (for browsers) HTML.",
                                   .auth = to->site->guarded & AREA_INDEX ? to->site->auth : NULL,
                                   .errors = to->site->errors,
                               });
}

/* The text without its closing brace. */
static char *print_open(json_t *document, size_t *len)
{
    struct buf out;
    buf_init(&out, MAX_DOCUMENT);
    enum ls_err err = json_print(&out, document, JSON_WIRE);
    buf_cut(&out, err ? 0 : out.len - 1);
    *len = out.len;
    return buf_take(&out);
}

void site_describe(struct site *site)
{
    bool full = site->openapi_style == OPENAPI_FULL;
    json_t *data = json_loadb((const char *)openapi_text, openapi_len, 0, NULL);
    assert(data);
    struct description to = {site,          data, json_object(), json_array(), json_object(),
                             json_object(), {0}};
    components_init(&to.components, json_object_get(data, "fixed"));
    for (size_t i = 0; i < site->count; i++)
        describe_route(&to, site->routes[i]);
    if (full)
        describe_own(&to);
    json_t *schemes = json_object_size(to.schemes) > 0 ? json_incref(to.schemes) : NULL;
    json_auto_t *document =
        json_pack("{s:s,s:o,s:o,s:{s:o,s:o*},s:o,s:o*}", "openapi", "3.1.0", "info", info_of(site),
                  "paths", to.paths, "components", "schemas", components_sorted(&to.components),
                  "securitySchemes", schemes, "tags", to.tags, "security",
                  full ? json_array() : NULL);
    site->openapi = print_open(document, &site->openapi_len);
    components_fini(&to.components);
    json_decref(to.schemes);
    json_decref(to.ids);
    json_decref(data);
}

#include "app/reference.h"

#include <stdlib.h>

#include "app/app.h"
#include "app/build_auth.h"
#include "app/build_cors.h"
#include "app/build_guard.h"
#include "app/build_health.h"
#include "app/build_metrics.h"
#include "app/build_price.h"
#include "app/kinds.h"
#include "app/model_common.h"
#include "app/modifiers.h"
#include "app/provider_endpoints.h"
#include "app/providers.h"
#include "app/route_config_from.h"
#include "app/route_request.h"
#include "app/route_resumable.h"
#include "app/wraps.h"
#include "base/json.h"

static json_t *parsed(const char *json)
{
    return json_loads(json, JSON_DECODE_ANY, NULL);
}

static void allow_null(json_t *schema)
{
    json_t *type = json_object_get(schema, "type"), *forms = json_object_get(schema, "anyOf");
    if (json_is_string(type))
        json_object_set_new(schema, "type", json_pack("[O,s]", type, "null"));
    else if (type)
        json_array_append_new(type, json_string("null"));
    else if (forms)
        json_array_append_new(forms, json_pack("{s:s}", "type", "null"));
}

/* The properties of a table; as the loader has it, an option that is null is not given. */
static json_t *properties_of(const struct option *table)
{
    json_t *properties = options_json_schema(table);
    for (const struct option *row = table; row->name; row++)
        if (!row->required && row->type != OPTION_JSON && row->type != OPTION_NODE)
            allow_null(json_object_get(properties, row->name));
    return properties;
}

static json_t *closed_object(json_t *properties, json_t *required)
{
    json_t *schema = json_pack("{s:s,s:o,s:b}", "type", "object", "properties", properties,
                               "additionalProperties", 0);
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    return schema;
}

static json_t *table_schema(const struct option *table)
{
    return closed_object(properties_of(table), options_required(table));
}

/* A schema (taken over) with a rule's members (JSON text, or NULL). */
static json_t *with_rule(json_t *schema, const char *rule)
{
    json_auto_t *more = rule ? parsed(rule) : NULL;
    json_object_update(schema, more);
    return schema;
}

static json_t *kind_schema(const struct kind *kind)
{
    json_t *properties = json_object();
    json_t *value = parsed(kind->value);
    json_object_set_new(value, "description", json_string(kind->doc));
    json_object_set_new(properties, kind->key, value);
    for (int i = 0; i < 2; i++) {
        const struct option *table = i == 0 ? kind->options : modifier_options;
        json_t *more = table ? properties_of(table) : NULL;
        json_object_update(properties, more);
        json_decref(more);
    }
    return closed_object(properties, json_pack("[s]", kind->key));
}

/* A mapping inside others, with options of its own. */
#define COUNT(table) (sizeof(table) / sizeof(table)[0])

struct subsection {
    const char *name;
    const struct option *options;
    const char *intro;
};

/* Modifiers with options of their own. */
static const struct subsection wraps[] = {
    {"structured_output", structured_options,
     "`structured_output: {schema: {title: Joke, properties: {setup: {type: string}}}}`"},
    {"retry", retry_options, "`retry: {attempts: 5, on: [rate_limited, upstream_unreachable]}`"},
    {"fallbacks", fallbacks_options, "`fallbacks: {runnables: [other], exception_key: error}`"},
    {"listeners", listener_options, "`listeners: {error: report}`"},
    {"measure", measure_options,
     "`measure: {counter: translations_total, labels: {to: \"{language}\"}}`; "
     "[metrics.md](metrics.md) says more."},
    {"config", config_options, "`config: {configurable: {temperature: 0.9}}`"},
    {"configurable", configurable_options,
     "`configurable: {fields: {temperature: {id: temperature}}}`"},
    {"field", field_options, "Each of the `fields` of `configurable`."},
    {"alternatives", alternatives_options, "The `alternatives` of `configurable`."},
    {"cache", cache_options,
     "`cache: {ttl: 24h}`, on a step or on a route; [cache.md](cache.md) says more."},
    {"history", history_options,
     "`history: {input: question, history: history}`; [history.md](history.md) says more."},
    {"history_field", history_field_options,
     "Each of the fields of `session`, where it is a mapping."},
};

/* Options of models with options of their own. */
static const struct subsection model_parts[] = {
    {"endpoint", endpoint_options,
     "Each of the `endpoints` of a model; [models.md](models.md#several-endpoints) says more."},
    {"breaker", breaker_options, "`breaker: {failures: 5, cooldown: 30s}`, of a model."},
    {"hedge", hedge_options, "`hedge: {after: 2s}`, of a model."},
};

/* Options of the server with options of their own. */
static const struct subsection server_parts[] = {
    {"upstream", upstream_options, "`server: {upstream: …}`: connections to model providers."},
    {"recycle", recycle_options,
     "`server: {recycle: {age: 24h, memory: 1GB}}`: a new worker is ready before the old one "
     "drains."},
    {"ready", ready_options,
     "`server: {ready: {models: [gpt]}}`; [server.md](server.md) says more."},
    {"cors", cors_options,
     "`server: {cors: {allow_origins: [https://example.com]}}`; [server.md](server.md) says more."},
};

static const struct subsection auth_parts[] = {
    {"key", key_options, "Each of the `keys` of `auth`, where it is a mapping."},
};

/* Options of routes with options of their own. */
static const struct subsection route_parts[] = {
    {"require", require_options, "What every request to a route must send."},
    {"require_rule", rule_options, "Each of the `headers` and `cookies` of `require`."},
    {"config_from", source_options,
     "Each of the keys of `config_from`: `configurable.ID`, `metadata.KEY`, `max_concurrency`, "
     "`recursion_limit` or `run_id`."},
    {"guard", guard_options, "`guard: {action: strip, fields: [text]}`, of a route or as a step."},
    {"deny", deny_options, "Each of the rules of `deny`; a header without a value breaks none."},
    {"limit", limit_options, "Each of the `limits` of a route or the server."},
    {"resumable", resumable_options,
     "`resumable: {on_disconnect: continue, keep: 5m}`; [server.md](server.md) says more."},
};

static json_t *expression_schema(void)
{
    json_t *forms = parsed("[{\"type\":\"string\"},{\"type\":\"array\",\"minItems\":1,\"items\":"
                           "{\"$ref\":\"#/$defs/expression\"}}]");
    for (const struct kind *kind = kinds; kind->key; kind++)
        json_array_append_new(forms, kind_schema(kind));
    return json_pack("{s:o}", "anyOf", forms);
}

static json_t *model_schema(void)
{
    json_t *forms = json_array();
    for (const struct provider *p = providers; p->name; p++) {
        json_t *properties = json_object();
        json_t *more = properties_of(p->options);
        json_object_set_new(properties, "provider", json_pack("{s:s}", "const", p->name));
        json_object_update(properties, more);
        json_decref(more);
        more = properties_of(model_common_options);
        json_object_update(properties, more);
        json_decref(more);
        json_t *required = options_required(p->options);
        json_array_insert_new(required, 0, json_string("provider"));
        json_array_append_new(forms, with_rule(closed_object(properties, required), p->rule));
    }
    return json_pack("{s:o}", "anyOf", forms);
}

static json_t *map_of(const char *ref)
{
    return json_pack("{s:s,s:{s:s}}", "type", "object", "additionalProperties", "$ref", ref);
}

static void add_schemas(json_t *defs, const struct subsection *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_object_set_new(defs, parts[i].name, table_schema(parts[i].options));
}

void reference_json_schema(struct buf *out)
{
    json_t *defs =
        json_pack("{s:o,s:o,s:o}", "expression", expression_schema(), "model", model_schema(),
                  "route", with_rule(table_schema(route_options), route_rule));
    add_schemas(defs, wraps, COUNT(wraps));
    add_schemas(defs, model_parts, COUNT(model_parts));
    add_schemas(defs, server_parts, COUNT(server_parts));
    add_schemas(defs, route_parts, COUNT(route_parts));
    json_object_set_new(defs, "auth", table_schema(auth_options));
    add_schemas(defs, auth_parts, COUNT(auth_parts));
    json_object_set_new(defs, "metric", table_schema(metric_options));
    json_object_set_new(defs, "price", table_schema(price_options));
    json_t *routes = parsed("{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":["
                            "{\"type\":\"string\"},{\"type\":\"array\",\"minItems\":1,"
                            "\"items\":{\"$ref\":\"#/$defs/expression\"}},"
                            "{\"$ref\":\"#/$defs/route\"}]}}");
    json_t *properties =
        json_pack("{s:o,s:o,s:o,s:o,s:o}", "app", table_schema(app_options), "server",
                  table_schema(server_options), "models", map_of("#/$defs/model"), "chains",
                  map_of("#/$defs/expression"), "routes", routes);
    json_object_set_new(properties, "lua", table_schema(lua_options));
    json_object_set_new(properties, "store", table_schema(store_options));
    json_object_set_new(properties, "auth", json_pack("{s:s}", "$ref", "#/$defs/auth"));
    json_object_set_new(properties, "metrics", map_of("#/$defs/metric"));
    json_object_set_new(properties, "prices", map_of("#/$defs/price"));
    const char *section;
    json_t *value;
    json_object_foreach(properties, section, value)
        allow_null(value);
    json_auto_t *schema = json_pack("{s:s,s:s,s:s,s:o,s:b,s:o}", "$schema",
                                    "https://json-schema.org/draft/2020-12/schema", "title",
                                    "A langserved app", "type", "object", "properties", properties,
                                    "additionalProperties", 0, "$defs", defs);
    char *text = json_dumps(schema, JSON_INDENT(2));
    buf_add_str(out, text);
    buf_add_char(out, '\n');
    free(text);
}

static void add_section(struct buf *out, const char *title, const char *intro,
                        const struct option *table)
{
    buf_printf(out, "\n## %s\n\n%s\n\n", title, intro);
    options_markdown(table, out);
}

static void add_kind(struct buf *out, const struct kind *kind)
{
    buf_printf(out, "\n### %s\n\n%s (LangChain: `%s`)\n\n```yaml\n%s```\n", kind->key, kind->doc,
               kind->shown, kind->example);
    if (kind->options) {
        buf_add_str(out, "\n");
        options_markdown(kind->options, out);
    }
}

static void add_subsections(struct buf *out, const struct subsection *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_printf(out, "\n### %s\n\n%s\n\n", parts[i].name, parts[i].intro);
        options_markdown(parts[i].options, out);
    }
}

void reference_markdown(struct buf *out)
{
    buf_add_str(out, "# Reference of the YAML file\n\nMade by `langserved config-schema "
                     "--markdown`; a test keeps it true.\n\n"
                     "`${NAME}` and `${NAME:-default}` take values from the environment, in "
                     "option values (not in templates and constants); `$${` is a literal `${`.\n");
    add_section(out, "app", "What the API is called.", app_options);
    add_section(out, "server", "How the server listens, limits and logs.", server_options);
    add_subsections(out, server_parts, COUNT(server_parts));
    buf_add_str(out, "\n## models\n\nA mapping of names to models: `gpt: {provider: openai, "
                     "model: gpt-4o-mini}`.\n");
    for (const struct provider *p = providers; p->name; p++) {
        buf_printf(out, "\n### provider: %s\n\n%s (LangChain: `%s`)\n\n", p->name, p->doc,
                   p->shown);
        options_markdown(p->options, out);
    }
    buf_add_str(out, "\n### models of all providers\n\n");
    options_markdown(model_common_options, out);
    add_subsections(out, model_parts, COUNT(model_parts));
    add_section(out, "prices",
                "A mapping of models' names to what a million of their tokens cost: `gpt-4o*: "
                "{input: 2.5, output: 10}`. A star stands for any text, and the first name that "
                "fits the one that an answer gives, or else the model's own, counts. "
                "[models.md](models.md#what-it-costs) says more.",
                price_options);
    buf_add_str(out, "\n## chains\n\nA mapping of names to expressions. An expression is a name "
                     "(of a model, a chain, or the built-in `str`, `json`, `list`, "
                     "`passthrough`), a pipe of names (`ask | gpt | str`), a list (a sequence), "
                     "or a mapping with exactly one of these kinds and any of the "
                     "[modifiers](#modifiers):\n");
    for (const struct kind *kind = kinds; kind->key; kind++)
        add_kind(out, kind);
    add_section(out, "modifiers", "These may stand beside any kind.", modifier_options);
    add_section(out, "lua", "Limits of lambdas, and where their modules are.", lua_options);
    add_subsections(out, wraps, COUNT(wraps));
    add_section(out, "store",
                "Where histories, caches and feedback are kept: see [store.md](store.md).",
                store_options);
    add_section(out, "auth", "Who may use the routes: see [auth.md](auth.md).", auth_options);
    add_subsections(out, auth_parts, COUNT(auth_parts));
    add_section(out, "metrics",
                "A mapping of names to counters, gauges and histograms of the app's own: "
                "`translations_total: {type: counter, labels: [to]}`. [metrics.md](metrics.md) "
                "says more.",
                metric_options);
    add_section(out, "routes",
                "A mapping of paths to chains (`/translate: translate`) or to route options.",
                route_options);
    add_subsections(out, route_parts, COUNT(route_parts));
}

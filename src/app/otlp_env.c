#include "app/otlp_env.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/url.h"
#include "http/checks.h"

enum { MAX_HEADERS = 32, MAX_RESOURCE = 64 << 10, DELAY_MS = 5000, TIMEOUT_MS = 10000 };

/* What reading needs. */
struct reading {
    struct arena *arena;
    struct place place;
    struct problems *problems;
};

/* An empty variable counts as unset. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* A variable of traces alone stands before that of all signals. */
static const char *exporter_variable(struct arena *arena, const char *name)
{
    const char *own = variable(arena_printf(arena, "OTEL_EXPORTER_OTLP_TRACES_%s", name));
    return own ? own : variable(arena_printf(arena, "OTEL_EXPORTER_OTLP_%s", name));
}

static void warn(const struct reading *reading, const char *name, const char *expected)
{
    problems_warn(reading->problems, reading->place,
                  "the environment's %s cannot be used: expected %s", name, expected);
}

/* NULL: we do not speak what is asked for. */
static const struct otlp_format *format_of(const struct reading *reading)
{
    const char *protocol = exporter_variable(reading->arena, "PROTOCOL");
    if (!protocol || strcmp(protocol, "http/json") == 0)
        return &otlp_json;
    return strcmp(protocol, "http/protobuf") == 0 ? &otlp_protobuf : NULL;
}

/* Whether anything is to be sent at all. */
static bool is_on(const struct reading *reading)
{
    const char *disabled = variable("OTEL_SDK_DISABLED"), *to = variable("OTEL_TRACES_EXPORTER");
    bool on = to ? strcmp(to, "otlp") == 0 : exporter_variable(reading->arena, "ENDPOINT") != NULL;
    if (disabled && strcasecmp(disabled, "true") == 0)
        return false;
    if (to && !on && strcmp(to, "none") != 0)
        warn(reading, "OTEL_TRACES_EXPORTER", "otlp or none");
    if (on && !format_of(reading)) {
        warn(reading, "OTEL_EXPORTER_OTLP_PROTOCOL", "http/json or http/protobuf");
        return false;
    }
    return on;
}

/* NULL: told that it is none.  The URL of traces alone may have a query. */
static const char *url_of(const struct reading *reading)
{
    struct arena *arena = reading->arena;
    const char *own = variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
    const char *base = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
    base = base ? base : "http://localhost:4318";
    if (!url_is_http(own ? arena_strndup(arena, own, strcspn(own, "?")) : base)) {
        warn(reading, own ? "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" : "OTEL_EXPORTER_OTLP_ENDPOINT",
             "http://… or https://…");
        return NULL;
    }
    if (own)
        return arena_strdup(arena, own);
    size_t len = strlen(base);
    return arena_printf(arena, "%.*s/v1/traces", (int)(base[len - 1] == '/' ? len - 1 : len), base);
}

/* Undoes percent-encoding in place. */
static void decode(char *text)
{
    char *out = text;
    for (; *text; text++) {
        bool escape = *text == '%' && hex_digit(text[1]) >= 0 && hex_digit(text[2]) >= 0;
        *out++ = escape ? (char)(hex_digit(text[1]) * 16 + hex_digit(text[2])) : *text;
        text += escape ? 2 : 0;
    }
    *out = '\0';
}

static char *strip(char *text)
{
    text += strspn(text, " \t");
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t", text[len - 1]))
        text[--len] = '\0';
    return text;
}

/* Takes the first `key=value` of a list that commas part apart, in place, and moves *list on.
 * False at the end; *key is NULL where there is no pair. */
static bool next_pair(char **list, char **key, char **value)
{
    char *pair = *list ? strsep(list, ",") : NULL;
    if (!pair)
        return false;
    char *equals = strchr(pair, '=');
    *key = *value = NULL;
    if (!equals)
        return true;
    *equals = '\0';
    *key = strip(pair);
    *value = strip(equals + 1);
    decode(*value);
    return true;
}

static const char *const *headers_of(const struct reading *reading,
                                     const struct otlp_format *format)
{
    struct arena *arena = reading->arena;
    const char **headers = arena_zalloc(arena, (MAX_HEADERS + 1) * sizeof *headers);
    char *list = arena_strdup(arena, exporter_variable(arena, "HEADERS")), *key, *value;
    size_t count = 0;
    headers[count++] = arena_printf(arena, "Content-Type: %s", format->content_type);
    headers[count++] = "User-Agent: langserved/" LS_VERSION;
    while (next_pair(&list, &key, &value))
        if (!key || !check_is_token(key) || !check_is_value(value) || count == MAX_HEADERS)
            warn(reading, "OTEL_EXPORTER_OTLP_HEADERS", "name=value,name=value");
        else
            headers[count++] = arena_printf(arena, "%s: %s", key, value);
    return headers;
}

static void set_text(json_t *attributes, const char *key, const char *value)
{
    if (*key)
        json_object_set_new(attributes, key, json_string(value)); /* NULL: no UTF-8, nothing */
}

/* Who tells, as an object (new reference). */
static json_t *resource_of(const struct reading *reading)
{
    json_t *attributes = json_object();
    char *list = arena_strdup(reading->arena, variable("OTEL_RESOURCE_ATTRIBUTES")), *key, *value;
    const char *service = variable("OTEL_SERVICE_NAME");
    set_text(attributes, "service.name", "unknown_service:langserved");
    set_text(attributes, "telemetry.sdk.name", "langserved");
    set_text(attributes, "telemetry.sdk.version", LS_VERSION);
    while (next_pair(&list, &key, &value))
        if (key)
            set_text(attributes, key, value);
        else
            warn(reading, "OTEL_RESOURCE_ATTRIBUTES", "key=value,key=value");
    if (service)
        set_text(attributes, "service.name", service);
    return attributes;
}

/* A batch up to its spans. */
static void set_before(const struct reading *reading, struct otlp_traces *traces)
{
    json_auto_t *resource = resource_of(reading);
    struct buf before;
    buf_init(&before, MAX_RESOURCE);
    traces->format->begin_batch(&before, resource);
    if (before.full) {
        warn(reading, "OTEL_RESOURCE_ATTRIBUTES", "less than 64 KB");
        buf_reset(&before);
        json_object_clear(resource);
        traces->format->begin_batch(&before, resource);
    }
    traces->before = arena_strndup(reading->arena, before.data, before.len);
    traces->before_len = before.len;
    buf_fini(&before);
}

static int64_t ms_of(const struct reading *reading, const char *name, const char *value,
                     int64_t fallback)
{
    char *end;
    if (!value)
        return fallback;
    long long ms = strtoll(value, &end, 10);
    if (end != value && *end == '\0' && ms >= 0 && ms <= INT32_MAX)
        return ms;
    warn(reading, name, "milliseconds");
    return fallback;
}

static void read_ratio(const struct reading *reading, struct otlp_traces *traces)
{
    const char *value = variable("OTEL_TRACES_SAMPLER_ARG");
    char *end;
    traces->ratio = value ? strtod(value, &end) : 1;
    if (!value || (end != value && *end == '\0' && traces->ratio >= 0 && traces->ratio <= 1))
        return;
    warn(reading, "OTEL_TRACES_SAMPLER_ARG", "a number from 0 to 1");
    traces->ratio = 1;
}

static void read_sampler(const struct reading *reading, struct otlp_traces *traces)
{
    static const char parent[] = "parentbased_";
    static const struct {
        const char *name;
        enum otlp_sampler sampler;
    } samplers[] = {{"always_on", OTLP_ALL},
                    {"always_off", OTLP_NONE},
                    {"traceidratio", OTLP_RATIO}};
    const char *said = variable("OTEL_TRACES_SAMPLER");
    traces->by_parent = !said || strncmp(said, parent, strlen(parent)) == 0;
    traces->sampler = OTLP_ALL;
    read_ratio(reading, traces);
    if (!said)
        return;
    const char *name = traces->by_parent ? said + strlen(parent) : said;
    for (size_t i = 0; i < sizeof samplers / sizeof *samplers; i++) {
        if (strcmp(name, samplers[i].name) == 0) {
            traces->sampler = samplers[i].sampler;
            return;
        }
    }
    traces->by_parent = true;
    warn(reading, "OTEL_TRACES_SAMPLER",
         "always_on, always_off, traceidratio, or one of them behind parentbased_");
}

const struct otlp_traces *otlp_traces_from_env(struct arena *arena, struct place place,
                                               struct problems *problems)
{
    const struct reading reading = {arena, place, problems};
    const char *url = is_on(&reading) ? url_of(&reading) : NULL;
    if (!url)
        return NULL;
    struct otlp_traces *traces = arena_zalloc(arena, sizeof *traces);
    traces->url = url;
    traces->format = format_of(&reading);
    traces->headers = headers_of(&reading, traces->format);
    set_before(&reading, traces);
    traces->delay =
        ms_of(&reading, "OTEL_BSP_SCHEDULE_DELAY", variable("OTEL_BSP_SCHEDULE_DELAY"), DELAY_MS);
    traces->timeout = ms_of(&reading, "OTEL_EXPORTER_OTLP_TIMEOUT",
                            exporter_variable(arena, "TIMEOUT"), TIMEOUT_MS);
    read_sampler(&reading, traces);
    return traces;
}

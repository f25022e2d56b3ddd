#include "observe/otlp_span.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

static void print_string(struct buf *out, const char *text)
{
    (void)json_print_string(out, text, strlen(text), JSON_WIRE);
}

void otlp_span_begin(struct buf *out, const struct otlp_span *span)
{
    buf_printf(out, "{\"traceId\":\"%s\",\"spanId\":\"%s\"", span->trace->trace_id, span->id);
    if (*span->parent_id)
        buf_printf(out, ",\"parentSpanId\":\"%s\"", span->parent_id);
    if (span->trace->state) {
        buf_add_str(out, ",\"traceState\":");
        print_string(out, span->trace->state);
    }
    buf_add_str(out, ",\"name\":");
    print_string(out, span->name);
    buf_printf(out,
               ",\"flags\":%d,\"kind\":%d,\"startTimeUnixNano\":\"%lld000\","
               "\"endTimeUnixNano\":\"%lld000\",\"attributes\":[",
               span->trace->flags | TRACE_SAMPLED, (int)span->kind, (long long)span->start_us,
               (long long)span->end_us);
}

static void begin_attribute(struct buf *out, const char *key)
{
    if (out->data[out->len - 1] != '[')
        buf_add_char(out, ',');
    buf_add_str(out, "{\"key\":");
    print_string(out, key);
    buf_add_str(out, ",\"value\":");
}

void otlp_add_str(struct buf *out, const char *key, const char *value)
{
    if (!value || !text_is_utf8(value, strlen(value)))
        return;
    begin_attribute(out, key);
    buf_add_str(out, "{\"stringValue\":");
    print_string(out, value);
    buf_add_str(out, "}}");
}

void otlp_add_int(struct buf *out, const char *key, int64_t value)
{
    begin_attribute(out, key);
    buf_printf(out, "{\"intValue\":\"%lld\"}}", (long long)value);
}

static const char *value_key(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING: return "stringValue";
    case JSON_REAL: return "doubleValue";
    case JSON_TRUE:
    case JSON_FALSE: return "boolValue";
    default: return NULL;
    }
}

/* {"stringValue": …}; what has no such form is an empty value. */
static void print_value(struct buf *out, const json_t *value)
{
    const char *key = value_key(value);
    buf_add_char(out, '{');
    if (json_is_integer(value)) { /* as text: JavaScript has no such numbers */
        buf_printf(out, "\"intValue\":\"%lld\"", (long long)json_integer_value(value));
    } else if (key) {
        buf_printf(out, "\"%s\":", key);
        (void)json_print(out, value, JSON_WIRE);
    }
    buf_add_char(out, '}');
}

static void print_list(struct buf *out, const json_t *list)
{
    size_t i;
    json_t *item;
    buf_add_str(out, "{\"arrayValue\":{\"values\":[");
    json_array_foreach((json_t *)list, i, item) {
        buf_add(out, ",", i > 0);
        print_value(out, item);
    }
    buf_add_str(out, "]}}");
}

void otlp_add_json(struct buf *out, const char *key, const json_t *value)
{
    if (!value || json_is_null(value) || json_is_object(value))
        return;
    begin_attribute(out, key);
    if (json_is_array(value))
        print_list(out, value);
    else
        print_value(out, value);
    buf_add_char(out, '}');
}

void otlp_span_end(struct buf *out, const char *error)
{
    buf_add_str(out, "],\"status\":{");
    if (error) {
        buf_add_str(out, "\"code\":2,\"message\":");
        print_string(out, error);
    }
    buf_add_str(out, "}}");
}

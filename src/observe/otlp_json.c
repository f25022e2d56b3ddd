#include "observe/otlp_format.h"

#include <string.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/text.h"

static void print_string(struct buf *out, const char *text)
{
    (void)json_print_string(out, text, strlen(text), JSON_WIRE);
}

static void add_member(struct buf *out, const char *key, const char *plain)
{
    buf_add_str(out, key);
    buf_add_str(out, plain);
    buf_add_char(out, '"');
}

static void add_id(struct buf *out, const char *key, const unsigned char id[SPAN_ID_BYTES])
{
    char digits[SPAN_ID_LEN + 1];
    *hex_print(digits, id, SPAN_ID_BYTES) = '\0';
    add_member(out, key, digits);
}

/* Nanoseconds, as text: JavaScript has no such numbers. */
static void add_time(struct buf *out, const char *key, int64_t us)
{
    buf_add_str(out, key);
    buf_add_int(out, us);
    buf_add_str(out, "000\"");
}

static void add_name(struct buf *out, const struct otlp_span *span)
{
    buf_add_str(out, ",\"name\":\"");
    if (span->operation) {
        buf_add_str(out, span->operation);
        buf_add_char(out, ' ');
    }
    (void)json_print_chars(out, span->object, strlen(span->object), JSON_WIRE);
    buf_add_char(out, '"');
}

static void begin_span(struct buf *out, const struct otlp_span *span)
{
    add_member(out, "{\"traceId\":\"", span->trace->trace_id);
    add_id(out, ",\"spanId\":\"", span->id);
    if (span->has_parent)
        add_id(out, ",\"parentSpanId\":\"", span->parent_id);
    if (span->trace->state) {
        buf_add_str(out, ",\"traceState\":");
        print_string(out, span->trace->state);
    }
    add_name(out, span);
    buf_add_str(out, ",\"flags\":");
    buf_add_int(out, span->trace->flags | TRACE_SAMPLED);
    buf_add_str(out, ",\"kind\":");
    buf_add_int(out, span->kind);
    add_time(out, ",\"startTimeUnixNano\":\"", span->start_us);
    add_time(out, ",\"endTimeUnixNano\":\"", span->end_us);
    buf_add_str(out, ",\"attributes\":[");
}

/* Whose keys may be any text. */
static void begin_batch(struct buf *out, const json_t *resource)
{
    json_auto_t *attributes = json_array();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)resource, key, value)
        json_array_append_new(attributes, json_pack("{s:s,s:{s:O}}", "key", key, "value",
                                                    "stringValue", value));
    buf_add_str(out, "{\"resourceSpans\":[{\"resource\":{\"attributes\":");
    (void)json_print(out, attributes, JSON_WIRE);
    buf_add_str(out,
                "},\"scopeSpans\":[{\"scope\":{\"name\":\"langserved\",\"version\":\"" LS_VERSION
                "\"},\"spans\":[");
}

static void end_batch(struct buf *out, size_t begun)
{
    (void)begun;
    buf_add_str(out, "]}]}]}");
}

static void begin_attribute(struct buf *out, const char *key)
{
    bool first = out->len > 0 && out->data[out->len - 1] == '[';
    add_member(out, first ? "{\"key\":\"" : ",{\"key\":\"", key);
    buf_add_str(out, ",\"value\":");
}

static void add_str(struct buf *out, const char *key, const char *value)
{
    if (!value || !text_is_utf8(value, strlen(value)))
        return;
    begin_attribute(out, key);
    buf_add_str(out, "{\"stringValue\":");
    print_string(out, value);
    buf_add_str(out, "}}");
}

static void print_int(struct buf *out, int64_t value)
{
    buf_add_str(out, "{\"intValue\":\"");
    buf_add_int(out, value);
    buf_add_str(out, "\"}");
}

static void add_int(struct buf *out, const char *key, int64_t value)
{
    begin_attribute(out, key);
    print_int(out, value);
    buf_add_char(out, '}');
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
    if (json_is_integer(value)) {
        print_int(out, json_integer_value(value));
        return;
    }
    buf_add_char(out, '{');
    if (key) {
        add_member(out, "\"", key);
        buf_add_char(out, ':');
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

static void add_json(struct buf *out, const char *key, const json_t *value)
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

static void end_span(struct buf *out, const char *error)
{
    buf_add_str(out, "],\"status\":{");
    if (error) {
        buf_add_str(out, "\"code\":2,\"message\":");
        print_string(out, error);
    }
    buf_add_str(out, "}}");
}

const struct otlp_format otlp_json = {
    .content_type = "application/json",
    .between = ",",
    .begin_batch = begin_batch,
    .end_batch = end_batch,
    .begin_span = begin_span,
    .add_str = add_str,
    .add_int = add_int,
    .add_json = add_json,
    .end_span = end_span,
};

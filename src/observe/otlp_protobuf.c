/* Fields are written as they come.  What holds others says its length first, which is not known
 * then: four bytes are kept for it.  https://protobuf.dev/programming-guides/encoding/ */
#include "observe/otlp_format.h"

#include <endian.h>
#include <string.h>

#include "base/hex.h"
#include "base/text.h"

/* How a field's value is written. */
enum wire { VARINT = 0, FIXED64 = 1, LEN = 2, FIXED32 = 5 };

#define TAG(field, wire) ((unsigned char)((field) << 3 | (wire)))

enum {
    REQUEST_RESOURCE_SPANS = TAG(1, LEN),
    RESOURCE_SPANS_RESOURCE = TAG(1, LEN),
    RESOURCE_SPANS_SCOPE_SPANS = TAG(2, LEN),
    RESOURCE_ATTRIBUTES = TAG(1, LEN),
    SCOPE_SPANS_SCOPE = TAG(1, LEN),
    SCOPE_SPANS_SPANS = TAG(2, LEN),
    SCOPE_NAME = TAG(1, LEN),
    SCOPE_VERSION = TAG(2, LEN),
    SPAN_TRACE_ID = TAG(1, LEN),
    SPAN_ID = TAG(2, LEN),
    SPAN_TRACE_STATE = TAG(3, LEN),
    SPAN_PARENT_ID = TAG(4, LEN),
    SPAN_NAME = TAG(5, LEN),
    SPAN_KIND = TAG(6, VARINT),
    SPAN_START = TAG(7, FIXED64),
    SPAN_END = TAG(8, FIXED64),
    SPAN_ATTRIBUTES = TAG(9, LEN),
    SPAN_STATUS = TAG(15, LEN),
    SPAN_FLAGS = 16, /* the field's number */
    STATUS_MESSAGE = TAG(2, LEN),
    STATUS_CODE = TAG(3, VARINT),
    PAIR_KEY = TAG(1, LEN),
    PAIR_VALUE = TAG(2, LEN),
    VALUE_STRING = TAG(1, LEN),
    VALUE_BOOL = TAG(2, VARINT),
    VALUE_INT = TAG(3, VARINT),
    VALUE_DOUBLE = TAG(4, FIXED64),
    VALUE_ARRAY = TAG(5, LEN),
    ARRAY_VALUES = TAG(1, LEN),
    ERROR = 2,    /* a status */
    KEPT_LEN = 4, /* bytes of a length that is written later: 256 MB */
    MAX_VARINT = 10,
    MAX_HEAD = 1 + MAX_VARINT,
};

/* ---- fields ---- */

static char *put_varint(char *out, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *out++ = (char)(number | 0x80);
    *out++ = (char)number;
    return out;
}

static void add_varint(struct buf *out, unsigned char tag, uint64_t number)
{
    char field[MAX_HEAD] = {(char)tag};
    buf_add(out, field, (size_t)(put_varint(field + 1, number) - field));
}

static void add_fixed64(struct buf *out, unsigned char tag, uint64_t number)
{
    char field[1 + sizeof number] = {(char)tag};
    number = htole64(number);
    memcpy(field + 1, &number, sizeof number);
    buf_add(out, field, sizeof field);
}

static char *put_bytes(char *out, unsigned char tag, const void *bytes, size_t len)
{
    *out++ = (char)tag;
    out = put_varint(out, len);
    memcpy(out, bytes, len);
    return out + len;
}

static void add_bytes(struct buf *out, unsigned char tag, const void *bytes, size_t len)
{
    char *start = buf_reserve(out, MAX_HEAD + len);
    if (start)
        buf_commit(out, (size_t)(put_bytes(start, tag, bytes, len) - start));
}

static void add_text(struct buf *out, unsigned char tag, const char *text)
{
    add_bytes(out, tag, text, strlen(text));
}

/* A field that holds others, up to its length; returns where that stands. */
static size_t begin(struct buf *out, unsigned char tag)
{
    const char head[1 + KEPT_LEN] = {(char)tag};
    buf_add(out, head, sizeof head);
    return out->len - KEPT_LEN;
}

/* Writes the length of all that stands behind it, in as many bytes as were kept. */
static void end(struct buf *out, size_t at)
{
    size_t len = out->len - at - KEPT_LEN;
    for (size_t i = 0; i < KEPT_LEN && !out->full; i++, len >>= 7)
        out->data[at + i] = (char)((len & 0x7f) | (i < KEPT_LEN - 1 ? 0x80 : 0));
}

/* ---- attributes ---- */

/* How long a field of `len` bytes is. */
static size_t field_len(size_t len)
{
    size_t all = 2 + len;
    for (; len >= 0x80; len >>= 7)
        all++;
    return all;
}

/* Most attributes are texts, so that these are written at once. */
static void add_pair(struct buf *out, unsigned char tag, const char *key, const char *value)
{
    size_t key_len = strlen(key), len = strlen(value), value_len = field_len(len);
    char *start = buf_reserve(out, 4 * MAX_HEAD + key_len + len), *at = start;
    if (!start)
        return;
    *at++ = (char)tag;
    at = put_varint(at, field_len(key_len) + field_len(value_len));
    at = put_bytes(at, PAIR_KEY, key, key_len);
    *at++ = PAIR_VALUE;
    at = put_varint(at, value_len);
    at = put_bytes(at, VALUE_STRING, value, len);
    buf_commit(out, (size_t)(at - start));
}

static void add_str(struct buf *out, const char *key, const char *value)
{
    if (value && text_is_utf8(value, strlen(value)))
        add_pair(out, SPAN_ATTRIBUTES, key, value);
}

/* Where the lengths of an attribute and of its value stand. */
struct pair {
    size_t all, value;
};

static struct pair begin_pair(struct buf *out, const char *key)
{
    struct pair pair = {.all = begin(out, SPAN_ATTRIBUTES)};
    add_text(out, PAIR_KEY, key);
    pair.value = begin(out, PAIR_VALUE);
    return pair;
}

static void end_pair(struct buf *out, struct pair pair)
{
    end(out, pair.value);
    end(out, pair.all);
}

/* What has no form is an empty value. */
static void add_plain(struct buf *out, const json_t *value)
{
    double number = json_real_value(value);
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    switch (json_typeof(value)) {
    case JSON_STRING:
        add_bytes(out, VALUE_STRING, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER: add_varint(out, VALUE_INT, (uint64_t)json_integer_value(value)); break;
    case JSON_REAL: add_fixed64(out, VALUE_DOUBLE, bits); break;
    case JSON_TRUE:
    case JSON_FALSE: add_varint(out, VALUE_BOOL, json_is_true(value)); break;
    default: break;
    }
}

static void add_list(struct buf *out, const json_t *list)
{
    size_t array = begin(out, VALUE_ARRAY), i;
    json_t *item;
    json_array_foreach((json_t *)list, i, item) {
        size_t at = begin(out, ARRAY_VALUES);
        add_plain(out, item);
        end(out, at);
    }
    end(out, array);
}

static void add_json(struct buf *out, const char *key, const json_t *value)
{
    if (!value || json_is_null(value) || json_is_object(value))
        return;
    struct pair pair = begin_pair(out, key);
    if (json_is_array(value))
        add_list(out, value);
    else
        add_plain(out, value);
    end_pair(out, pair);
}

static void add_int(struct buf *out, const char *key, int64_t value)
{
    struct pair pair = begin_pair(out, key);
    add_varint(out, VALUE_INT, (uint64_t)value);
    end_pair(out, pair);
}

/* ---- spans ---- */

static void add_name(struct buf *out, const struct otlp_span *span)
{
    size_t at = begin(out, SPAN_NAME), len = strlen(span->object);
    if (span->operation) {
        buf_add_str(out, span->operation);
        buf_add_char(out, ' ');
    }
    if (text_is_utf8(span->object, len))
        buf_add(out, span->object, len);
    end(out, at);
}

/* The one field whose tag takes two bytes. */
static void add_flags(struct buf *out, unsigned char flags)
{
    const char field[] = {
        (char)(TAG(SPAN_FLAGS, FIXED32) | 0x80), SPAN_FLAGS >> 4, (char)flags, 0, 0, 0};
    buf_add(out, field, sizeof field);
}

static void begin_span(struct buf *out, const struct otlp_span *span)
{
    const struct trace_context *trace = span->trace;
    unsigned char trace_id[TRACE_ID_LEN / 2];
    (void)begin(out, SCOPE_SPANS_SPANS);
    hex_read(trace_id, trace->trace_id, sizeof trace_id);
    add_bytes(out, SPAN_TRACE_ID, trace_id, sizeof trace_id);
    add_bytes(out, SPAN_ID, span->id, sizeof span->id);
    if (span->has_parent)
        add_bytes(out, SPAN_PARENT_ID, span->parent_id, sizeof span->parent_id);
    if (trace->state)
        add_text(out, SPAN_TRACE_STATE, trace->state);
    add_name(out, span);
    add_varint(out, SPAN_KIND, span->kind);
    add_fixed64(out, SPAN_START, (uint64_t)span->start_us * 1000);
    add_fixed64(out, SPAN_END, (uint64_t)span->end_us * 1000);
    add_flags(out, trace->flags | TRACE_SAMPLED);
}

static void end_span(struct buf *out, const char *error)
{
    if (error) {
        size_t status = begin(out, SPAN_STATUS);
        add_text(out, STATUS_MESSAGE, error);
        add_varint(out, STATUS_CODE, ERROR);
        end(out, status);
    }
    end(out, 1);
}

/* ---- batches ---- */

static void add_resource(struct buf *out, const json_t *resource)
{
    size_t at = begin(out, RESOURCE_SPANS_RESOURCE);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)resource, key, value)
        add_pair(out, RESOURCE_ATTRIBUTES, key, json_string_value(value));
    end(out, at);
}

static void begin_batch(struct buf *out, const json_t *resource)
{
    (void)begin(out, REQUEST_RESOURCE_SPANS);
    add_resource(out, resource);
    (void)begin(out, RESOURCE_SPANS_SCOPE_SPANS);
}

/* The scope may stand behind its spans: then the beginning of a batch ends with the length of both. */
static void end_batch(struct buf *out, size_t begun)
{
    size_t scope = begin(out, SCOPE_SPANS_SCOPE);
    add_text(out, SCOPE_NAME, "langserved");
    add_text(out, SCOPE_VERSION, LS_VERSION);
    end(out, scope);
    end(out, begun - KEPT_LEN);
    end(out, 1);
}

const struct otlp_format otlp_protobuf = {
    .content_type = "application/x-protobuf",
    .between = "",
    .begin_batch = begin_batch,
    .end_batch = end_batch,
    .begin_span = begin_span,
    .add_str = add_str,
    .add_int = add_int,
    .add_json = add_json,
    .end_span = end_span,
};

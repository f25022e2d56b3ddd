/* The two encodings of OpenTelemetry's protocol over HTTP (OTLP): JSON and protobuf.
 * https://opentelemetry.io/docs/specs/otlp/, opentelemetry/proto/trace/v1/trace.proto */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "base/trace_context.h"

enum otlp_kind { OTLP_INTERNAL = 1, OTLP_SERVER = 2, OTLP_CLIENT = 3 };

struct otlp_span {
    const struct trace_context *trace;
    unsigned char id[SPAN_ID_BYTES], parent_id[SPAN_ID_BYTES];
    bool has_parent;
    const char *operation, *object; /* its name: a plain word or NULL, and with what */
    enum otlp_kind kind;
    int64_t start_us, end_us; /* wall clock */
};

struct otlp_format {
    const char *content_type;
    const char *between; /* what parts the spans of a batch */

    /* A batch up to its spans, into an empty buffer; `resource` is an object of texts: who tells. */
    void (*begin_batch)(struct buf *out, const json_t *resource);

    /* What stands behind its spans; the beginning took `begun` bytes. */
    void (*end_batch)(struct buf *out, size_t begun);

    /* A span up to its attributes, into an empty buffer. */
    void (*begin_span)(struct buf *out, const struct otlp_span *span);

    /* One attribute, its key as it stands in JSON; a text that is NULL or no UTF-8 is left out. */
    void (*add_str)(struct buf *out, const char *key, const char *value);
    void (*add_int)(struct buf *out, const char *key, int64_t value);

    /* One of a text, number, truth value or list of such; NULL, null and others are left out. */
    void (*add_json)(struct buf *out, const char *key, const json_t *value);

    /* The end of the span; `error` NULL: nothing failed. */
    void (*end_span)(struct buf *out, const char *error);
};

extern const struct otlp_format otlp_json, otlp_protobuf;

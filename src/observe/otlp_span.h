/* Prints spans in the JSON encoding of OpenTelemetry's protocol (OTLP). */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "base/trace_context.h"

enum otlp_kind { OTLP_INTERNAL = 1, OTLP_SERVER = 2, OTLP_CLIENT = 3 };

struct otlp_span {
    const struct trace_context *trace;
    const char *id, *parent_id;     /* lower-case hex; the second "" for none */
    const char *operation, *object; /* its name: a plain word or NULL, and with what */
    enum otlp_kind kind;
    int64_t start_us, end_us; /* wall clock */
};

/* The beginning of a span, up to its attributes. */
void otlp_span_begin(struct buf *out, const struct otlp_span *span);

/* One attribute, its key as it stands in JSON; a text that is NULL or no UTF-8 is left out. */
void otlp_add_str(struct buf *out, const char *key, const char *value);
void otlp_add_int(struct buf *out, const char *key, int64_t value);

/* One of a text, number or list of such; NULL, null and others are left out. */
void otlp_add_json(struct buf *out, const char *key, const json_t *value);

/* The end of the span; `error` NULL: nothing failed. */
void otlp_span_end(struct buf *out, const char *error);

/* OpenTelemetry as its own environment variables name it. */
#pragma once

#include "base/arena.h"
#include "observe/otlp_trace.h"
#include "yaml/problems.h"

/* What is traced and where it goes, in `arena`; NULL unless OTEL_EXPORTER_OTLP_ENDPOINT or
 * OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set, or OTEL_TRACES_EXPORTER is `otlp`; and when
 * OTEL_SDK_DISABLED is true.  Values that are none are warned of at `place`, and the default holds. */
const struct otlp_traces *otlp_traces_from_env(struct arena *arena, struct place place,
                                               struct problems *problems);

/* What the tables of kinds, providers and options say, for editors and for readers. */
#pragma once

#include "base/buf.h"

/* The JSON Schema of app files. */
void reference_json_schema(struct buf *out);

/* The reference page of the documentation: docs/reference.md. */
void reference_markdown(struct buf *out);

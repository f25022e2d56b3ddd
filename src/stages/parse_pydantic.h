/* PydanticOutputParser: the JSON in what a model says, decoded against a schema. */
#pragma once

#include "run/runnable.h"
#include "schema/schema.h"

/* A new instance; `schema` is taken over. */
struct runnable *parse_pydantic_new(struct schema *schema);

/* What stands in a sentence for the name of what `schema` describes (borrowed from it). */
const char *parse_schema_name(const struct schema *schema);

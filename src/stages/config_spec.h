/* The specs of configurable ids (run/configurable.h), as pydantic shows them. */
#pragma once

#include <jansson.h>

struct config_label {
    const char *id, *name, *description; /* the last two may be NULL */
};

/* A value of the type that `schema` (taken over) describes; `fallback` (taken over) may be NULL. */
json_t *config_spec_value(const struct config_label *label, json_t *schema, json_t *fallback);

/* One of `keys` (a list of text; taken over), with a default. */
json_t *config_spec_choice(const struct config_label *label, json_t *keys, json_t *fallback);

/* Some of `keys`, in a list. */
json_t *config_spec_choices(const struct config_label *label, json_t *keys, json_t *fallback);

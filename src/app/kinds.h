/* The table of kinds: every key that makes a mapping a runnable, and every built-in name.
 * The loader, `langserved config-schema`, the reference page and the C API follow this table. */
#pragma once

#include "app/builder.h"
#include "yaml/option.h"

struct kind {
    const char *key;              /* "prompt" */
    const char *shown;            /* LangChain's name for it */
    const char *value;            /* JSON text of the JSON Schema of its value */
    const struct option *options; /* its own options beside the key; NULL: none */
    const char *doc;              /* Markdown: what it does */
    const char *example;          /* YAML */
    /* Builds an instance from the key's value; `map` is the whole mapping (NULL for a built-in
     * name).  NULL when it has a mistake, which is told. */
    struct runnable *(*build)(struct builder *builder, const struct node *value,
                              const struct node *map);
};

/* All kinds; ends with a NULL key. */
extern const struct kind kinds[];

/* The kind of a key, or NULL. */
const struct kind *kind_find(const char *key);

/* Fills the struct at `out` (zeroed) from the kind's own options in `map`, as options_read(). */
void kind_options_read(struct builder *builder, const char *key, const struct node *map, void *out);

/* The kind whose value may be written as a bare name (`str`), or NULL. */
const struct kind *kind_of_builtin(const char *name);

/* The built-in names. */
size_t kinds_builtin_count(void);
const char *kinds_builtin(size_t i);

/* Says that a mapping has no kind key, and what was probably meant. */
void kinds_tell_missing(struct problems *problems, const struct node *map);

/* The output parsers of `parse`: one row each. */
#pragma once

#include "app/builder.h"
#include "yaml/option.h"

/* The options of all parsers, in one table. */
struct parser_fields {
    json_t *schema, *tools;
    struct option_strings values, tag_names, output_keys;
    const char *format, *true_val, *false_val, *regex, *default_output_key, *key_name;
    bool first_tool_only, return_id, with_error;
    const struct node *parser, *llm, *retry_chain;
    int64_t max_retries;
};

extern const struct option parse_options[];

struct parser {
    const char *name; /* "json" */
    const char *asks; /* what it wants of a model, for one that mends answers; NULL: not known */
    const char *takes[7];    /* its options; ends with NULL */
    const char *required[3]; /* those that must be given */
    /* Builds an instance; `map` is the mapping (NULL for a bare name), `place` where it stands.
     * NULL when it has a mistake, which is told. */
    struct runnable *(*build)(struct builder *builder, struct place place, const struct node *map,
                              struct parser_fields *fields);
};

/* All parsers; ends with a NULL name. */
extern const struct parser parsers[];

/* The parser of that name, or NULL. */
const struct parser *parser_find(const char *name);

/* What the parser that `node` describes wants of a model, with its options (in the builder's
 * arena); NULL when it is not known. */
const char *parser_instructions(struct builder *builder, const struct node *node);

/* ---- between the files ---- */

/* The builders of `fixing` and `retry` (build_fixing.c). */
struct runnable *build_fixing(struct builder *builder, struct place place, const struct node *map,
                              struct parser_fields *fields);
struct runnable *build_retry_parser(struct builder *builder, struct place place,
                                    const struct node *map, struct parser_fields *fields);

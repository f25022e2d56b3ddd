/* What the files of mustache share: a compiled template. */
#pragma once

#include <stdbool.h>

#include "stages/mustache.h"

enum mustache_tag {
    MUSTACHE_LITERAL,
    MUSTACHE_VARIABLE, /* {{x}}: with HTML's signs escaped */
    MUSTACHE_RAW,      /* {{{x}}}, {{&x}} */
    MUSTACHE_SECTION,  /* {{#x}} */
    MUSTACHE_INVERTED, /* {{^x}} */
    MUSTACHE_END,      /* {{/x}} */
    MUSTACHE_SILENT,   /* prints nothing: partials, delimiters, `{{{x}}` */
};

struct mustache_token {
    enum mustache_tag tag;
    char *text; /* of a literal; of a tag its key, the parts of which a NUL ends each */
    size_t len;
    unsigned parts; /* how many names the key has */
    bool is_dot;    /* the key is ".": the innermost value itself */
    size_t end;     /* of a section: the token that ends it where it is repeated */
};

struct mustache {
    char *text; /* what the tokens' texts point into */
    struct mustache_token *tokens;
    size_t count;
    size_t sections;
};

/* The next name behind `part` of a key. */
static inline const char *mustache_next_part(const char *part)
{
    while (*part)
        part++;
    return part + 1;
}

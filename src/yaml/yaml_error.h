/* libyaml's errors in words for those who write the file. */
#pragma once

#include <yaml.h>

#include "yaml/node.h"
#include "yaml/problems.h"

/* The sentence about a `: value` without a key. */
#define YAML_EMPTY_KEY "the key is empty; write a name in front of the ':'"

/* The place of libyaml's `mark` in `file`. */
struct place yaml_place(const char *file, yaml_mark_t mark);

/* Tells why `parser`, which read `len` bytes of valid UTF-8 at `data`, gave up. */
void yaml_error_report(const yaml_parser_t *parser, const char *file, const char *data, size_t len,
                       struct problems *problems);

/* Whether the text is valid UTF-8; else tells where it is not. */
bool yaml_is_utf8(const char *file, const char *data, size_t len, struct problems *problems);

/* Files that an app's file names. */
#pragma once

#include "app/builder.h"

/* A path, relative to the file that `place` is in, in the builder's arena. */
const char *build_path(struct builder *builder, const char *path, struct place place);

/* The text of a file as a NODE_STRING at `place`: UTF-8, with line ends as `\n`, at most
 * BUILD_MAX_FILE bytes.  NULL, and told, when it cannot be read. */
enum { BUILD_MAX_FILE = 1 << 20 };
struct node *build_file(struct builder *builder, const char *path, struct place place);

/* NumberedListOutputParser ("1. item") and MarkdownListOutputParser ("- item", "* item"): an item
 * is what stands behind such a mark up to the end of its line. */
#pragma once

#include "run/runnable.h"

/* New instances (one reference). */
struct runnable *parse_numbered_list_new(void);
struct runnable *parse_markdown_list_new(void);

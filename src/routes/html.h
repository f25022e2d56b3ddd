/* Text in pages. */
#pragma once

#include "base/buf.h"

/* Appends text with the five characters that mean something in HTML written as references. */
void html_add(struct buf *out, const char *text);

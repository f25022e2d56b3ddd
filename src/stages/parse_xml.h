/* XMLOutputParser: the XML in what a model says, as nested objects. */
#pragma once

#include "run/runnable.h"

/* A new instance (one reference). */
struct runnable *parse_xml_new(void);

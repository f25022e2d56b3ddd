/* BaseRetriever: documents for a query, found by a body. */
#pragma once

#include "run/runnable.h"

/* A retriever whose body (taken over) gives a list of documents: objects with `page_content`, and
 * maybe `metadata` and `id`, or bare text.  `bare`: traces do not show the body as a step. */
struct runnable *retriever_new(struct runnable *body, bool bare);

/* From a path's entry to its endpoint: the gates that stand before it, in their order. */
#pragma once

#include "routes/service.h"

/* Lets the exchange through to the endpoint of `entry`, now or later, or answers why not. */
void admit(struct service *service, const struct path_entry *entry, struct http_exchange *exchange);

/* An exchange that follows a hub of printed events. */
#pragma once

#include "http/server.h"
#include "loop/loop.h"
#include "run/hub.h"

/* Answers `exchange` with the events from number `from` on, until the hub's end or the client's
 * leaving. */
void follower_begin(struct loop *loop, struct hub *hub, struct http_exchange *exchange,
                    uint64_t from);

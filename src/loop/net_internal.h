/* What listeners and connections share. */
#pragma once

#include "loop/net.h"

/* A connection on the connected, non-blocking socket `fd`, which it takes over; NULL (and the
 * socket closed) when it cannot be watched. */
struct net_conn *net_conn_adopt(struct loop *loop, int fd);

/* Connecting to a server: its name is resolved, its addresses are tried in their order. */
#pragma once

#include "loop/net.h"

struct net_dial;

/* The end of a dial, on a later turn: the connection, or NULL and a sentence about why not. */
typedef void net_dial_fn(void *owner, struct net_conn *conn, const char *why);

/* Connects to `host`, a name or an address (or "unix:PATH"), at `port`.  It takes as long as the
 * network takes: the caller sets a time and cancels. */
struct net_dial *net_dial(struct loop *loop, const char *host, int port, net_dial_fn *fn,
                          void *owner);

/* Ends a dial that has not ended: `fn` is not called.  Nulls *dial; NULL is harmless. */
void net_dial_cancel(struct net_dial **dial);

/* Requests about runs that another worker of this machine keeps: they are passed on over that
 * worker's private Unix socket, and the answer streams back as fast as its client takes it. */
#pragma once

#include "routes/service.h"

struct shared_ids;

struct relays;

/* Lets other workers' requests in, on a socket in `folder` (which only this user may enter), and
 * `service`'s out to those that `ids` names.  NULL when the socket cannot be had. */
struct relays *relays_new(const struct service *service, const struct http_limits *limits,
                          struct shared_ids *ids, const char *folder);

/* The name of the socket of process `pid` in `folder`; free() it. */
char *relay_path(const char *folder, pid_t pid);

/* Lets running requests of others end, and no more in; then calls fn(owner). */
void relays_drain(struct relays *relays, void (*fn)(void *owner), void *owner);

/* Ends everything at once; nulls *relays. */
void relays_free(struct relays **relays);

/* Has the worker that keeps the run `id` answer the exchange; false when no other worker does. */
bool relay_request(struct relays *relays, const struct route *route, struct http_exchange *exchange,
                   const struct uuid *id);

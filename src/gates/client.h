/* Who a client is: its address, through proxies that are trusted to tell it.
 *
 * A proxy adds the address it was called from at the end of X-Forwarded-For, so the list is read
 * from the right, and only as far as those who wrote it are trusted: the connection's peer wrote
 * the last address, the host of that address the one before it, and so on.  The first address that
 * is not a trusted proxy's is the client's; what stands left of it anybody may have sent. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "http/server.h"

/* A range of addresses, IPv4 ones as IPv6 maps them; or the peers of Unix sockets. */
struct address_range {
    unsigned char bytes[16];
    unsigned bits;
    bool is_unix;
};

struct trusted_proxies {
    const struct address_range *ranges; /* borrowed */
    size_t count;
};

enum { CLIENT_SIZE = 46 /* INET6_ADDRSTRLEN */, CLIENT_KEY = 16 };

/* Reads "10.0.0.0/8", "fd00::/8", one address, or "unix".  False when it is none of these. */
bool address_range_parse(struct address_range *range, const char *text);

/* The client's address as text: the peer's (returned as it is), or what trusted proxies (NULL:
 * none) say, in `out`. */
const char *client_of(const struct trusted_proxies *proxies, const struct http_request *request,
                      char out[CLIENT_SIZE]);

/* What one client is told from another by: all of an IPv4 address, the first 64 bits of an IPv6
 * one, of which each client has the rest to itself; all that is no address is one. */
void client_key(unsigned char key[CLIENT_KEY], const char *client);

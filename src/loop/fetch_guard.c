/* Design: a name may mean one address when it is checked and another when it is used, so it is the
 * address itself that is checked: when a socket is opened for it, before anything is sent, and
 * again before each request, for a connection may have been opened by a transfer without this
 * limit.  A transfer that met a refused address does not go on with another. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loop/fetch_internal.h"

struct block {
    uint32_t net;
    int bits;
};

/* Whatever IANA's registry of special addresses does not call global. */
static const struct block blocks[] = {
    {0x00000000, 8},  /* this network */
    {0x0a000000, 8},  /* private */
    {0x64400000, 10}, /* shared by a carrier's customers */
    {0x7f000000, 8},  /* loopback */
    {0xa9fe0000, 16}, /* link-local, with the clouds' metadata services */
    {0xac100000, 12}, /* private */
    {0xc0000000, 24}, /* protocol assignments */
    {0xc0000200, 24}, /* documentation */
    {0xc0586300, 24}, /* 6to4 relays */
    {0xc0a80000, 16}, /* private */
    {0xc6120000, 15}, /* benchmarks */
    {0xc6336400, 24}, /* documentation */
    {0xcb007100, 24}, /* documentation */
    {0xe0000000, 3},  /* multicast, reserved, broadcast */
};

static bool is_public_v4(uint32_t address)
{
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (((address ^ blocks[i].net) >> (32 - blocks[i].bits)) == 0)
            return false;
    return true;
}

static uint32_t v4_in(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Of IPv6 only 2000::/3 is global; what embeds an IPv4 address is as public as that. */
static bool is_public_v6(const uint8_t bytes[16])
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    if (memcmp(bytes, nat64, sizeof nat64) == 0)
        return is_public_v4(v4_in(bytes + 12));
    if ((bytes[0] & 0xe0) != 0x20) /* ::1, ::ffff:0:0/96, fc00::/7, fe80::/10, ff00::/8, … */
        return false;
    if (bytes[0] == 0x20 && bytes[1] == 0x02) /* 6to4 */
        return is_public_v4(v4_in(bytes + 2));
    if (bytes[0] == 0x20 && bytes[1] == 0x01) /* Teredo and other assignments, documentation */
        return bytes[2] > 0x01 && !(bytes[2] == 0x0d && bytes[3] == 0xb8);
    return true;
}

static bool is_public(const char *text)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, text, bytes) == 1)
        return is_public_v4(v4_in(bytes));
    return inet_pton(AF_INET6, text, bytes) == 1 && is_public_v6(bytes);
}

static bool is_allowed(struct fetch *fetch, const char *address)
{
    if (!fetch->public_only || is_public(address))
        return true;
    fetch_fail(fetch, LS_UPSTREAM_CONNECT, "the address %.64s is not a public one", address);
    return false;
}

int fetch_on_connected(void *arg, char *address, char *local, int port, int local_port)
{
    struct fetch *fetch = arg;
    (void)local;
    (void)port;
    (void)local_port;
    if (fetch->stopped || fetch->err || !is_allowed(fetch, address))
        return CURL_PREREQFUNC_ABORT;
    fetch_set_phase(fetch, fetch->timeouts.first_byte);
    return CURL_PREREQFUNC_OK;
}

curl_socket_t fetch_on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    const void *bytes = NULL;
    (void)purpose;
    if (address->family == AF_INET)
        bytes = &((const struct sockaddr_in *)(const void *)&address->addr)->sin_addr;
    else if (address->family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)(const void *)&address->addr)->sin6_addr;
    if (!bytes || !inet_ntop(address->family, bytes, text, sizeof text) || !is_allowed(arg, text))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

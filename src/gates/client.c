#include "gates/client.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)CLIENT_SIZE == INET6_ADDRSTRLEN, "room for an address");

static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool parse_address(unsigned char bytes[16], const char *text)
{
    memcpy(bytes, mapped, sizeof mapped);
    return inet_pton(AF_INET, text, bytes + sizeof mapped) == 1 ||
           inet_pton(AF_INET6, text, bytes) == 1;
}

static bool is_v4(const unsigned char bytes[16])
{
    return memcmp(bytes, mapped, sizeof mapped) == 0;
}

/* ---- ranges ---- */

/* Reads the digits behind a slash; false when they are no number up to `most`. */
static bool parse_bits(unsigned *bits, const char *text, unsigned most)
{
    size_t len = strspn(text, "0123456789");
    if (len == 0 || len > 3 || text[len])
        return false;
    *bits = (unsigned)strtoul(text, NULL, 10);
    return *bits <= most;
}

bool address_range_parse(struct address_range *range, const char *text)
{
    char address[CLIENT_SIZE];
    size_t len = strcspn(text, "/");
    *range = (struct address_range){.bits = 128, .is_unix = strcmp(text, "unix") == 0};
    if (range->is_unix)
        return true;
    if (len >= sizeof address)
        return false;
    memcpy(address, text, len);
    address[len] = '\0';
    if (!parse_address(range->bytes, address))
        return false;
    unsigned before = strchr(address, ':') ? 0 : 96; /* the bits that mapping adds */
    if (text[len] && !parse_bits(&range->bits, text + len + 1, 128 - before))
        return false;
    if (text[len])
        range->bits += before;
    return true;
}

static bool is_in(const struct address_range *range, const unsigned char bytes[16])
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;
    return !range->is_unix && memcmp(range->bytes, bytes, whole) == 0 &&
           (rest == 0 || (range->bytes[whole] ^ bytes[whole]) >> (8 - rest) == 0);
}

static bool is_trusted(const struct trusted_proxies *proxies, const char *address)
{
    unsigned char bytes[16];
    bool is_unix = strcmp(address, "unix") == 0;
    if (!is_unix && !parse_address(bytes, address))
        return false;
    for (size_t i = 0; i < proxies->count; i++)
        if (is_unix ? proxies->ranges[i].is_unix : is_in(&proxies->ranges[i], bytes))
            return true;
    return false;
}

/* ---- X-Forwarded-For ---- */

/* The place from which on nothing was read yet, from the right: the end of a header's value. */
struct reading {
    const struct http_request *request;
    unsigned header;         /* those from this one on were read */
    const char *value, *end; /* of the current one; NULL: none */
};

/* The next part of the list, from the right; false at its beginning. */
static bool next_part(struct reading *reading, const char **part, size_t *len)
{
    while (!reading->value) {
        if (reading->header == 0)
            return false;
        const struct http_header *header = &reading->request->headers[--reading->header];
        if (strcmp(header->name, "x-forwarded-for") == 0) {
            reading->value = header->value;
            reading->end = header->value + strlen(header->value);
        }
    }
    const char *start = reading->end;
    while (start > reading->value && start[-1] != ',')
        start--;
    *part = start;
    *len = (size_t)(reading->end - start);
    reading->end = start - 1; /* the comma */
    if (start == reading->value)
        reading->value = NULL;
    return true;
}

/* Writes an address as inet_ntop() does, without a port or brackets that stand around it; false
 * when the part is none. */
static bool read_part(char out[CLIENT_SIZE], const char *part, size_t len)
{
    char text[CLIENT_SIZE + 8];
    unsigned char bytes[16];
    while (len > 0 && (*part == ' ' || *part == '\t' || *part == '['))
        part++, len--;
    while (len > 0 && (part[len - 1] == ' ' || part[len - 1] == '\t'))
        len--;
    if (len >= sizeof text)
        return false;
    memcpy(text, part, len);
    text[len] = '\0';
    char *colon = strchr(text, ':'), *bracket = strchr(text, ']');
    if (bracket)
        *bracket = '\0';
    else if (colon && colon == strrchr(text, ':'))
        *colon = '\0'; /* an IPv4 address with a port */
    if (!parse_address(bytes, text))
        return false;
    bool v4 = is_v4(bytes);
    return inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? bytes + sizeof mapped : bytes, out,
                     CLIENT_SIZE) != NULL;
}

const char *client_of(const struct trusted_proxies *proxies, const struct http_request *request,
                      char out[CLIENT_SIZE])
{
    const char *client = request->peer, *part;
    size_t len;
    if (!proxies)
        return client;
    struct reading reading = {.request = request, .header = request->header_count};
    while (is_trusted(proxies, client) && next_part(&reading, &part, &len)) {
        char said[CLIENT_SIZE];
        if (!read_part(said, part, len))
            break; /* a trusted proxy that says no address is the last that is known */
        memcpy(out, said, sizeof said);
        client = out;
    }
    return client;
}

void client_key(unsigned char key[CLIENT_KEY], const char *client)
{
    if (!parse_address(key, client))
        memset(key, 0, CLIENT_KEY);
    else if (!is_v4(key))
        memset(key + 8, 0, 8);
}

#include "routes/packed.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

enum { MAX_INFLATED = 16 << 20 };

/* Whether the parameters of an encoding say that it is not wanted: q is zero. */
static bool is_refused(const char *parameters, size_t len)
{
    const char *end = parameters + len;
    for (const char *c = parameters; c + 2 < end; c++)
        if ((*c == 'q' || *c == 'Q') && c[1] == '=')
            return strtod(c + 2, NULL) <= 0;
    return false;
}

bool packed_is_accepted(const char *accepted)
{
    bool any = false;
    while (accepted && *accepted) {
        accepted += strspn(accepted, " \t,");
        size_t len = strcspn(accepted, ","), name = strcspn(accepted, "; \t,");
        bool wanted = !is_refused(accepted + name, len - name);
        if ((name == 4 && strncasecmp(accepted, "gzip", 4) == 0) ||
            (name == 6 && strncasecmp(accepted, "x-gzip", 6) == 0))
            return wanted;
        if (name == 1 && *accepted == '*')
            any = wanted;
        accepted += len;
    }
    return any;
}

static bool inflate_to(struct buf *out, const struct packed *packed)
{
    enum { GZIP = 16 + MAX_WBITS, PIECE = 64 << 10 };
    z_stream stream = {.next_in = (unsigned char *)packed->data, .avail_in = (uInt)*packed->len};
    if (inflateInit2(&stream, GZIP) != Z_OK)
        return false;
    int status = Z_OK;
    while (status == Z_OK && out->len < MAX_INFLATED) {
        stream.next_out = (unsigned char *)buf_reserve(out, PIECE);
        stream.avail_out = PIECE;
        if (!stream.next_out)
            break;
        status = inflate(&stream, Z_NO_FLUSH);
        buf_commit(out, PIECE - stream.avail_out);
    }
    inflateEnd(&stream);
    return status == Z_STREAM_END;
}

void packed_respond(struct http_exchange *exchange, const struct packed *packed, const char *type)
{
    const char *accepted = http_request_header(http_request(exchange), "accept-encoding");
    (void)http_add_header(exchange, "vary", "accept-encoding");
    (void)http_add_header(exchange, "cache-control", "max-age=3600");
    if (packed_is_accepted(accepted)) {
        (void)http_add_header(exchange, "content-encoding", "gzip");
        http_respond(exchange, 200, type, (const char *)packed->data, *packed->len);
        return;
    }
    bool whole = inflate_to(http_body(exchange), packed);
    http_respond_body(exchange, whole ? 200 : 500, type);
}

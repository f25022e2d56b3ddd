#include <string.h>
#include <strings.h>

#include "loop/fetch_internal.h"

/* ---- the head ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The blank line after the headers. */
static bool end_head(struct fetch *fetch)
{
    long status = 0;
    libcurl.easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200) /* an interim answer; the real one follows */
        return true;
    fetch->got_head = true;
    if (fetch->events->on_head)
        fetch->events->on_head(fetch->owner, fetch, (int)status);
    return !fetch->stopped;
}

/* A status line or a header. */
static bool add_line(struct fetch *fetch, const char *line, size_t len)
{
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
        buf_reset(&fetch->head);
    if (buf_add(&fetch->head, line, len) == LS_OK && buf_add_char(&fetch->head, '\0') == LS_OK)
        return true;
    fetch_fail(fetch, LS_TOO_BIG, "the head of the answer is longer than %zu bytes",
               fetch->head.limit);
    return false;
}

size_t fetch_on_header(char *data, size_t size, size_t count, void *arg)
{
    struct fetch *fetch = arg;
    size_t all = size * count, len = all;
    if (fetch->stopped)
        return 0;
    if (fetch->got_head) /* trailers are of no use to anybody */
        return all;
    fetch_set_phase(fetch, fetch->timeouts.idle);
    while (len > 0 && is_blank(data[len - 1]))
        len--;
    bool ok = len > 0 ? add_line(fetch, data, len) : end_head(fetch);
    return ok ? all : 0;
}

const char *fetch_header(const struct fetch *fetch, const char *name)
{
    size_t name_len = strlen(name);
    const char *end = fetch->head.data + fetch->head.len;
    if (!fetch->got_head)
        return NULL;
    for (const char *line = fetch->head.data; line < end; line += strlen(line) + 1) {
        if (strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
            continue;
        const char *value = line + name_len + 1;
        return value + strspn(value, " \t");
    }
    return NULL;
}

/* ---- the body ---- */

/* A pause costs nothing at first: only when the next piece comes before fetch_resume() is libcurl
 * told to keep it and to read no more. */
size_t fetch_on_body(char *data, size_t size, size_t count, void *arg)
{
    struct fetch *fetch = arg;
    size_t len = size * count;
    if (fetch->stopped)
        return 0;
    if (fetch->paused) {
        fetch->held = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (!fetch->got_head) {
        fetch_fail(fetch, LS_UPSTREAM, "the answer has no head");
        return 0;
    }
    fetch->phase_since = loop_now(fetch->pool->loop);
    bool more = fetch->events->on_data(fetch->owner, fetch, data, len);
    if (fetch->stopped)
        return 0;
    if (!more) {
        fetch->paused = true;
        fetch->phase_limit = 0; /* the owner's slowness is not the server's */
    }
    return len;
}

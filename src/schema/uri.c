/* References to URIs, by RFC 3986, section 5.2. */
#include <string.h>

#include "base/buf.h"
#include "schema/validator.h"

enum { URI_MAX = 1 << 16 };

struct span {
    const char *at;
    size_t len;
};

struct uri {
    struct span scheme, authority, path, query; /* with their ':', "//" and '?'; empty: not there */
};

static struct span take(const char **text, size_t len)
{
    struct span span = {*text, len};
    *text += len;
    return span;
}

static struct uri split(const char *text)
{
    struct uri uri = {0};
    size_t n = strcspn(text, ":/?#");
    uri.scheme = take(&text, text[n] == ':' && n > 0 ? n + 1 : 0);
    uri.authority = take(&text, strncmp(text, "//", 2) == 0 ? 2 + strcspn(text + 2, "/?#") : 0);
    uri.path = take(&text, strcspn(text, "?#"));
    uri.query = take(&text, *text == '?' ? strcspn(text, "#") : 0);
    return uri;
}

static void add(struct buf *out, struct span span)
{
    buf_add(out, span.at, span.len);
}

/* Takes the last segment and its slash off `out`, but nothing before `start`. */
static void drop_segment(struct buf *out, size_t start)
{
    while (out->len > start && out->data[out->len - 1] != '/')
        out->len--;
    if (out->len > start)
        out->len--;
    if (out->data)
        out->data[out->len] = '\0';
}

/* Adds a path without its "." and ".." segments. */
static void add_path(struct buf *out, const char *path, size_t len)
{
    size_t start = out->len;
    for (size_t i = 0; i < len;) {
        size_t slash = path[i] == '/', n = slash;
        while (i + n < len && path[i + n] != '/')
            n++;
        const char *segment = path + i + slash;
        size_t size = n - slash;
        bool is_dot = size == 1 && *segment == '.', is_last = i + n == len;
        bool is_up = size == 2 && memcmp(segment, "..", 2) == 0;
        if (is_up)
            drop_segment(out, start);
        if (!is_dot && !is_up)
            buf_add(out, path + i, n);
        else if (is_last)
            buf_add_char(out, '/');
        i += n;
    }
}

/* The path of `ref` beside the last segment of `base`'s. */
static void add_merged(struct buf *out, const struct uri *base, struct span path)
{
    struct buf merged;
    buf_init(&merged, URI_MAX);
    size_t len = base->path.len;
    while (len > 0 && base->path.at[len - 1] != '/')
        len--;
    if (base->authority.len > 0 && base->path.len == 0)
        buf_add_char(&merged, '/');
    buf_add(&merged, base->path.at, len);
    add(&merged, path);
    add_path(out, buf_str(&merged), merged.len);
    buf_fini(&merged);
}

static void add_reference(struct buf *out, const struct uri *base, const struct uri *ref)
{
    add(out, base->scheme);
    if (ref->authority.len > 0) {
        add(out, ref->authority);
        add_path(out, ref->path.at, ref->path.len);
        add(out, ref->query);
        return;
    }
    add(out, base->authority);
    if (ref->path.len == 0) {
        add(out, base->path);
        add(out, ref->query.len > 0 ? ref->query : base->query);
        return;
    }
    if (ref->path.at[0] == '/')
        add_path(out, ref->path.at, ref->path.len);
    else
        add_merged(out, base, ref->path);
    add(out, ref->query);
}

const char *uri_resolve(struct arena *arena, const char *base, const char *ref)
{
    struct uri from = split(base), to = split(ref);
    struct buf out;
    buf_init(&out, URI_MAX);
    if (to.scheme.len > 0) {
        add(&out, to.scheme);
        add(&out, to.authority);
        add(&out, to.path);
        add(&out, to.query);
    } else {
        add_reference(&out, &from, &to);
    }
    const char *made = arena_strndup(arena, buf_str(&out), out.len);
    buf_fini(&out);
    return made;
}

#include "app/build_remote.h"

#include <string.h>

#include "app/build.h"
#include "app/kinds.h"
#include "base/url.h"
#include "stages/remote.h"
#include "yaml/interpolate.h"

struct fields {
    json_t *headers;
    int64_t max_retries, attempt_timeout, connect_timeout, first_byte_timeout, idle_timeout;
};

#define FIELD(member) offsetof(struct fields, member)

const struct option remote_options[] = {
    {.name = "headers",
     .type = OPTION_STRING_MAP,
     .offset = FIELD(headers),
     .secret = true,
     .doc = "Headers of each request: `{Authorization: \"Bearer ${TOKEN}\"}`."},
    {.name = "max_retries",
     .type = OPTION_INT,
     .offset = FIELD(max_retries),
     .fallback = "2",
     .min = 0,
     .max = 100,
     .doc = "Further attempts after a 429, a 5xx or a failed connection, with growing waits; "
            "`Retry-After` is honoured. Nothing is repeated once a stream has begun."},
    {.name = "attempt_timeout",
     .type = OPTION_DURATION,
     .offset = FIELD(attempt_timeout),
     .fallback = "10m",
     .min = 1,
     .max = 864e5,
     .doc = "The longest an attempt may take in all; `timeout` limits the step with all its "
            "attempts."},
    {.name = "connect_timeout",
     .type = OPTION_DURATION,
     .offset = FIELD(connect_timeout),
     .fallback = "10s",
     .min = 1,
     .max = 864e5,
     .doc = "Time to connect, TLS included."},
    {.name = "first_byte_timeout",
     .type = OPTION_DURATION,
     .offset = FIELD(first_byte_timeout),
     .fallback = "5m",
     .min = 1,
     .max = 864e5,
     .doc = "Time until the answer begins."},
    {.name = "idle_timeout",
     .type = OPTION_DURATION,
     .offset = FIELD(idle_timeout),
     .fallback = "60s",
     .min = 1,
     .max = 864e5,
     .doc = "The longest pause between two pieces of an answer."},
    {.name = NULL},
};

static bool is_token(const char *name)
{
    return *name && name[strspn(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

/* Headers that the request has by itself. */
static bool is_own(const char *name)
{
    static const char *const own[] = {"Content-Type", "Content-Length", "Transfer-Encoding",
                                      "Host",         "traceparent",    "tracestate",
                                      "Accept"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcasecmp(name, own[i]) == 0)
            return true;
    return false;
}

static void check_headers(struct builder *builder, const struct node *map, json_t *headers)
{
    const char *name;
    json_t *value;
    json_object_foreach(headers, name, value) {
        struct place place = node_get(node_get(map, "headers"), name)->place;
        if (!is_token(name))
            problems_error(builder->problems, place, "'%s' is no name of a header", name);
        else if (is_own(name))
            problems_error(builder->problems, place, "the header %s is the request's own", name);
        else if (!is_one_line(json_string_value(value)))
            problems_error(builder->problems, place, "the header %s: expected one line", name);
    }
}

struct runnable *build_remote(struct builder *builder, const struct node *value,
                              const struct node *map)
{
    struct fields fields = {0};
    kind_options_read(builder, "remote", map, &fields);
    check_headers(builder, map, fields.headers);
    if (value->kind == NODE_STRING)
        value = interpolate(builder->arena, value, builder->problems);
    if (value->kind != NODE_STRING || !url_is_http(value->as.string.text)) {
        problems_error(builder->problems, value->place,
                       "remote: expected the URL of a route, such as https://host/summarise");
        return NULL;
    }
    const struct remote_setup setup = {
        .headers = fields.headers,
        .max_retries = fields.max_retries,
        .timeouts = {.connect = fields.connect_timeout,
                     .first_byte = fields.first_byte_timeout,
                     .idle = fields.idle_timeout,
                     .total = fields.attempt_timeout},
        .public_only = builder->foreign,
    };
    builder->asks = true;
    return remote_new(value->as.string.text, &setup);
}

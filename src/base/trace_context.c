#include "base/trace_context.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

static const char hex[] = "0123456789abcdef";

/* Copies `len` lower-case digits to `out`; false when they are others. */
static bool read_digits(char *out, const char *text, size_t len)
{
    if (strspn(text, hex) < len)
        return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

static bool is_zero(const char *digits)
{
    return digits[strspn(digits, "0")] == '\0';
}

/* A number of two digits; -1: they are none. */
static int read_byte(const char *text)
{
    const char *high = *text ? strchr(hex, text[0]) : NULL;
    const char *low = high && text[1] ? strchr(hex, text[1]) : NULL;
    return low ? (int)((high - hex) * 16 + (low - hex)) : -1;
}

bool trace_context_read(struct trace_context *out, const char *traceparent)
{
    struct trace_context read = {.state = NULL};
    int version = read_byte(traceparent);
    size_t len = strlen(traceparent);
    if (version < 0 || version == 0xff || len < TRACEPARENT_LEN)
        return false;
    if (len > TRACEPARENT_LEN && (version == 0 || traceparent[TRACEPARENT_LEN] != '-'))
        return false;
    const char *trace = traceparent + 3, *parent = trace + TRACE_ID_LEN + 1,
               *flags = parent + SPAN_ID_LEN + 1;
    if (trace[-1] != '-' || parent[-1] != '-' || flags[-1] != '-' || read_byte(flags) < 0)
        return false;
    if (!read_digits(read.trace_id, trace, TRACE_ID_LEN) || is_zero(read.trace_id) ||
        !read_digits(read.parent_id, parent, SPAN_ID_LEN) || is_zero(read.parent_id))
        return false;
    read.flags = (uint8_t)read_byte(flags) & (TRACE_SAMPLED | TRACE_RANDOM);
    *out = read;
    return true;
}

void trace_context_begin(struct trace_context *out)
{
    struct uuid id = uuid_new(); /* its version keeps it from being zero */
    *out = (struct trace_context){.state = NULL};
    *hex_print(out->trace_id, id.bytes, sizeof id.bytes) = '\0';
}

void trace_context_enter(struct trace_context *context)
{
    struct uuid id = uuid_new();
    unsigned char span[SPAN_ID_BYTES];
    trace_span_id(span, &id);
    *hex_print(context->own_id, span, sizeof span) = '\0';
}

static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c && strchr("_-*/", c));
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static size_t key_chars(const char *at)
{
    size_t len = 0;
    while (is_key_char(at[len]))
        len++;
    return len;
}

/* The length of a key, `name` or `tenant@system`; 0: it is none. */
static size_t key_length(const char *at)
{
    size_t first = key_chars(at);
    if (at[first] != '@')
        return is_letter(*at) && first <= 256 ? first : 0;
    const char *system = at + first + 1;
    size_t second = key_chars(system);
    bool begins_well = is_letter(*at) || (*at >= '0' && *at <= '9');
    bool well = begins_well && first <= 241 && is_letter(*system) && second <= 14;
    return well ? first + 1 + second : 0;
}

/* The member at `at`, without the blanks around it, of `len` bytes. */
static bool is_member(const char *at, size_t len)
{
    size_t key = key_length(at);
    if (key == 0 || key + 1 >= len || at[key] != '=' || len - key - 1 > 256)
        return false;
    for (size_t i = key + 1; i < len; i++)
        if (at[i] < ' ' || at[i] > '~' || at[i] == '=')
            return false;
    return true;
}

bool trace_state_is_valid(const char *list)
{
    int members = 0;
    for (const char *at = list;; at++) {
        at += strspn(at, " \t");
        size_t whole = strcspn(at, ","), len = whole;
        while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
            len--;
        if (len > 0 && (++members > TRACESTATE_MEMBERS || !is_member(at, len)))
            return false;
        at += whole;
        if (!*at)
            return members > 0;
    }
}

void trace_span_id(unsigned char out[SPAN_ID_BYTES], const struct uuid *step)
{
    static const unsigned char none[SPAN_ID_BYTES];
    memcpy(out, step->bytes + sizeof step->bytes - SPAN_ID_BYTES, SPAN_ID_BYTES);
    if (memcmp(out, none, sizeof none) == 0)
        out[SPAN_ID_BYTES - 1] = 1; /* a client may have chosen such an id */
}

void trace_context_format(char out[TRACEPARENT_LEN + 1], const struct trace_context *context,
                          const struct uuid *step)
{
    unsigned char id[SPAN_ID_BYTES];
    char span[SPAN_ID_LEN + 1];
    trace_span_id(id, step);
    *hex_print(span, id, sizeof id) = '\0';
    (void)snprintf(out, TRACEPARENT_LEN + 1, "00-%s-%s-%02x", context->trace_id, span,
                   context->flags);
}

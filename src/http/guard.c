#include "http/guard.h"

#include <string.h>

#include "base/hex.h"
#include "http/checks.h"

enum { MAX_METHOD = 32, MAX_LINES = 256, MAX_SIZE_DIGITS = 16, MAX_EXTENSIONS = 1024 };

enum {
    BLANK,
    BLANK_LF,
    METHOD,
    TARGET_FIRST,
    TARGET,
    VERSION,
    LINE_LF, /* the request line */
    NAME_FIRST,
    NAME,
    VALUE,
    VALUE_LF,
    LAST_LF, /* header fields */
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF, /* chunks */
};

void guard_begin(struct guard *guard, const struct guard_limits *limits)
{
    memset(guard, 0, sizeof *guard);
    guard->limits = limits;
    guard->state = BLANK;
}

static void expect(struct guard *guard, char c, char wanted, int next)
{
    if (c == wanted)
        guard->state = next;
    else
        guard->status = 400;
}

static void method_byte(struct guard *guard, char c)
{
    if (c == ' ' && guard->token > 0)
        guard->state = TARGET_FIRST;
    else if (!check_is_token_char(c))
        guard->status = 400;
    else if (++guard->token > MAX_METHOD)
        guard->status = 501;
}

static void target_byte(struct guard *guard, char c)
{
    if (c == ' ' && guard->state == TARGET) {
        guard->state = VERSION;
        guard->token = 0;
    } else if ((unsigned char)c <= ' ' || (unsigned char)c >= 0x7f || c == '#') {
        guard->status = 400;
    } else if (++guard->url > guard->limits->max_url) {
        guard->status = 414;
    } else {
        guard->state = TARGET;
    }
}

static void version_byte(struct guard *guard, char c)
{
    static const char form[] = "HTTP/0.0";
    if (guard->token == sizeof form - 1) {
        bool known = memcmp(guard->version, "HTTP/1.1", 8) == 0 ||
                     memcmp(guard->version, "HTTP/1.0", 8) == 0;
        expect(guard, c, '\r', LINE_LF);
        if (!guard->status && !known)
            guard->status = 505;
        return;
    }
    char wanted = form[guard->token];
    if (wanted == '0' ? c < '0' || c > '9' : c != wanted)
        guard->status = 400;
    else
        guard->version[guard->token++] = c;
}

static void request_line_byte(struct guard *guard, char c)
{
    switch (guard->state) {
    case BLANK:
        if (c == '\r' && guard->blank_lines++ == 0) {
            guard->state = BLANK_LF;
        } else {
            guard->state = METHOD;
            method_byte(guard, c);
        }
        break;
    case BLANK_LF: expect(guard, c, '\n', BLANK); break;
    case METHOD: method_byte(guard, c); break;
    case TARGET_FIRST:
    case TARGET: target_byte(guard, c); break;
    case VERSION: version_byte(guard, c); break;
    default: expect(guard, c, '\n', NAME_FIRST);
    }
}

/* A byte of the header section, or of the trailers. */
static void field_byte(struct guard *guard, char c)
{
    if (++guard->head > guard->limits->max_head) {
        guard->status = 431;
        return;
    }
    switch (guard->state) {
    case NAME_FIRST: /* a blank here would be a folded line */
        if (c == '\r')
            guard->state = LAST_LF;
        else if (!check_is_token_char(c))
            guard->status = 400;
        else if (++guard->lines > MAX_LINES)
            guard->status = 431;
        else
            guard->state = NAME;
        break;
    case NAME:
        if (c == ':')
            guard->state = VALUE;
        else if (!check_is_token_char(c))
            guard->status = 400;
        break;
    case VALUE:
        if (c == '\r')
            guard->state = VALUE_LF;
        else if (!check_is_value_char(c))
            guard->status = 400;
        break;
    case VALUE_LF: expect(guard, c, '\n', NAME_FIRST); break;
    default: expect(guard, c, '\n', NAME_FIRST); guard->done = c == '\n';
    }
}

/* Most bytes of a header section are one of many in a name or a value: these are only counted. */
static size_t skip_field(struct guard *guard, const char *data, size_t len)
{
    size_t left = guard->limits->max_head - guard->head, skipped = 0;
    len = len < left ? len : left;
    if (guard->state == NAME)
        skipped = check_token_span(data, len);
    else if (guard->state == VALUE)
        skipped = check_value_span(data, len);
    guard->head += skipped;
    return skipped;
}

size_t guard_head(struct guard *guard, const char *data, size_t len)
{
    size_t i = 0;
    while (i < len && !guard->done && !guard->status) {
        if (guard->state < NAME_FIRST) {
            request_line_byte(guard, data[i++]);
            continue;
        }
        i += skip_field(guard, data + i, len - i);
        if (i < len)
            field_byte(guard, data[i++]);
    }
    return i;
}

void guard_begin_chunked(struct guard *guard)
{
    guard->state = SIZE;
    guard->done = false;
    guard->head = guard->lines = guard->digits = 0;
    guard->extension = 0;
    guard->chunk = guard->body = 0;
}

/* The chunk size is known: its end of line may follow. */
static void end_size(struct guard *guard, char c)
{
    if (guard->digits == 0 || (c != '\r' && c != ';'))
        guard->status = 400;
    else if (guard->chunk > guard->limits->max_body - guard->body)
        guard->status = 413;
    else
        guard->state = c == ';' ? EXTENSION : SIZE_LF;
    guard->body += guard->chunk;
}

static void size_byte(struct guard *guard, char c)
{
    int digit = hex_digit(c);
    if (digit < 0)
        end_size(guard, c);
    else if (++guard->digits > MAX_SIZE_DIGITS)
        guard->status = 400;
    else
        guard->chunk = guard->chunk << 4 | (unsigned)digit;
}

static void extension_byte(struct guard *guard, char c)
{
    if (c == '\r')
        guard->state = SIZE_LF;
    else if (!check_is_value_char(c) || ++guard->extension > MAX_EXTENSIONS)
        guard->status = 400;
}

static void chunk_byte(struct guard *guard, char c)
{
    switch (guard->state) {
    case SIZE: size_byte(guard, c); break;
    case EXTENSION: extension_byte(guard, c); break;
    case SIZE_LF: expect(guard, c, '\n', guard->chunk ? DATA : NAME_FIRST); break;
    case DATA_CR: expect(guard, c, '\r', DATA_LF); break;
    default: expect(guard, c, '\n', SIZE); guard->digits = 0;
    }
}

/* Bytes of a chunk, which may be anything. */
static size_t skip_data(struct guard *guard, size_t len)
{
    size_t taken = guard->chunk < len ? (size_t)guard->chunk : len;
    guard->chunk -= taken;
    if (guard->chunk == 0)
        guard->state = DATA_CR;
    return taken;
}

size_t guard_chunked(struct guard *guard, const char *data, size_t len)
{
    size_t i = 0;
    while (i < len && !guard->done && !guard->status) {
        if (guard->state == DATA) {
            i += skip_data(guard, len - i);
        } else if (guard->state < SIZE) {
            field_byte(guard, data[i++]);
        } else {
            chunk_byte(guard, data[i++]);
        }
    }
    return i;
}

#include "http/checks.h"

#include <string.h>
#include <strings.h>

#include "base/word.h"

/* Classes of bytes. */
enum { TOKEN = 1, VALUE = 2, ID = 4, HOST = 8, HEX = 16, DIGIT = 32 };

enum {
    PLAIN = TOKEN | VALUE | ID | HOST, /* letters, digits and . _ - */
    SUB = TOKEN | VALUE | HOST,        /* characters of tokens and of host names */
};

static const unsigned char classes[256] = {
    ['\t'] = VALUE,
    [' '] = VALUE,
    ['"'] = VALUE,
    ['/'] = VALUE,
    [':'] = VALUE,
    ['<'] = VALUE,
    ['>'] = VALUE,
    ['?'] = VALUE,
    ['@'] = VALUE,
    ['['] = VALUE,
    ['\\'] = VALUE,
    [']'] = VALUE,
    ['{'] = VALUE,
    ['}'] = VALUE,
    ['('] = VALUE | HOST,
    [')'] = VALUE | HOST,
    [','] = VALUE,
    [';'] = VALUE | HOST,
    ['='] = VALUE | HOST,
    ['!'] = SUB,
    ['$'] = SUB,
    ['&'] = SUB,
    ['\''] = SUB,
    ['*'] = SUB,
    ['+'] = SUB,
    ['~'] = SUB,
    ['#'] = TOKEN | VALUE,
    ['%'] = TOKEN | VALUE,
    ['^'] = TOKEN | VALUE,
    ['`'] = TOKEN | VALUE,
    ['|'] = TOKEN | VALUE,
    ['.'] = PLAIN,
    ['_'] = PLAIN,
    ['-'] = PLAIN,
    ['0' ... '9'] = PLAIN | HEX | DIGIT,
    ['a' ... 'f'] = PLAIN | HEX,
    ['A' ... 'F'] = PLAIN | HEX,
    ['g' ... 'z'] = PLAIN,
    ['G' ... 'Z'] = PLAIN,
    [0x80 ... 0xff] = VALUE,
};

static bool is(char c, unsigned what)
{
    return classes[(unsigned char)c] & what;
}

/* How many bytes at the beginning are of the class. */
static size_t span(const char *text, size_t len, unsigned what)
{
    size_t i = 0;
    while (i < len && is(text[i], what))
        i++;
    return i;
}

bool check_is_token_char(char c)
{
    return is(c, TOKEN);
}

bool check_is_value_char(char c)
{
    return is(c, VALUE);
}

size_t check_token_span(const char *text, size_t len)
{
    return span(text, len, TOKEN);
}

size_t check_value_span(const char *text, size_t len)
{
    size_t i = 0;
    uint64_t marks = 0;
    for (; !marks && len - i >= WORD_BYTES; i += marks ? word_before(marks) : WORD_BYTES) {
        uint64_t word = word_at(text + i);
        marks = word_below(word, ' ') | word_is(word, 0x7f);
    }
    return i + span(text + i, len - i, VALUE);
}

bool check_is_token(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && span(text, len, TOKEN) == len;
}

bool check_is_value(const char *text)
{
    size_t len = strlen(text);
    return check_value_span(text, len) == len;
}

bool check_is_id(const char *text)
{
    size_t len = strnlen(text, 65);
    return len > 0 && len <= 64 && span(text, len, ID) == len;
}

/* ---- hosts ---- */

/* Bytes of "[…]" at the beginning; 0 when it is none. */
static size_t literal_len(const char *text, size_t len)
{
    size_t i = 1;
    if (len < 4 || text[0] != '[')
        return 0;
    while (i < len && (is(text[i], HEX) || text[i] == ':' || text[i] == '.'))
        i++;
    return i > 2 && i < len && text[i] == ']' ? i + 1 : 0;
}

static size_t name_len(const char *text, size_t len)
{
    size_t i = 0;
    for (; i < len; i++) {
        if (text[i] != '%' ? !is(text[i], HOST)
                           : len - i < 3 || !is(text[i + 1], HEX) || !is(text[i + 2], HEX))
            break;
    }
    return i;
}

bool check_is_host(const char *text, size_t len)
{
    size_t host = len > 0 && text[0] == '[' ? literal_len(text, len) : name_len(text, len);
    if (host == 0 || host == len)
        return host > 0;
    size_t digits = len - host - 1;
    return text[host] == ':' && digits <= 5 && span(text + host + 1, digits, DIGIT) == digits;
}

/* ---- headers ---- */

static bool read_length(const char *text, uint64_t *out)
{
    size_t len = strlen(text);
    if (len == 0 || len > 19 || span(text, len, DIGIT) != len)
        return false;
    *out = 0;
    for (size_t i = 0; i < len; i++)
        *out = *out * 10 + (unsigned)(text[i] - '0');
    return true;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

/* Connection: a list of tokens. */
static void read_connection(const char *text, struct head_facts *out)
{
    while (*text) {
        text += strspn(text, ", \t");
        size_t len = strcspn(text, ", \t");
        out->close |= is_word(text, len, "close");
        out->keep_alive |= is_word(text, len, "keep-alive");
        text += len;
    }
}

static int read_coding(const char *value, bool http10, struct head_facts *out)
{
    if (http10 || out->chunked || strcasecmp(value, "chunked") != 0)
        return 400;
    out->chunked = true;
    return 0;
}

static int read_expect(const char *value, bool http10, struct head_facts *out)
{
    if (http10)
        return 0;
    out->expects_continue = strcasecmp(value, "100-continue") == 0;
    return out->expects_continue ? 0 : 417;
}

static int read_header(const struct http_header *header, bool http10, struct head_facts *out)
{
    const char *name = header->name, *value = header->value;
    switch (*name) {
    case 'h':
        if (strcmp(name, "host") != 0)
            return 0;
        if (out->host || !check_is_host(value, strlen(value)))
            return 400;
        out->host = value;
        return 0;
    case 'c':
        if (strcmp(name, "connection") == 0)
            read_connection(value, out);
        if (strcmp(name, "content-length") != 0)
            return 0;
        if (out->has_length || !read_length(value, &out->length))
            return 400;
        out->has_length = true;
        return 0;
    case 't': return strcmp(name, "transfer-encoding") == 0 ? read_coding(value, http10, out) : 0;
    case 'e': return strcmp(name, "expect") == 0 ? read_expect(value, http10, out) : 0;
    case 'x':
        if (!out->id && strcmp(name, "x-request-id") == 0 && check_is_id(value))
            out->id = value;
        return 0;
    default: return 0;
    }
}

int check_headers(const struct http_header *headers, unsigned count, bool http10,
                  struct head_facts *out)
{
    *out = (struct head_facts){0};
    int status = 0;
    for (unsigned i = 0; i < count && status != 400; i++) {
        int found = read_header(&headers[i], http10, out);
        status = found ? found : status;
    }
    if (out->chunked && out->has_length)
        return 400;
    if (!http10 && !out->host)
        return 400;
    return status;
}

/* ---- targets ---- */

static bool escapes_are_whole(const char *text)
{
    for (; *text; text++)
        if (*text == '%' && !(is(text[1], HEX) && is(text[2], HEX)))
            return false;
    return true;
}

/* http://host/path: moves to the path, "" when none; NULL when it is not sane. */
static const char *skip_authority(const char *target, const char *host)
{
    const char *at = target + (strncasecmp(target, "https://", 8) == 0  ? 8
                               : strncasecmp(target, "http://", 7) == 0 ? 7
                                                                        : 0);
    size_t len = strcspn(at, "/?");
    if (at == target || !check_is_host(at, len) || (host && !is_word(at, len, host)))
        return NULL;
    return at + len;
}

int check_target(const char *method, const char *target, const char *host, struct target_parts *out)
{
    const char *path = target;
    if (strcmp(target, "*") == 0) {
        *out = (struct target_parts){"*", 1, ""};
        return strcmp(method, "OPTIONS") == 0 ? 0 : 400;
    }
    if (*target != '/')
        path = skip_authority(target, host);
    if (!path || !escapes_are_whole(path) || strchr(path, '#'))
        return 400;
    size_t len = strcspn(path, "?");
    *out = (struct target_parts){path, len, path[len] == '?' ? path + len + 1 : ""};
    if (len == 0) {
        out->path = "/";
        out->path_len = 1;
    }
    return 0;
}

static unsigned hex_value(char c)
{
    return is(c, DIGIT) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

bool check_decode_path(char *out, size_t *out_len, const char *path, size_t len)
{
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        char c = path[i];
        if (c == '%') {
            if (len - i < 3 || !is(path[i + 1], HEX) || !is(path[i + 2], HEX))
                return false;
            c = (char)(hex_value(path[i + 1]) << 4 | hex_value(path[i + 2]));
            if (c == '\0' || c == '/')
                return false;
            i += 2;
        }
        out[used++] = c;
    }
    out[used] = '\0';
    *out_len = used;
    return true;
}

/* Strings and numbers of a growing JSON value. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/json_grower.h"
#include "base/mem.h"
#include "base/text.h"

/* Python converts no more digits than these. */
enum { NUMBER_LIMIT = 4300, REPLACEMENT = 0xfffd };

/* LangChain strips these, and str.strip()'s blanks, from the end of what has arrived. */
static bool is_fence_blank(int32_t code)
{
    return code == ' ' || code == '\n' || code == '\r' || code == '\t' || code == '`';
}

static enum ls_err add_code(struct json_grower *grower, int32_t code)
{
    char text[4];
    if (code == 0 && grower->is_key)
        code = REPLACEMENT;
    utf8proc_ssize_t size = utf8proc_encode_char(code, (utf8proc_uint8_t *)text);
    return buf_add(&grower->token, text, (size_t)size);
}

/* What was added stays, whatever follows. */
static void set_solid(struct json_grower *grower, size_t len)
{
    if (len > grower->solid && !grower->is_key)
        grower->is_dirty = true;
    grower->solid = len;
    grower->blank_end = 0;
}

static enum ls_err flush_high(struct json_grower *grower)
{
    if (!grower->high)
        return LS_OK;
    grower->high = 0;
    enum ls_err err = add_code(grower, REPLACEMENT);
    set_solid(grower, grower->token.len);
    return err;
}

static enum ls_err end_string(struct json_grower *grower)
{
    enum ls_err err = flush_high(grower);
    if (err)
        return err;
    set_solid(grower, grower->token.len);
    if (!grower->is_key) {
        json_grower_attach(grower, json_stringn(buf_str(&grower->token), grower->token.len));
        return LS_OK;
    }
    grower->frames[grower->depth - 1].key = mem_strndup(buf_str(&grower->token), grower->token.len);
    grower->state = GROWER_COLON;
    return LS_OK;
}

static enum ls_err read_plain(struct json_grower *grower, int32_t code)
{
    if (code == '"')
        return end_string(grower);
    if (code == '\\') {
        grower->state = GROWER_ESCAPE;
        set_solid(grower, grower->token.len);
        return LS_OK;
    }
    enum ls_err err = flush_high(grower);
    if (!err)
        err = add_code(grower, code);
    if (code == '`' && grower->blank_end)
        set_solid(grower, grower->blank_end);
    else if (!is_fence_blank(code) && text_is_space(code))
        grower->blank_end = grower->token.len;
    else if (!is_fence_blank(code))
        set_solid(grower, grower->token.len);
    return err;
}

/* An escaped code unit; two surrogates make one character. */
static enum ls_err add_unit(struct json_grower *grower, uint32_t unit)
{
    grower->state = GROWER_STRING;
    if (grower->high && unit >= 0xdc00 && unit <= 0xdfff) {
        unit = 0x10000 + ((grower->high - 0xd800) << 10) + (unit - 0xdc00);
        grower->high = 0;
    }
    enum ls_err err = flush_high(grower);
    if (unit >= 0xd800 && unit <= 0xdbff) {
        grower->high = unit;
        return err;
    }
    if (!err)
        err = add_code(grower, unit >= 0xdc00 && unit <= 0xdfff ? REPLACEMENT : (int32_t)unit);
    set_solid(grower, grower->token.len);
    return err;
}

static enum ls_err read_escape(struct json_grower *grower, int32_t code)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *letter = code > 0 && code < 0x80 ? strchr(letters, (char)code) : NULL;
    if (letter)
        return add_unit(grower, (unsigned char)meanings[letter - letters]);
    if (code == 'u') {
        grower->state = GROWER_UNICODE;
        grower->unicode = 0;
        grower->digits = 0;
        return LS_OK;
    }
    if (!is_fence_blank(code) && !text_is_space(code))
        return json_grower_break(grower, code);
    grower->state = GROWER_BAD_ESCAPE;
    return LS_OK;
}

static enum ls_err read_unicode(struct json_grower *grower, int32_t code)
{
    static const char hex[] = "0123456789abcdef0123456789ABCDEF";
    const char *digit = code > 0 && code < 0x80 ? strchr(hex, (char)code) : NULL;
    if (!digit) {
        if (!is_fence_blank(code) && !text_is_space(code))
            return json_grower_break(grower, code);
        grower->state = GROWER_BAD_ESCAPE;
        return LS_OK;
    }
    grower->unicode = grower->unicode * 16 + (uint32_t)((digit - hex) % 16);
    return ++grower->digits < 4 ? LS_OK : add_unit(grower, grower->unicode);
}

enum ls_err json_grower_read_string(struct json_grower *grower, int32_t code)
{
    if (grower->state == GROWER_STRING)
        return read_plain(grower, code);
    if (grower->state == GROWER_ESCAPE)
        return read_escape(grower, code);
    if (grower->state == GROWER_UNICODE)
        return read_unicode(grower, code);
    if (is_fence_blank(code) || text_is_space(code))
        return LS_OK;
    return json_grower_break(grower, code);
}

/* Whether a number may go on with `code`; moves its state. */
static bool continue_number(enum json_number_state *state, int32_t code)
{
    bool is_digit = code >= '0' && code <= '9', is_e = code == 'e' || code == 'E';
    switch (*state) {
    case NUMBER_MINUS: *state = code == '0' ? NUMBER_ZERO : NUMBER_WHOLE; return is_digit;
    case NUMBER_ZERO:
    case NUMBER_WHOLE:
        if (is_digit)
            return *state == NUMBER_WHOLE;
        *state = is_e ? NUMBER_E : NUMBER_POINT;
        return is_e || code == '.';
    case NUMBER_POINT: *state = NUMBER_FRACTION; return is_digit;
    case NUMBER_FRACTION: *state = is_e ? NUMBER_E : NUMBER_FRACTION; return is_e || is_digit;
    case NUMBER_E:
        *state = is_digit ? NUMBER_EXPONENT : NUMBER_SIGN;
        return is_digit || code == '+' || code == '-';
    case NUMBER_SIGN:
    case NUMBER_EXPONENT: *state = NUMBER_EXPONENT; return is_digit;
    }
    return false;
}

static bool is_whole(enum json_number_state state)
{
    return state == NUMBER_ZERO || state == NUMBER_WHOLE || state == NUMBER_FRACTION ||
           state == NUMBER_EXPONENT;
}

enum ls_err json_grower_read_number(struct json_grower *grower, int32_t code)
{
    if (grower->token.len == 0) {
        grower->number = code == '-' ? NUMBER_MINUS : code == '0' ? NUMBER_ZERO : NUMBER_WHOLE;
    } else if (grower->number == NUMBER_MINUS && code == 'I') {
        grower->state = GROWER_LITERAL;
        grower->literal = "-Infinity";
        grower->literal_len = 2;
        return LS_OK;
    } else if (grower->token.len >= NUMBER_LIMIT) {
        return json_grower_break(grower, code);
    } else if (!continue_number(&grower->number, code)) {
        if (grower->number_len < grower->token.len)
            return json_grower_break(grower, code);
        json_grower_attach(grower, json_grower_number(grower));
        return json_grower_feed(grower, code);
    }
    enum ls_err err = buf_add_char(&grower->token, (char)code);
    if (!err && is_whole(grower->number)) {
        grower->number_len = grower->token.len;
        grower->is_dirty = true;
    }
    return err;
}

static json_t *read_real(const char *text)
{
    double value = strtod(text, NULL);
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *json_grower_number(const struct json_grower *grower)
{
    if (grower->number_len == 0)
        return NULL;
    char *text = mem_strndup(buf_str(&grower->token), grower->number_len);
    json_t *number;
    errno = 0;
    long long whole = strtoll(text, NULL, 10);
    if (strpbrk(text, ".eE") || errno == ERANGE)
        number = read_real(text);
    else
        number = json_integer(whole);
    free(text);
    return number;
}

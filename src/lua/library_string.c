/* Primitives for the prelude's string functions. */
#include <string.h>

#include "lua/box_internal.h"
#include "lua/pattern.h"

enum {
    STEPS = 100000,   /* of the matcher between two looks at the clock */
    CONVERSIONS = 64, /* of a format between two such looks */
    CHARGED = 1024,   /* for each */
    MAX_QUOTED = 16 << 10,
};

/* A place in a text from 1, as an offset; behind the text at most. */
static size_t offset(lua_State *L, int index, size_t len)
{
    lua_Integer place = luaL_checkinteger(L, index);
    luaL_argcheck(L, place >= 1 && (size_t)place <= len + 1, index, "out of the text");
    return (size_t)place - 1;
}

static int push_match(lua_State *L, const struct pattern_search *search)
{
    lua_pushinteger(L, (lua_Integer)search->start + 1);
    lua_pushinteger(L, (lua_Integer)search->end);
    luaL_checkstack(L, PATTERN_CAPTURES, NULL);
    for (unsigned i = 0; i < search->captured; i++) {
        const struct pattern_capture *capture = &search->captures[i];
        if (capture->position)
            lua_pushinteger(L, (lua_Integer)capture->start + 1);
        else
            lua_pushlstring(L, search->text + capture->start, capture->len);
    }
    return 2 + (int)search->captured;
}

/* scan(text, pattern, at, anchored, barred): nil; first, last, captures…; or false and the place
 * to go on from. */
static int string_scan(lua_State *L)
{
    struct pattern_search search = {0};
    search.text = luaL_checklstring(L, 1, &search.text_len);
    search.pattern = luaL_checklstring(L, 2, &search.pattern_len);
    search.at = offset(L, 3, search.text_len);
    search.anchored = lua_toboolean(L, 4);
    search.barred =
        lua_isnoneornil(L, 5) ? (size_t)PATTERN_NOT_BARRED : offset(L, 5, search.text_len);
    size_t from = search.at;
    enum pattern_answer answer = lua_pattern_search(&search, STEPS);
    guard_charge(guard_of(L)->box, 16 * (search.at - from + 1));
    switch (answer) {
    case PATTERN_FOUND: return push_match(L, &search);
    case PATTERN_WRONG: return luaL_error(L, "%s", search.why);
    case PATTERN_PAUSED:
        guard_charge(guard_of(L)->box, DEBT_BYTES);
        lua_pushboolean(L, false);
        lua_pushinteger(L, (lua_Integer)search.at + 1);
        return 2;
    case PATTERN_NONE: break;
    }
    lua_pushnil(L);
    return 1;
}

/* is_plain(pattern): it holds no sign with a meaning. */
static int string_is_plain(lua_State *L)
{
    size_t len;
    const char *pattern = luaL_checklstring(L, 1, &len);
    bool plain = true;
    for (size_t i = 0; plain && i < len; i++)
        plain = !memchr("^$*+?.([%-", pattern[i], 10);
    lua_pushboolean(L, plain);
    return 1;
}

/* find_plain(text, words, at): its first and last place, or nil. */
static int string_find_plain(lua_State *L)
{
    size_t len, words_len;
    const char *text = luaL_checklstring(L, 1, &len);
    const char *words = luaL_checklstring(L, 2, &words_len);
    size_t from = offset(L, 3, len);
    guard_charge(guard_of(L)->box, len - from);
    const char *found = memmem(text + from, len - from, words, words_len);
    if (!found) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, found - text + 1);
    lua_pushinteger(L, found - text + (lua_Integer)words_len);
    return 2;
}

/* rep(text, count, separator): copied by doubling, for one byte at a time takes long. */
static int string_rep(lua_State *L)
{
    size_t len, gap;
    luaL_Buffer out;
    const char *text = luaL_checklstring(L, 1, &len);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &gap);
    size_t unit = len + gap;
    if (count <= 0 || unit == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if ((lua_Unsigned)count > guard_of(L)->box->memory / unit)
        return luaL_error(L, "resulting string too large");
    size_t whole = unit * (size_t)count;
    char *room = luaL_buffinitsize(L, &out, whole + 1); /* not the size of a table's keys */
    memcpy(room, text, len);
    memcpy(room + len, separator, gap);
    for (size_t done = unit; done < whole; done *= 2)
        memcpy(room + done, room, done < whole - done ? done : whole - done);
    luaL_pushresultsize(&out, whole - gap);
    return 1;
}

/* The sign of the conversion that begins at `at`; behind the format when it has none. */
static size_t format_sign(const char *format, size_t len, size_t at)
{
    do
        at++;
    while (at < len && memchr("-+ #0123456789.", format[at], 15));
    return at;
}

/* Raises an error where a value is not to be shown: an address, or as Lua writes it a text so long
 * that this takes long. */
static void check_conversion(lua_State *L, char sign, int value)
{
    if (sign == 'p')
        luaL_error(L, "invalid conversion '%%p' to 'format'");
    if (sign == 'q' && lua_rawgeti(L, 3, value) == LUA_TSTRING && lua_rawlen(L, -1) > MAX_QUOTED)
        luaL_error(L, "string.format: a text for '%%q' is longer than %d bytes", MAX_QUOTED);
}

/* format_piece(format, at, values, done): the part of the format from `at` on that is done at once,
 * which asks for no addresses; for how many values it asks; where the next begins, or nil. */
static int string_format_piece(lua_State *L)
{
    size_t len, at;
    int count = 0;
    const char *format = luaL_checklstring(L, 1, &len);
    size_t from = at = offset(L, 2, len);
    lua_Integer done = luaL_checkinteger(L, 4);
    for (char sign = '%'; at < len && count < CONVERSIONS && sign != 'q';) {
        const char *percent = memchr(format + at, '%', len - at);
        size_t end = percent ? format_sign(format, len, (size_t)(percent - format)) : len;
        sign = end < len ? format[end] : '%';
        count += sign != '%';
        check_conversion(L, sign, (int)done + count);
        at = end < len ? end + 1 : len;
    }
    lua_pushlstring(L, format + from, at - from);
    lua_pushinteger(L, count);
    if (at < len)
        lua_pushinteger(L, (lua_Integer)at + 1);
    else
        lua_pushnil(L);
    guard_charge(guard_of(L)->box, CHARGED * (size_t)count);
    return 3;
}

void string_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"scan", string_scan},
        {"is_plain", string_is_plain},
        {"find_plain", string_find_plain},
        {"rep", string_rep},
        {"format_piece", string_format_piece},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
}

/* text.upper(), lower(), trim(), normalise(), length(): Unicode, where Lua's own functions know
 * ASCII. */
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"
#include "lua/box_internal.h"
#include "lua/text_case.h"

enum {
    MAX_TEXT = 256, /* KB: what takes a few milliseconds */
    MAX_NORMALISED = 128,
    MAX_MARKS = 30, /* on one letter: what Unicode's stream-safe texts have (UAX #15) */
};

static const char *check_short(lua_State *L, size_t *len, int most_kb)
{
    const char *text = luaL_checklstring(L, 1, len);
    if (*len > (size_t)most_kb << 10)
        luaL_error(L, "bad argument #1: longer than %d KB", most_kb);
    luaL_argcheck(L, text_is_utf8(text, *len), 1, "not valid UTF-8");
    guard_charge(guard_of(L)->box, 4 * *len);
    return text;
}

static const char *check_text(lua_State *L, size_t *len)
{
    return check_short(L, len, MAX_TEXT);
}

static utf8proc_ssize_t next_code(const char *text, size_t len, utf8proc_int32_t *code)
{
    return utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, code);
}

static int change_case(lua_State *L, size_t (*change)(const char *, size_t, char *))
{
    size_t len;
    struct guard *guard = guard_of(L);
    const char *text = check_text(L, &len);
    guard_hold_text(guard, mem_alloc(TEXT_CASE_GROWTH * len + 1));
    lua_pushlstring(L, guard->text, change(text, len, guard->text));
    guard_hold_text(guard, NULL);
    return 1;
}

static int text_upper(lua_State *L)
{
    return change_case(L, text_case_upper);
}

static int text_lower(lua_State *L)
{
    return change_case(L, text_case_lower);
}

/* Without the white space around it: what Python's strip() takes away. */
static int text_trim(lua_State *L)
{
    size_t len;
    const char *text = check_text(L, &len);
    size_t from = len, to = 0;
    for (size_t at = 0; at < len;) {
        utf8proc_int32_t code;
        size_t size = (size_t)next_code(text + at, len - at, &code);
        if (!text_is_space(code)) {
            from = from < at ? from : at;
            to = at + size;
        }
        at += size;
    }
    lua_pushlstring(L, from < to ? text + from : "", from < to ? to - from : 0);
    return 1;
}

/* Raises an error where a letter has more marks than any language writes: utf8proc puts them in
 * order by moving each over all others. */
static void check_marks(lua_State *L, const char *text, size_t len)
{
    int marks = 0;
    for (size_t at = 0; at < len;) {
        utf8proc_int32_t code;
        at += (size_t)next_code(text + at, len - at, &code);
        marks = code >= 0x80 && utf8proc_get_property(code)->combining_class ? marks + 1 : 0;
        if (marks > MAX_MARKS)
            luaL_error(L, "text.normalise: a letter has more than %d combining marks", MAX_MARKS);
    }
}

static int text_normalise(lua_State *L)
{
    static const char *const forms[] = {"NFC", "NFD", "NFKC", "NFKD", NULL};
    static const int options[] = {
        UTF8PROC_STABLE | UTF8PROC_COMPOSE,
        UTF8PROC_STABLE | UTF8PROC_DECOMPOSE,
        UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
        UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
    };
    size_t len;
    struct guard *guard = guard_of(L);
    const char *text = check_short(L, &len, MAX_NORMALISED);
    int form = luaL_checkoption(L, 2, "NFC", forms);
    utf8proc_uint8_t *made = NULL;
    check_marks(L, text, len);
    utf8proc_ssize_t size = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len,
                                         &made, (utf8proc_option_t)options[form]);
    guard_hold_text(guard, (char *)made);
    if (size < 0)
        return luaL_error(L, "text.normalise: %s", utf8proc_errmsg(size));
    lua_pushlstring(L, guard->text, (size_t)size);
    guard_hold_text(guard, NULL);
    return 1;
}

/* How many code points the text holds. */
static int text_length(lua_State *L)
{
    size_t len;
    const char *text = check_text(L, &len);
    lua_pushinteger(L, (lua_Integer)text_count(text, len));
    return 1;
}

void text_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"upper", text_upper},         {"lower", text_lower},   {"trim", text_trim},
        {"normalise", text_normalise}, {"length", text_length}, {NULL, NULL},
    };
    luaL_newlib(L, functions);
}

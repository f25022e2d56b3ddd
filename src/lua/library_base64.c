/* text.base64_encode(), text.base64_decode(): RFC 4648's alphabet, with padding; bytes on the plain
 * side.  What they make lies in the lambda's memory. */
#include "base/base64.h"
#include "lua/box_internal.h"

enum { MAX_CODED = 4 << 20, MAX_PLAIN = MAX_CODED / 4 * 3 };

static int encode_text(lua_State *L)
{
    size_t len;
    luaL_Buffer out;
    const char *plain = luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, len <= MAX_PLAIN, 1, "longer than 3 MB");
    guard_charge(guard_of(L)->box, 2 * len);
    size_t size = BASE64_LEN(len);
    base64_encode(luaL_buffinitsize(L, &out, size), plain, len);
    luaL_pushresultsize(&out, size);
    return 1;
}

static int decode_text(lua_State *L)
{
    size_t len;
    luaL_Buffer out;
    const char *text = luaL_checklstring(L, 1, &len);
    luaL_argcheck(L, len <= MAX_CODED, 1, "longer than 4 MB");
    guard_charge(guard_of(L)->box, 2 * len);
    ptrdiff_t size = base64_decode(luaL_buffinitsize(L, &out, BASE64_PLAIN(len)), text, len);
    if (size < 0)
        return luaL_error(L, "text.base64_decode: not base64");
    luaL_pushresultsize(&out, (size_t)size);
    return 1;
}

void base64_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"base64_encode", encode_text},
        {"base64_decode", decode_text},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
    lua_pushinteger(L, MAX_PLAIN);
    lua_setfield(L, -2, "most_plain");
}

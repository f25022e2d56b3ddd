/* Patterns, and the functions made of them, against Lua's own library: every pattern on every
 * text. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "base/mem.h"
#include "lua/box_stand.h"

static const char *const patterns[] = {
    "",
    "a",
    "abc",
    "^a",
    "a$",
    "^a$",
    "^",
    "$",
    "^$",
    ".",
    ".*",
    ".-",
    ".+",
    ".?",
    "a*",
    "a-",
    "a+",
    "a?",
    "a-b",
    "a*b",
    "a+b",
    "a?b",
    "[abc]",
    "[^abc]",
    "[a-c]+",
    "[%a]+",
    "[%w_]*",
    "[]]",
    "[^]]",
    "[]a]",
    "[a-]",
    "[-a]",
    "[%-a]",
    "[a%-z]",
    "[%]]+",
    "%a+",
    "%d+",
    "%s+",
    "%w+",
    "%p+",
    "%u+",
    "%l+",
    "%x+",
    "%c",
    "%g+",
    "%A+",
    "%D+",
    "%S+",
    "%W+",
    "%P+",
    "%U+",
    "%L+",
    "%X+",
    "%C+",
    "%G+",
    "%.",
    "%%",
    "%$",
    "%^",
    "%(",
    "%[",
    "(a)",
    "(a*)(b*)",
    "()",
    "()a()",
    "(a(b)c)",
    "((a)(b))",
    "(.)%1",
    "(a*)b%1",
    "(%w+) (%w+)",
    "(%w+)=(%w+)",
    "%b()",
    "%b[]",
    "%bxx",
    "(%b())",
    "%f[%w]%w+",
    "%f[%W]",
    "%f[^a]",
    "%f[a]",
    "^(.-)%s*$",
    "^%s*(.-)%s*$",
    "(.-),",
    "([^,]*)",
    "([^,]*),?",
    "a.-b.-c",
    "(a?)(b?)(c?)",
    "x*",
    "(x*)",
    "a**",
    "a+-",
    "a-?",
    "^^a",
    "a^b",
    "a$b",
    "$$",
    "b$",
    "[%d.]+",
    "[+-]?%d+",
    "%1",
    "(%1)",
    "%0",
    ")",
    "())",
    "[",
    "[a",
    "[^",
    "[]",
    "[a-",
    "%",
    "a%",
    "%b",
    "%bx",
    "%f",
    "%fa",
    "[%",
    "[%]",
    "a)",
    "%b(",
    "(a))",
    "%9",
    "(.)(.)%2%1",
    "[%z]",
    "%z",
    "[a-%%]",
    "[%a-z]",
    "[^%s]+",
    "\xe6[\x80-\xbf]*",
    "日",
    "[日本]+",
    "^%w+$",
    "\\n",
    "-",
    "--",
    "a-$",
    "a*$",
    "^a-$",
    "(a-)(a*)$",
    "()$",
    "^()",
    "%f[%z]",
    "[\x01-\x7f]+",
    "*a",
    "+a",
    "?a",
    "-a",
    "(*a)",
    "a(*)",
    "[[]",
    "[[%]]",
    "%[(.-)%]",
};

static const char *const texts[] = {
    "",       "a",           "b",           "abc",         "aaa",        "aab",
    "abcabc", "hello world", "  trim me  ", "key=val",     "a=1, b=2",   "f(a(b)c)d",
    "[[x]]",  "x",           "xx",          "xxx",         "abba",       "THE (quick) fox",
    "a,b,,c", ",",           "日本語",      "a\nb\tc",     "3.14 -7 +2", "%%^$",
    "a-b",    "]",           "^a",          "a$b",         "aXbYc",      "\x7f\x01\xff",
    "((()))", "aaaaaaaaab",  "word1 word2", "ABCabc123!?", "a^b",        "\\n",
};

/* Each gives one line of text: what the function gives, or how it fails. */
static const char *const uses[] = {
    "string.find(text, pattern)",
    "string.find(text, pattern, 2)",
    "string.find(text, pattern, -2)",
    "string.find(text, pattern, 1, true)",
    "string.find(text, pattern, 40)",
    "string.match(text, pattern)",
    "string.match(text, pattern, 3)",
    "string.gsub(text, pattern, '<%0>')",
    "string.gsub(text, pattern, '%1', 2)",
    "string.gsub(text, pattern, '%%')",
    "string.gsub(text, pattern, string.upper)",
    "string.gsub(text, pattern, {a = 'A', b = false, ab = 7})",
    "string.gsub(text, pattern, function(...) return nil end)",
    "all(text, pattern)",
    "all(text, pattern, 2)",
};

static const char frame[] =
    "local function all(text, pattern, init)"
    "  local out, n = {}, 0"
    "  for a, b in string.gmatch(text, pattern, init) do"
    "    out[#out + 1] = tostring(a) .. ':' .. tostring(b)"
    "  end"
    "  return table.concat(out, ' ')"
    "end "
    "local function told(well, ...)"
    "  if not well then return 'fails' end"
    "  local out = {}"
    "  for i = 1, select('#', ...) do out[i] = tostring((select(i, ...))) end"
    "  return table.concat(out, '|')"
    "end "
    "return told(pcall(function() return %s end))";

/* As value_read() cannot give bytes that are no text, both sides give them in hexadecimal. */
static const char hex[] = "local function hexed(s) local o = {} for i = 1, #s do"
                          " o[i] = string.format('%02x', string.byte(s, i)) end"
                          " return table.concat(o) end "
                          "local text, pattern = input[1], input[2] "
                          "return hexed((function() ";

static char *make_source(const char *use)
{
    char *body = mem_printf(frame, use);
    char *source = mem_printf("%s%s end)())", hex, body);
    free(body);
    return source;
}

static lua_State *real;

/* What Lua itself gives. */
static const char *real_call(const char *text, const char *pattern)
{
    lua_settop(real, 1); /* the function */
    lua_pushvalue(real, 1);
    lua_createtable(real, 2, 0);
    lua_pushstring(real, text);
    lua_rawseti(real, -2, 1);
    lua_pushstring(real, pattern);
    lua_rawseti(real, -2, 2);
    if (lua_pcall(real, 1, 1, 0) != LUA_OK)
        fail_msg("%s", lua_tostring(real, -1));
    return lua_tostring(real, -1);
}

static void load_real(const char *source)
{
    char *whole = mem_printf("local input = ... %s", source);
    lua_settop(real, 0);
    if (luaL_loadstring(real, whole) != LUA_OK)
        fail_msg("%s", lua_tostring(real, -1));
    free(whole);
}

/* A table for a routine: bytes that are no text cannot come in as JSON, so that the source holds
 * them. */
static void quote(char *out, size_t size, const char *text)
{
    size_t len = 0;
    for (const char *c = text; *c && len + 5 < size; c++)
        len += (size_t)snprintf(out + len, size - len, "\\%03d", (unsigned char)*c);
    out[len] = '\0';
}

static size_t compare(const char *use, const char *body, const char *pattern)
{
    const struct box_limits limits = {.memory = 8 << 20, .time_ms = 10000};
    size_t count = sizeof texts / sizeof *texts;
    static char source[32768];
    char quoted[256];
    quote(quoted, sizeof quoted, pattern);
    int len =
        snprintf(source, sizeof source, "local function run(input) %s end local out = {} ", body);
    for (size_t i = 0; i < count; i++) {
        char text[256];
        quote(text, sizeof text, texts[i]);
        len += snprintf(source + len, sizeof source - (size_t)len, "out[%zu] = run({'%s', '%s'}) ",
                        i + 1, text, quoted);
    }
    snprintf(source + len, sizeof source - (size_t)len, "return table.concat(out, '\\n')");
    struct box *box = box_stand_load(source, &limits);
    struct routine *routine = routine_new(box, &(struct routine_setup){0});
    while (routine_run(routine) == ROUTINE_AGAIN)
        ;
    const char *line = json_string_value(routine_result(routine));
    if (!line)
        fail_msg("%s %s: %s", use, pattern, outcome_message(routine_failure(routine)));
    for (size_t i = 0; i < count; i++) {
        const char *wanted = real_call(texts[i], pattern);
        size_t size = strcspn(line, "\n");
        if (strlen(wanted) != size || memcmp(wanted, line, size) != 0)
            fail_msg("%s of '%s', '%s': %.*s instead of %s", use, texts[i], pattern, (int)size,
                     line, wanted);
        line += size + 1;
    }
    routine_drop(&routine);
    box_free(&box);
    return count;
}

static void test_against_lua(void **state)
{
    (void)state;
    size_t compared = 0;
    real = luaL_newstate();
    luaL_openlibs(real);
    for (size_t u = 0; u < sizeof uses / sizeof *uses; u++) {
        char *source = make_source(uses[u]);
        load_real(source);
        for (size_t p = 0; p < sizeof patterns / sizeof *patterns; p++)
            compared += compare(uses[u], source, patterns[p]);
        free(source);
    }
    lua_close(real);
    printf("%zu calls compared\n", compared);
}

/* Lua notices a capture that is left open only when it is used; here it is always wrong. */
static void test_open_captures(void **state)
{
    (void)state;
    static const char *const open[] = {"(", "(()", "(a", "((a)"};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        struct told told;
        char *source = mem_printf("string.find('aa', '%s')", open[i]);
        box_stand_call(source, NULL, &told);
        assert_non_null(strstr(told.text, "unfinished capture"));
        free(source);
    }
}

/* What takes too long at one place is an error; what takes long at many is interrupted. */
static void test_effort(void **state)
{
    (void)state;
    struct told told;
    box_stand_call("(('a'):rep(10000)):find(('a*'):rep(20) .. 'b')", NULL, &told);
    assert_int_equal(told.err, LS_INTERNAL);
    assert_non_null(strstr(told.text, "pattern too complex"));
    box_stand_call("(('a'):rep(100000)):find('.-b')", NULL, &told);
    assert_int_equal(told.err, LS_TIMEOUT);
    assert_true(told.slices > 0);
    box_stand_call("(('x'):rep(100000)):find(('x?'):rep(300) .. 'y')", NULL, &told);
    assert_int_not_equal(told.err, LS_OK);
    box_stand_call("select(2, ('x'):rep(20000):gsub('x', 'yy'))", NULL, &told);
    assert_string_equal(told.text, "20000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_lua),
        cmocka_unit_test(test_open_captures),
        cmocka_unit_test(test_effort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

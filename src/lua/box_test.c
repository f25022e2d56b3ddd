/* What lambdas can say, and what comes out. */
#include "lua/box_stand.h"
#include "lua/routine_internal.h"

struct row {
    const char *source, *input, *result; /* result: JSON; NULL: it fails */
    const char *message;                 /* part of it */
};

static void check(const struct row *row)
{
    struct told told;
    box_stand_call(row->source, row->input, &told);
    if ((told.err == LS_OK) != (row->result != NULL))
        fail_msg("%s: %s", row->source, told.text);
    if (row->result && strcmp(told.text, row->result) != 0)
        fail_msg("%s: %s instead of %s", row->source, told.text, row->result);
    if (row->message && !strstr(told.text, row->message))
        fail_msg("%s: %s, without %s", row->source, told.text, row->message);
}

static void check_all(const struct row *rows)
{
    for (; rows->source; rows++)
        check(rows);
}

static void test_sources(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"input.a + 1", "{\"a\":1}", "2", NULL},
        {"return input.a + 1", "{\"a\":1}", "2", NULL},
        {"local a = input\nreturn a .. '!'", "\"x\"", "\"x!\"", NULL},
        {"string.upper(input)", "\"x\"", "\"X\"", NULL},
        {"input:upper() -- loud", "\"x\"", "\"X\"", NULL},
        {"local x = 1", NULL, "null", NULL},
        {"input", "[]", "[]", NULL},
        {"config", NULL, "null", NULL},
        {"for i, v in ipairs(input) do if v == 2 then return i end end", "[5,2]", "2", NULL},
        {"x = 1", NULL, NULL, "test:1: 'x' is no local variable: write `local x"},
        {"\n\nerror('no')", NULL, NULL, "test:3: no"},
        {"error({message = 'm'})", NULL, NULL, "m"},
        {"error({})", NULL, NULL, "a table without a message"},
        {"error(nil)", NULL, NULL, "a nil without a message"},
        {"error(7)", NULL, NULL, "7"},
        {"input.a.b", "{}", NULL, "test:1: attempt to index a nil value (field 'a')"},
        {"(function() _ENV = {} return 1 end)()", NULL, "1", NULL},
        {NULL, NULL, NULL, NULL},
    };
    check_all(rows);
}

static void test_values(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"input", "{\"z\":1,\"a\":2,\"m\":[{\"y\":1,\"b\":2}]}",
         "{\"z\":1,\"a\":2,\"m\":[{\"y\":1,\"b\":2}]}", NULL},
        {"input.n = 1 input.c = 2 input.a = 3 return input", "{\"z\":1,\"a\":2}",
         "{\"z\":1,\"a\":3,\"c\":2,\"n\":1}", NULL},
        {"input.z = nil return input", "{\"z\":1,\"a\":2}", "{\"a\":2}", NULL},
        {"input", "{\"z\":null,\"a\":[null,1]}", "{\"z\":null,\"a\":[null,1]}", NULL},
        {"input.z == nil", "{\"z\":null}", "true", NULL},
        {"input.z = 1 return input", "{\"z\":null,\"a\":1}", "{\"z\":1,\"a\":1}", NULL},
        {"input[1] == json.null", "[null]", "true", NULL},
        {"{a = json.null, json.null}", NULL, NULL, "the result: a list with other keys"},
        {"{a = json.null}", NULL, "{\"a\":null}", NULL},
        {"{b = 1, a = {c = {}, b = json.array{}}}", NULL, "{\"a\":{\"b\":[],\"c\":{}},\"b\":1}",
         NULL},
        {"table.remove(input) return input", "[1]", "[]", NULL},
        {"json.array()", NULL, "[]", NULL},
        {"{1, 2, 'x'}", NULL, "[1,2,\"x\"]", NULL},
        {"{1.0, 1, 1e100, -0.5}", NULL, "[1.0,1,1e100,-0.5]", NULL},
        {"input + 0", "9007199254740993", "9007199254740993", NULL},
        {"math.type(input[1]) .. math.type(input[2])", "[1,1.0]", "\"integerfloat\"", NULL},
        {"7 // 2", NULL, "3", NULL},
        {"'10' + 1", NULL, NULL, "attempt to perform arithmetic on a string value"},
        {"0/0", NULL, NULL, "the result: not a number, or infinite"},
        {"{x = {1, 1/0}}", NULL, NULL, "the result.x[2]: not a number"},
        {"{[1.5] = 1}", NULL, NULL, "a key of an object must be text"},
        {"{[1] = 1, [3] = 3}", NULL, NULL, "for a gap, json.null"},
        {"'\\xff'", NULL, NULL, "the text is not valid UTF-8"},
        {"{['\\xff'] = 1}", NULL, NULL, "a key is not valid UTF-8"},
        {"{['a\\0b'] = 1}", NULL, NULL, "a key holds the character"},
        {"print", NULL, "null", NULL},
        {"{f = type}", NULL, NULL, "the result.f: a function is no value"},
        {"local t = {} t.t = t return t", NULL, NULL, "contains itself"},
        {"local t = {} for i = 1, 60 do t = {t, t} end return t", NULL, NULL, "too large"},
        {"local t = {} for i = 1, 1000 do t = {t} end return t", NULL, NULL, "nested too deeply"},
        {"'a\\0b'", NULL, "\"a\\u0000b\"", NULL},
        {"#input", "\"日本\"", "6", NULL},
        {NULL, NULL, NULL, NULL},
    };
    check_all(rows);
}

static void test_texts(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"text.upper('ñandú') .. text.lower('ÀÉ')", NULL, "\"ÑANDÚàé\"", NULL},
        {"text.upper('straße ﬁn ẞ ŉ ᾳ') .. text.lower('İ ẞ')", NULL, "\"STRASSE FIN ẞ ʼN ΑΙi̇ ß\"",
         NULL},
        {"text.lower('ΟΔΟΣ Σ ΑΣ. Σ’Α’Σ ΑΣΑ Α.Σ')", NULL, "\"οδος σ ας. σ’α’ς ασα α.ς\"", NULL},
        {"text.trim('\\u{3000} a b\\n ') .. '|'", NULL, "\"a b|\"", NULL},
        {"text.trim(' \\t ')", NULL, "\"\"", NULL},
        {"text.length('日本') .. text.length('')", NULL, "\"20\"", NULL},
        {"text.normalise('e\\u{301}') == '\\u{e9}'", NULL, "true", NULL},
        {"text.length(text.normalise('\\u{e9}', 'NFD'))", NULL, "2", NULL},
        {"text.upper('\\xff')", NULL, NULL, "not valid UTF-8"},
        {NULL, NULL, NULL, NULL},
    };
    check_all(rows);
}

static void test_base64(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"text.base64_encode('') .. text.base64_decode('')", NULL, "\"\"", NULL},
        {"text.base64_encode('f') .. text.base64_encode('fo') .. text.base64_encode('foo')", NULL,
         "\"Zg==Zm8=Zm9v\"", NULL},
        {"text.base64_encode('\\0\\xff\\xfe>?')", NULL, "\"AP/+Pj8=\"", NULL},
        {"{text.base64_decode('AP/+Pj8='):byte(1, -1)}", NULL, "[0,255,254,62,63]", NULL},
        {"text.base64_decode(' Zm9v\\r\\nYg = = ')", NULL, "\"foob\"", NULL},
        {"text.base64_decode('Zg')", NULL, NULL, "not base64"},
        {"text.base64_decode('Zg=')", NULL, NULL, "not base64"},
        {"text.base64_decode('Z===')", NULL, NULL, "not base64"},
        {"text.base64_decode('====')", NULL, NULL, "not base64"},
        {"text.base64_decode('Zg==Zg==')", NULL, NULL, "not base64"},
        {"text.base64_decode('Zm9-')", NULL, NULL, "not base64"},
        {"text.base64_decode(('A'):rep(4 * 1024 * 1024 + 4))", NULL, NULL, "longer than 4 MB"},
        {"text.base64_encode(('A'):rep(3 * 1024 * 1024 + 1))", NULL, NULL, "longer than 3 MB"},
        {"local s = ('x\\xff'):rep(100001) return text.base64_decode(text.base64_encode(s)) == s",
         NULL, "true", NULL},
        {NULL, NULL, NULL, NULL},
    };
    check_all(rows);
}

static void test_json(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"json.decode('{\"b\":[1,2.0,null],\"a\":{}}')", NULL, "{\"b\":[1,2.0,null],\"a\":{}}",
         NULL},
        {"json.encode(input)", "{\"b\":[],\"a\":1.5}", "\"{\\\"b\\\":[],\\\"a\\\":1.5}\"", NULL},
        {"json.encode('x\\n')", NULL, "\"\\\"x\\\\n\\\"\"", NULL},
        {"json.decode('[')", NULL, NULL, "json.decode:"},
        {"json.encode(print)", NULL, "\"null\"", NULL},
        {"json.encode(type)", NULL, NULL, "a function is no value"},
        {NULL, NULL, NULL, NULL},
    };
    check_all(rows);
}

static void test_metatables(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"tostring({}) .. tostring(nil) .. tostring(1.0) .. tostring(json.null)", NULL,
         "\"tablenil1.0null\"", NULL},
        {"tostring(setmetatable({}, {__tostring = function() return 'me' end}))", NULL, "\"me\"",
         NULL},
        {"local m = {__len = function() return 7 end} local a, b = setmetatable({}, m), "
         "setmetatable({}, m) return {#a, #b, getmetatable(a) == m, getmetatable(b) == m}",
         NULL, "[7,7,true,true]", NULL},
        {"local m = {} local a = setmetatable({}, m) m.__len = function() return 7 end "
         "local b = setmetatable({}, m) return {#a, #b, getmetatable(a) == getmetatable(b)}",
         NULL, "[0,7,true]", NULL},
        {"local C = {} C.__index = C function C.new() return setmetatable({}, C) end "
         "local o = C.new() function C:f() return 5 end return o:f() + C.new():f()",
         NULL, "10", NULL},
        {"getmetatable(setmetatable({}, {__metatable = 'mine'}))", NULL, "\"mine\"", NULL},
        {"getmetatable(setmetatable(setmetatable({}, {}), nil)) == nil", NULL, "true", NULL},
        {NULL, NULL, NULL, NULL},
    };
    check_all(rows);
}

static void test_basics(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"tonumber('0x10') + tonumber('z', 36)", NULL, "51", NULL},
        {"pcall(error, 'x')", NULL, "false", NULL},
        {"select(2, pcall(error, 'x'))", NULL, "\"x\"", NULL},
        {"{xpcall(error, function(e) return e .. '!' end, 'x')}", NULL, "[false,\"x!\"]", NULL},
        {"{xpcall(function(a) return a end, error, 'x')}", NULL, "[true,\"x\"]", NULL},
        {"{select('#', table.unpack({1, nil, 3}, 1, 3))}", NULL, "[3]", NULL},
        {"math.max(1, 5) + math.tointeger(3.0)", NULL, "8", NULL},
        {"utf8.char(26085) .. utf8.len('日本')", NULL, "\"日2\"", NULL},
        {"string.format('%5.1f|%s|%d|%q', 3.14159, {}, 7, 'x')", NULL,
         "\"  3.1|table|7|\\\"x\\\"\"", NULL},
        {"string.format('%p', 'x')", NULL, NULL, "invalid conversion"},
        {"string.format('%s %s', 1)", NULL, NULL, "no value"},
        {"('x'):rep(3, '-') .. ('abc'):reverse():upper()", NULL, "\"x-x-xCBA\"", NULL},
        {NULL, NULL, NULL, NULL},
    };
    check_all(rows);
}

#define LONG "local s = ('a\\u{c4}\\u{20ac}z'):rep(20000) "
#define LIST "local t = {} for i = 1, 5000 do t[i] = i end "
#define DEEP "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end "

/* What is done in pieces comes to the same as what is done at once. */
static void test_long_values(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {LONG "return {#s:lower(), s:upper():sub(-1), s:reverse():reverse() == s}", NULL,
         "[140000,\"Z\",true]", NULL},
        {LONG "return {utf8.len(s), utf8.len(s, 2), utf8.len(s, -1), utf8.len(s, 1, 70000),"
              " utf8.len(s, #s + 1)}",
         NULL, "[80000,79999,1,40000,0]", NULL},
        {LONG "return {select(2, utf8.len(s .. '\\xff')), select(2, utf8.len(s, 3))}", NULL,
         "[140001,3]", NULL},
        {LONG "return utf8.len(s, 1, #s + 1)", NULL, NULL, "out of bounds"},
        {LONG "return utf8.len(s, #s + 2)", NULL, NULL, "out of bounds"},
        {LONG "return utf8.codepoint(s, 1, -1)", NULL, NULL, "string slice too long"},
        {LONG "return s:byte(1, -1)", NULL, NULL, "string slice too long"},
        {"{('abc'):byte(-2, 400000), #{('abc'):byte(1, -1)}, #{('abc'):byte(9)}}", NULL, "[98,3,0]",
         NULL},
        {LIST "return {#table.concat(t, ','), table.concat(t, '-', 4999)}", NULL,
         "[23892,\"4999-5000\"]", NULL},
        {LIST "return table.concat(t, '-', 1, 5001)", NULL, NULL, "at index 5001"},
        {LIST "return string.format(('%d,'):rep(200), table.unpack(t)):sub(-8)", NULL,
         "\"199,200,\"", NULL},
        {LIST "return string.format(('%d'):rep(64) .. '%p', table.unpack(t))", NULL, NULL, "'%p'"},
        {LIST "return json.decode(json.encode(t))[5000]", NULL, "5000", NULL},
        {"string.format('%d %q %5.1f%%', 1, 'x', 2.5)", NULL, "\"1 \\\"x\\\"   2.5%\"", NULL},
        {"string.format('%q', ('x'):rep(20000))", NULL, NULL, "'%q' is longer"},
        {"json.decode('[' .. ('{},'):rep(20000) .. '1]')", NULL, NULL, "of too many members"},
        {"#json.decode('[\"' .. (':[{,'):rep(20000) .. '\"]')[1]", NULL, "80000", NULL},
        {"#json.decode('[\"' .. ('\\\\\":['):rep(20000) .. '\"]')[1]", NULL, "60000", NULL},
        {"{keys9 = 1, keys10000 = 2, keys10001 = 3, b = 4}", NULL,
         "{\"b\":4,\"keys10000\":2,\"keys10001\":3,\"keys9\":1}", NULL},
        {"#text.normalise('a' .. ('\\u{301}'):rep(30))", NULL, "60", NULL},
        {"text.normalise('a' .. ('\\u{301}'):rep(31))", NULL, NULL, "more than 30 combining"},
        {DEEP "return f(4000)", NULL, "4000", NULL},
        {DEEP "return f(1000000)", NULL, NULL, "stack overflow"},
        {NULL, NULL, NULL, NULL},
    };
    check_all(rows);
}

static void test_tables(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"table.sort(input) return input", "[3,1,2]", "[1,2,3]", NULL},
        {"table.sort(input, function(a, b) return a > b end) return input", "[3,1,2,5,4]",
         "[5,4,3,2,1]", NULL},
        {"table.sort(input) return input", "[\"b\",\"a\",\"c\"]", "[\"a\",\"b\",\"c\"]", NULL},
        {"table.sort(input) return input", "[1,\"a\"]", NULL, "attempt to compare"},
        {"select(2, pcall(table.sort, input)):sub(1, 18)", "[1,\"a\"]", "\"attempt to compare\"",
         NULL},
        {"table.sort(input, function() return true end) return #input", "[1,2,3]", "3", NULL},
        {"table.insert(input, 9) table.insert(input, 1, 0) return input", "[1,2]", "[0,1,2,9]",
         NULL},
        {"table.insert(input, 5, 1)", "[1]", NULL, "position out of bounds"},
        {"{table.remove(input, 1), table.remove(input), #input}", "[7,8,9]", "[7,9,1]", NULL},
        {"table.remove({}) == nil", NULL, "true", NULL},
        {"table.concat(input, ', ')", "[\"a\",1,\"b\"]", "\"a, 1, b\"", NULL},
        {"table.concat({{}})", NULL, NULL, "invalid value (at index 1)"},
        {"table.move(input, 2, 3, 1)", "[1,2,3]", "[2,3,3]", NULL},
        {"table.move(input, 1, 3, 2)", "[1,2,3]", "[1,1,2,3]", NULL},
        {"table.move(input, 1, 2, 1, {})", "[1,2,3]", "[1,2]", NULL},
        {"local t = table.pack(1, nil) return t.n", NULL, "2", NULL},
        {NULL, NULL, NULL, NULL},
    };
    check_all(rows);
}

/* Two calls of a box share nothing but its code. */
static void test_calls_are_apart(void **state)
{
    (void)state;
    const struct box_limits limits = {.memory = 1 << 20, .time_ms = 1000};
    struct box *box =
        box_stand_load("local old = leak _ENV = {leak = input, pcall = pcall} return old", &limits);
    struct told told;
    json_t *input = json_integer(5);
    for (int i = 0; i < 3; i++) {
        box_stand_run(box, input, &told);
        assert_string_equal(told.text, "null");
    }
    json_decref(input);
    box_free(&box);
}

/* Calls that pause while a value of theirs is held would hold many together, and outside the box. */
static void test_one_call_at_most_holds_a_value(void **state)
{
    (void)state;
    enum { CALLS = 4 };
    const struct box_limits limits = {.memory = 32 << 20, .time_ms = 20000};
    struct box *box =
        box_stand_load("local t = {} for i = 1, 30000 do t[i] = 'text number ' .. i end "
                       "return #json.encode(t)",
                       &limits);
    const struct routine_setup setup = {.step = "test"};
    struct routine *calls[CALLS];
    for (int i = 0; i < CALLS; i++)
        calls[i] = routine_new(box, &setup);
    for (int left = CALLS, i = 0; left > 0; i = (i + 1) % CALLS) {
        if (!calls[i])
            continue;
        enum routine_state now = routine_run(calls[i]);
        int holding = 0;
        for (int k = 0; k < CALLS; k++)
            holding += calls[k] && (calls[k]->guard.json || calls[k]->guard.text);
        assert_true(holding <= 1);
        if (now == ROUTINE_AGAIN)
            continue;
        assert_int_equal(now, ROUTINE_DONE);
        routine_drop(&calls[i]);
        left--;
    }
    assert_null(box->holder);
    box_free(&box);
}

/* Many calls do not make a box grow. */
static void test_memory_stays(void **state)
{
    (void)state;
    const struct box_limits limits = {.memory = 4 << 20, .time_ms = 1000};
    struct box *box = box_stand_load("local t = {} for i = 1, 200 do t[i] = {input, i} end "
                                     "if input.n % 3 == 0 then error('three') end return t[200]",
                                     &limits);
    struct told told;
    for (int i = 0; i < 2000; i++) {
        json_t *input = json_pack("{s:i,s:[i,n]}", "n", i, "list", i);
        box_stand_run(box, input, &told);
        assert_int_equal(told.err, i % 3 == 0 ? LS_INTERNAL : LS_OK);
        json_decref(input);
    }
    assert_true(box_memory(box) < 2 << 20);
    box_free(&box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sources),      cmocka_unit_test(test_values),
        cmocka_unit_test(test_texts),        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_json),         cmocka_unit_test(test_metatables),
        cmocka_unit_test(test_basics),       cmocka_unit_test(test_long_values),
        cmocka_unit_test(test_tables),       cmocka_unit_test(test_calls_are_apart),
        cmocka_unit_test(test_memory_stays), cmocka_unit_test(test_one_call_at_most_holds_a_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

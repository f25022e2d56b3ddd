/* What lambdas call to run other runnables, to give chunks, and to log. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "lua/routine_internal.h"
#include "lua/value.h"
#include "run/run.h"

enum { MAX_LOG = 8192 };

/* The value at the index as JSON; raises an error that names it otherwise. */
static json_t *check_value(lua_State *L, int index, const char *what)
{
    char why[VALUE_WHY];
    json_t *value = value_read(L, index, why);
    if (!value)
        luaL_error(L, "%s%s", what, why);
    return value;
}

/* The routine, which can wait. */
static struct routine *check_waiter(lua_State *L, const char *function)
{
    struct routine *routine = routine_of(L);
    if (!routine)
        luaL_error(L, "%s: a file cannot wait while it is loaded", function);
    else if (!lua_isyieldable(L))
        luaL_error(L, "%s: this function cannot wait", function);
    else
        routine_answer(routine, NULL); /* forgets an ask that failed before it was made */
    return routine;
}

/* Raises the refusal of an ask, if that was the answer. */
static json_t *take_answer(lua_State *L)
{
    struct routine *routine = routine_of(L);
    json_t *answer = routine->answer;
    if (!answer) {
        failure_push(L, &routine->refusal);
        lua_error(L);
    }
    routine->answer = NULL;
    guard_hold_json(&routine->guard, answer);
    return answer;
}

static int wait_for(lua_State *L, struct routine *routine, enum ask_kind kind, lua_KFunction then)
{
    routine->ask.kind = kind;
    routine->asks = true;
    return lua_yieldk(L, 0, 0, then);
}

/* ---- invoke, batch, parallel ---- */

static void ask_one(lua_State *L, struct routine *routine, const char *what)
{
    size_t len;
    const char *name = luaL_checklstring(L, 1, &len);
    json_t *text = json_stringn(name, len);
    luaL_argcheck(L, text, 1, "not valid UTF-8");
    routine->ask.names = json_pack("[o]", text);
    routine->ask.inputs = json_pack("[o]", check_value(L, 2, what));
}

static int invoked(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    value_push(L, json_array_get(take_answer(L), 0));
    guard_hold_json(guard_of(L), NULL);
    return 1;
}

/* invoke(name, input) */
static int routine_invoke(lua_State *L)
{
    struct routine *routine = check_waiter(L, "invoke");
    lua_settop(L, 2);
    ask_one(L, routine, "the input of invoke");
    return wait_for(L, routine, ASK_RUN, invoked);
}

static int all_ran(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    value_push(L, take_answer(L));
    guard_hold_json(guard_of(L), NULL);
    return 1;
}

/* run_all(names, inputs): lists of equal length, for batch() and parallel(). */
static int routine_run_all(lua_State *L)
{
    struct routine *routine = check_waiter(L, "batch and parallel");
    lua_settop(L, 2);
    value_mark_array(L, 1);
    value_mark_array(L, 2);
    json_t *names = check_value(L, 1, "the names");
    guard_hold_json(guard_of(L), names);
    routine->ask.inputs = check_value(L, 2, "the inputs of batch or parallel");
    routine->ask.names = json_incref(names);
    guard_hold_json(guard_of(L), NULL);
    return wait_for(L, routine, ASK_RUN, all_ran);
}

/* ---- stream ---- */

static int opened(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    lua_pushinteger(L, json_integer_value(take_answer(L)));
    guard_hold_json(guard_of(L), NULL);
    return 1;
}

/* open(name, input): a number for the stream. */
static int routine_open_stream(lua_State *L)
{
    struct routine *routine = check_waiter(L, "stream");
    lua_settop(L, 2);
    ask_one(L, routine, "the input of stream");
    return wait_for(L, routine, ASK_OPEN, opened);
}

static int chunk_came(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    const json_t *chunk = json_array_get(take_answer(L), 0);
    if (chunk)
        value_push_element(L, chunk);
    else
        lua_pushnil(L);
    guard_hold_json(guard_of(L), NULL);
    return 1;
}

/* chunks(): the number of the input as a stream. */
static int routine_open_input(lua_State *L)
{
    const struct routine *routine = check_waiter(L, "chunks");
    if (!routine->setup.emits)
        return luaL_error(L, "chunks: only a generator takes chunks; a lambda has its `input`");
    lua_pushinteger(L, ASK_INPUT);
    return 1;
}

/* next_chunk(number): the chunk, or nil at the end. */
static int routine_next_chunk(lua_State *L)
{
    struct routine *routine = check_waiter(L, "stream");
    routine->ask.stream = luaL_checkinteger(L, 1);
    return wait_for(L, routine, ASK_NEXT, chunk_came);
}

/* ---- emit ---- */

static int emitted(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    take_answer(L);
    guard_hold_json(guard_of(L), NULL);
    return 0;
}

/* emit(chunk) */
static int routine_emit(lua_State *L)
{
    struct routine *routine = check_waiter(L, "emit");
    luaL_checkany(L, 1);
    if (!routine->setup.emits)
        return luaL_error(L, "emit: only a generator gives chunks; a lambda returns its output");
    routine->ask.chunk = check_value(L, 1, "the chunk");
    return wait_for(L, routine, ASK_EMIT, emitted);
}

/* ---- log ---- */

/* One line, which says where in which request it comes from. */
static void write_log(const struct routine *routine, enum log_level level, const struct buf *text)
{
    struct run *run = routine ? routine->setup.run : NULL;
    char id[UUID_LEN + 1];
    if (run)
        uuid_format(id, &run->id);
    const struct log_field fields[] = {
        log_str("step", routine ? routine->setup.step : NULL),
        log_saidn("message", buf_str(text), text->len),
        log_str("request_id", run ? run->request_id : NULL),
        log_str("run_id", run ? id : NULL),
        log_str("trace_id", run ? run_trace(run)->trace_id : NULL),
    };
    log_fields(level, "lambda", fields, sizeof fields / sizeof fields[0]);
}

/* log([level,] text or table) */
static int routine_log(lua_State *L)
{
    static const char *const levels[] = {"debug", "info", "warning", "error", NULL};
    const struct routine *routine = routine_of(L);
    bool leveled = lua_gettop(L) > 1;
    enum log_level level =
        leveled ? (enum log_level)luaL_checkoption(L, 1, NULL, levels) : LOG_INFO;
    json_t *value = check_value(L, leveled ? 2 : 1, "log: the value");
    struct buf text;
    buf_init(&text, MAX_LOG);
    if (json_is_string(value))
        buf_add(&text, json_string_value(value),
                json_string_length(value) < MAX_LOG ? json_string_length(value) : MAX_LOG);
    else
        json_print(&text, value, JSON_WIRE);
    write_log(routine, level, &text);
    buf_fini(&text);
    json_decref(value);
    return 0;
}

void routine_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"invoke", routine_invoke},
        {"run_all", routine_run_all},
        {"open", routine_open_stream},
        {"open_input", routine_open_input},
        {"next_chunk", routine_next_chunk},
        {"emit", routine_emit},
        {"log", routine_log},
        {NULL, NULL},
    };
    failure_open(L);
    luaL_newlib(L, functions);
}

#include "lua/routine.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "lua/routine_internal.h"
#include "lua/value.h"

enum { FREE_PART = 8 }; /* of the memory: what the collector must leave free */

/* ---- the coroutine's own end: C at the bottom of its stack ---- */

static int returned(lua_State *L, int status, lua_KContext context)
{
    (void)status, (void)context;
    char why[VALUE_WHY];
    struct routine *routine = routine_of(L);
    if (routine->setup.emits)
        return 0;
    routine->result = value_read(L, -1, why);
    return routine->result ? 0 : luaL_error(L, "the result%s", why);
}

static int enter(lua_State *L)
{
    struct routine *routine = routine_of(L);
    struct box *box = routine->box;
    int count = 2;
    lua_rawgeti(L, LUA_REGISTRYINDEX, box->function);
    value_push(L, routine->setup.input);
    value_push(L, routine->setup.config);
    if (box->takes_env) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &box_env_key);
        count++;
    }
    lua_callk(L, count, 1, 0, returned);
    return returned(L, LUA_OK, 0);
}

/* ---- running ---- */

struct routine *routine_new(struct box *box, const struct routine_setup *setup)
{
    struct routine *routine = mem_zalloc(1, sizeof *routine);
    routine->box = box;
    routine->setup = *setup;
    box->sealed = true;
    routine->L = box_thread_take(box, &routine->ref);
    if (!routine->L) {
        free(routine);
        return NULL;
    }
    routine->guard = (struct guard){.box = box, .limit_us = box->time_us, .owner = routine};
    guard_set(routine->L, &routine->guard);
    guard_watch(routine->L);
    lua_pushcfunction(routine->L, enter);
    return routine;
}

static void ask_fini(struct ask *ask)
{
    json_decref(ask->names);
    json_decref(ask->inputs);
    json_decref(ask->chunk);
    *ask = (struct ask){0};
}

void routine_drop(struct routine **owner)
{
    struct routine *routine = *owner;
    if (!routine)
        return;
    box_thread_give(routine->box, routine->L, routine->ref, routine->over);
    metatables_forget(routine->box->main);
    ask_fini(&routine->ask);
    json_decref(routine->answer);
    json_decref(routine->result);
    failure_fini(&routine->refusal);
    failure_fini(&routine->failure);
    guard_hold_json(&routine->guard, NULL);
    guard_hold_text(&routine->guard, NULL);
    free(routine);
    *owner = NULL;
}

static enum routine_state fail(struct routine *routine, enum ls_err err, char *message)
{
    failure_fini(&routine->failure);
    routine->failure = outcome_error(err, message);
    return ROUTINE_FAILED;
}

static enum routine_state fail_doomed(struct routine *routine)
{
    struct box *box = routine->box;
    if (routine->guard.doom == DOOM_TIME)
        return fail(routine, LS_TIMEOUT,
                    mem_printf("the lambda ran longer than its %lld ms (`lua: {time: …}`)",
                               (long long)(box->time_us / 1000)));
    if (routine->guard.huge_table)
        return fail(routine, LS_INTERNAL,
                    mem_printf("a table of the lambda has more than %d keys", MOST_NODES));
    return fail(routine, LS_INTERNAL,
                mem_strdup("the lambda wanted more than its memory (`lua: {memory: …}`)"));
}

static enum routine_state fail_raised(struct routine *routine)
{
    failure_fini(&routine->failure);
    failure_read(routine->L, &routine->failure);
    return ROUTINE_FAILED;
}

/* Counts a slice that took `wall` microseconds.  The processor's time is dear to ask for: that of
 * others who ran meanwhile is only left out of slices that were long. */
static void count_slice(struct routine *routine, int64_t wall, int64_t began_cpu)
{
    struct guard *guard = &routine->guard;
    if (wall < SLICE_US)
        guard->used_us += wall;
    else
        guard->used_us += routine->long_running ? clock_cpu_us() - began_cpu : SLICE_US;
    routine->long_running |= wall >= SLICE_US;
    if (guard->used_us > guard->limit_us)
        guard->doom = DOOM_TIME;
}

/* Lets the collector work for a slice; true: the routine may run on.  One that leaves the collector
 * too little to free would have it work for ever. */
static bool collect(struct routine *routine)
{
    struct guard *guard = &routine->guard;
    struct box *box = routine->box;
    size_t enough = box->limit - box->memory / FREE_PART;
    int64_t began = clock_steady_us(), began_cpu = clock_cpu_us();
    while (guard->collects > 0 && clock_steady_us() - began < SLICE_US) {
        if (lua_gc(box->main, LUA_GCSTEP, 0) && (--guard->collects == 0 || box->used <= enough))
            guard->collects = 0;
    }
    guard->used_us += clock_cpu_us() - began_cpu;
    if (guard->used_us > guard->limit_us)
        guard->doom = DOOM_TIME;
    else if (guard->collects == 0 && box->used > enough)
        guard->doom = DOOM_MEMORY;
    return guard->collects == 0 && !guard->doom;
}

enum routine_state routine_run(struct routine *routine)
{
    int results;
    struct guard *guard = &routine->guard;
    struct box *box = routine->box;
    if (guard->collects > 0 && !collect(routine))
        return guard->doom ? fail_doomed(routine) : ROUTINE_AGAIN;
    int64_t began_cpu = routine->long_running ? clock_cpu_us() : 0;
    routine->asks = false;
    guard->since_us = clock_steady_us();
    box->debt = 0;
    box->running = routine->L;
    int status = lua_resume(routine->L, NULL, 0, &results);
    box->running = NULL;
    if (status == LUA_YIELD)
        count_slice(routine, clock_steady_us() - guard->since_us, began_cpu);
    if (status == LUA_ERRMEM)
        guard->doom = DOOM_MEMORY;
    if (guard->doom)
        return fail_doomed(routine);
    if (status == LUA_YIELD)
        return routine->asks ? ROUTINE_ASKS : ROUTINE_AGAIN;
    if (status != LUA_OK)
        return fail_raised(routine);
    routine->over = true;
    return ROUTINE_DONE;
}

const struct ask *routine_ask(const struct routine *routine)
{
    return &routine->ask;
}

void routine_answer(struct routine *routine, json_t *value)
{
    ask_fini(&routine->ask);
    json_decref(routine->answer);
    routine->answer = value;
}

void routine_refuse(struct routine *routine, const struct outcome *outcome)
{
    routine_answer(routine, NULL);
    failure_fini(&routine->refusal);
    failure_copy(&routine->refusal, outcome);
}

json_t *routine_result(const struct routine *routine)
{
    return routine->result;
}

const struct outcome *routine_failure(const struct routine *routine)
{
    return &routine->failure;
}

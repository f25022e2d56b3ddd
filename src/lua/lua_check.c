#include "lua/lua_check.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "lua/routine.h"

struct lua_check {
    struct schema_check check;
    struct box *box;
};

/* A check that itself went wrong: the log is told why. */
static bool broken(struct buf *why, const char *message)
{
    const struct log_field fields[] = {log_said("message", message)};
    log_fields(LOG_ERROR, "check_failed", fields, sizeof fields / sizeof fields[0]);
    buf_add_str(why, "the input could not be checked");
    return false;
}

static bool refused(struct buf *why, const char *text)
{
    buf_add_str(why, text);
    return false;
}

static bool is_right(enum routine_state state, const struct routine *routine, struct buf *why)
{
    if (state == ROUTINE_ASKS)
        return broken(why, "a check of an input runs no other runnables");
    if (state == ROUTINE_FAILED) {
        const struct outcome *failure = routine_failure(routine);
        return failure->client ? refused(why, failure->client)
                               : broken(why, outcome_message(failure));
    }
    const json_t *result = routine_result(routine);
    if (!result || json_is_null(result) || json_is_true(result))
        return true;
    return refused(why,
                   json_is_string(result) ? json_string_value(result) : "the input is not allowed");
}

static bool run_check(const struct schema_check *check, const json_t *value, struct buf *why)
{
    const struct lua_check *lua = container_of(check, const struct lua_check, check);
    const struct routine_setup setup = {.input = (json_t *)value, .step = "check"};
    struct routine *routine = routine_new(lua->box, &setup);
    enum routine_state state;
    if (!routine)
        return broken(why, "the check's memory is used up");
    do
        state = routine_run(routine);
    while (state == ROUTINE_AGAIN); /* until the box's limit of time ends it */
    bool right = is_right(state, routine, why);
    routine_drop(&routine);
    return right;
}

struct schema_check *lua_check_new(struct box *box)
{
    struct lua_check *check = mem_zalloc(1, sizeof *check);
    check->check.fn = run_check;
    check->box = box;
    return &check->check;
}

void lua_check_free(void *check)
{
    struct lua_check *lua = container_of((struct schema_check *)check, struct lua_check, check);
    box_free(&lua->box);
    free(lua);
}

/* metrics.inc(), metrics.set(), metrics.observe(): the app's own metrics. */
#include "base/metrics.h"
#include "lua/box_internal.h"

/* The metric that the first argument names, of one of two types. */
static const struct metric *check_metric(lua_State *L, enum metric_type one, enum metric_type other)
{
    static const char *const types[] = {"counter", "gauge", "histogram", "summary"};
    const char *name = luaL_checkstring(L, 1);
    const struct metric *metric = metric_find(name);
    if (!metric || metric_def_of(metric)->type == METRIC_SUMMARY)
        luaL_error(L, "metrics: no metric '%s' is declared in the file's `metrics:`", name);
    else if (metric_def_of(metric)->type != one && metric_def_of(metric)->type != other)
        luaL_error(L, "metrics: '%s' is a %s", name, types[metric_def_of(metric)->type]);
    return metric;
}

/* The values of the labels in the table at 2; the texts stay on the stack. */
static void check_labels(lua_State *L, const struct metric *metric, const char *values[])
{
    const struct metric_def *def = metric_def_of(metric);
    size_t given = 0, count = 0, len;
    luaL_checkstack(L, METRIC_LABELS + 4, NULL);
    for (; def->labels[count]; count++) {
        lua_pushstring(L, def->labels[count]);
        if (lua_rawget(L, 2) != LUA_TSTRING && !lua_isnumber(L, -1))
            luaL_error(L, "metrics: '%s': the label '%s' is no text or number", def->name,
                       def->labels[count]);
        values[count] = lua_tolstring(L, -1, &len);
        guard_charge(guard_of(L)->box, len);
    }
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1))
        given++;
    if (given != count)
        luaL_error(L, "metrics: '%s' has other labels than these", def->name);
}

/* The series that (name [, labels] [, number]) means; *number is `usual` where it is not said. */
static struct series check_series(lua_State *L, const struct metric *metric, lua_Number *number,
                                  const lua_Number *usual)
{
    const char *values[METRIC_LABELS];
    if (!lua_istable(L, 2)) {
        lua_settop(L, 2);
        lua_newtable(L);
        lua_insert(L, 2);
    }
    lua_settop(L, 3);
    *number = usual && lua_isnil(L, 3) ? *usual : luaL_checknumber(L, 3);
    check_labels(L, metric, values);
    return metric_series(metric, values);
}

/* inc(name [, labels] [, n]) */
static int metrics_inc(lua_State *L)
{
    static const lua_Number one = 1;
    lua_Number n;
    const struct metric *metric = check_metric(L, METRIC_COUNTER, METRIC_GAUGE);
    struct series series = check_series(L, metric, &n, &one);
    if (n < 0 && metric_def_of(metric)->type == METRIC_COUNTER)
        return luaL_error(L, "metrics.inc: a counter does not go down");
    series_add(&series, n);
    return 0;
}

/* set(name [, labels], value) */
static int metrics_set(lua_State *L)
{
    lua_Number value;
    const struct metric *metric = check_metric(L, METRIC_GAUGE, METRIC_GAUGE);
    struct series series = check_series(L, metric, &value, NULL);
    series_set(&series, value);
    return 0;
}

/* observe(name [, labels], value) */
static int metrics_observe(lua_State *L)
{
    lua_Number value;
    const struct metric *metric = check_metric(L, METRIC_HISTOGRAM, METRIC_HISTOGRAM);
    struct series series = check_series(L, metric, &value, NULL);
    series_observe(&series, value);
    return 0;
}

void metrics_library_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"inc", metrics_inc},
        {"set", metrics_set},
        {"observe", metrics_observe},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
}

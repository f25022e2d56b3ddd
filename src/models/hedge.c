#include "models/hedge.h"

#include "base/metrics.h"
#include "run/gather.h"

struct hedge;

struct branch {
    struct sink sink; /* takes what the racer gives */
    struct hedge *hedge;
    struct scope *scope; /* NULL: it has not begun, or has ended */
};

struct hedge {
    const struct runnable *racer;
    struct scope *scope;
    struct sink *out;
    struct call call;
    struct uuid run_id; /* of both */
    struct race race;
    json_t *input; /* NULL: none */
    int64_t after;
    struct timer patience;
    struct branch branches[2], *winner;
    struct outcome failure; /* the first one */
};

static void win(struct hedge *hedge, struct branch *branch)
{
    struct branch *other = &hedge->branches[branch == &hedge->branches[0]];
    hedge->winner = branch;
    hedge->race.overtaken = branch == &hedge->branches[1];
    timer_stop(&hedge->patience);
    if (other->scope)
        scope_cancel(other->scope, LS_CANCELLED);
}

static enum flow branch_push(struct sink *sink, const struct chunk *chunk)
{
    struct branch *branch = container_of(sink, struct branch, sink);
    struct hedge *hedge = branch->hedge;
    if (!hedge->winner)
        win(hedge, branch);
    return branch == hedge->winner ? sink_push(hedge->out, chunk) : FLOW_STOP;
}

/* The end is a failure only when nothing else is under way. */
static void on_failure(struct hedge *hedge, const struct outcome *outcome)
{
    if (hedge->failure.kind == OUTCOME_WELL)
        hedge->failure = outcome_keep(hedge->scope->arena, outcome);
    if (hedge->branches[0].scope || hedge->branches[1].scope)
        return;
    timer_stop(&hedge->patience);
    sink_done(hedge->out, &hedge->failure);
}

static void branch_done(struct sink *sink, const struct outcome *outcome)
{
    struct branch *branch = container_of(sink, struct branch, sink);
    struct hedge *hedge = branch->hedge;
    branch->scope = NULL;
    if (!hedge->winner && outcome->kind != OUTCOME_ERROR)
        win(hedge, branch);
    if (branch == hedge->winner)
        sink_done(hedge->out, outcome);
    else if (!hedge->winner)
        on_failure(hedge, outcome);
}

static const struct sink_ops branch_ops = {branch_push, branch_done};

static void begin(struct hedge *hedge, struct branch *branch)
{
    branch->hedge = hedge;
    sink_init(&branch->sink, &branch_ops, hedge->scope);
    struct sink *in =
        scope_open(hedge->scope, hedge->racer, &hedge->call, &branch->sink, &branch->scope);
    if (hedge->input)
        sink_push_value(in, hedge->input);
    sink_done(in, &outcome_well);
}

static void on_patience_over(struct timer *timer)
{
    struct hedge *hedge = container_of(timer, struct hedge, patience);
    if (scope_is_cancelled(hedge->scope))
        return;
    metric_add(metrics.hedges, 1);
    begin(hedge, &hedge->branches[1]);
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct hedge *hedge = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(hedge->out, outcome);
        return;
    }
    hedge->input = arena_hold_json(hedge->scope->arena, value);
    timer_start(&hedge->patience, hedge->after);
    begin(hedge, &hedge->branches[0]);
}

struct sink *hedge_open(const struct runnable *racer, int64_t after, struct scope *scope,
                        const struct call *call, struct sink *out)
{
    struct hedge *hedge = arena_zalloc(scope->arena, sizeof *hedge);
    hedge->racer = racer;
    hedge->scope = scope;
    hedge->out = out;
    hedge->after = after;
    hedge->run_id = call_run_id(call);
    hedge->call = *call;
    hedge->call.run_id = &hedge->run_id;
    hedge->call.race = &hedge->race;
    timer_init(&hedge->patience, scope_loop(scope), on_patience_over);
    return gather_sink(scope, on_input, hedge);
}

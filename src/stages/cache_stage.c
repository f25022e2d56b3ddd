/* Design: a source looks for the result: in a flight of the same key, in the store; when it is in
 * neither, it begins a flight and follows that.  A run that is observed makes the result itself,
 * for its steps are to be seen, and leads a flight of it: `inner` takes what the runnable gives. */
#include "stages/cache_stage.h"

#include <string.h>

#include "base/json.h"
#include "run/gather.h"
#include "run/message.h"
#include "run/scope.h"
#include "run/source.h"
#include "stages/cache_flight.h"
#include "store/store.h"

struct cache_stage {
    const struct cached *cached;
    struct scope *scope;
    struct sink *out;
    struct call call;
    json_t *input; /* the arena's; NULL: none */
    struct source source;
    struct sink found;     /* what the source gives */
    struct store_op *op;   /* under way, or NULL */
    struct flight *flight; /* that it follows */
    struct hub_reader reader;
    struct flight *led; /* of what it makes itself */
    bool leads;         /* it began the flight that it follows */
    bool waits;         /* for the flight: the run is told */
    bool inside;        /* the source has ended: the runnable is opened in the run itself */
    struct sink inner;
    struct gather sum; /* of what the runnable gives */
    bool stopped, has_key;
    char key[DIGEST_HEX + 1];
};

static struct cache *cache_of(const struct cache_stage *stage)
{
    const struct run_services *services = stage->scope->run->services;
    return services ? services->cache : NULL;
}

static void count(struct cache_stage *stage, bool hit)
{
    struct cache *cache = cache_of(stage);
    enum cache_use *use = &stage->scope->run->tally.cache;
    *use = hit && *use != CACHE_MISS ? CACHE_HIT : CACHE_MISS;
    if (cache)
        series_add(hit ? &cache->hits : &cache->misses, 1);
}

/* The value with its mark, if it can have one (new reference). */
static json_t *marked(const struct cache_stage *stage, json_t *value, bool hit)
{
    json_t *own = hit ? flight_unpaid(value) : json_incref(value);
    if (!stage->cached->mark || !json_is_object(value))
        return own;
    json_t *copy = json_copy(own);
    json_object_set_new(copy, stage->cached->mark, json_boolean(hit));
    json_decref(own);
    return copy;
}

static struct outcome marked_outcome(const struct cache_stage *stage, const struct outcome *outcome,
                                     bool hit)
{
    struct outcome end = *outcome;
    if (end.kind == OUTCOME_WELL && end.value)
        end.value = arena_give_json(stage->scope->arena, marked(stage, end.value, hit));
    return end;
}

/* Behind the chunks of `value`: the mark. */
static enum flow push_mark(const struct cache_stage *stage, struct sink *out, const json_t *value,
                           bool hit)
{
    if (!stage->cached->mark || !json_is_object(value))
        return FLOW_ON;
    json_auto_t *mark = json_pack("{s:b}", stage->cached->mark, hit);
    return sink_push_value(out, mark);
}

/* ---- in the run itself ---- */

static enum flow inner_push(struct sink *sink, const struct chunk *chunk)
{
    struct cache_stage *stage = container_of(sink, struct cache_stage, inner);
    gather_add(&stage->sum, chunk);
    enum flow flow = sink_push(stage->out, chunk);
    stage->stopped |= flow == FLOW_STOP;
    return flow;
}

static void inner_done(struct sink *sink, const struct outcome *outcome)
{
    struct cache_stage *stage = container_of(sink, struct cache_stage, inner);
    static const struct outcome left = {.kind = OUTCOME_ERROR, .err = LS_CANCELLED};
    json_auto_t *sum = gather_take(&stage->sum);
    json_t *value = outcome->value ? outcome->value : sum;
    bool well = outcome->kind == OUTCOME_WELL;
    if (stage->led)
        flight_land(stage->led, well && stage->stopped ? &left : outcome, value);
    if (well && value && !stage->stopped)
        push_mark(stage, stage->out, sum, false);
    struct outcome end = marked_outcome(stage, outcome, false);
    sink_done(stage->out, &end);
}

static const struct sink_ops inner_ops = {inner_push, inner_done};

/* Whether others may follow what this run makes. */
static bool may_lead(const struct cache_stage *stage)
{
    const struct cache *cache = cache_of(stage);
    return cache && !cache->closed && stage->has_key && !stage->flight;
}

static void run_inside(struct cache_stage *stage)
{
    struct scope *child;
    const struct flight_start start = {.run = stage->scope->run,
                                       .key = stage->key,
                                       .ttl = stage->cached->ttl};
    if (may_lead(stage))
        stage->led = flight_lead(cache_of(stage), &start);
    sink_init(&stage->inner, &inner_ops, stage->scope);
    struct sink *in =
        scope_open(stage->scope, stage->cached->wrapper.bound, &stage->call, &stage->inner, &child);
    if (stage->input)
        sink_push_value(in, stage->input);
    sink_done(in, &outcome_well);
}

/* ---- what the source finds ---- */

static enum flow found_push(struct sink *sink, const struct chunk *chunk)
{
    return sink_push(container_of(sink, struct cache_stage, found)->out, chunk);
}

static void found_done(struct sink *sink, const struct outcome *outcome)
{
    struct cache_stage *stage = container_of(sink, struct cache_stage, found);
    if (stage->inside && outcome->kind == OUTCOME_WELL)
        run_inside(stage);
    else
        sink_done(stage->out, outcome);
}

static const struct sink_ops found_ops = {found_push, found_done};

static void go_inside(struct cache_stage *stage)
{
    stage->inside = true;
    source_done(&stage->source, &outcome_well);
}

/* ---- following a flight ---- */

/* Whether the chunks of the flight go on as they come. */
static bool streams(const struct cache_stage *stage)
{
    return stage->call.streaming && !stage->flight->leader;
}

static enum flow on_chunk(struct hub_reader *reader, uint64_t number, const struct chunk *chunk)
{
    struct cache_stage *stage = container_of(reader, struct cache_stage, reader);
    (void)number;
    if (!streams(stage))
        return FLOW_ON;
    if (stage->leads)
        return source_push(&stage->source, chunk);
    json_auto_t *value = flight_unpaid(chunk->value);
    struct chunk unpaid = *chunk;
    unpaid.value = value;
    return source_push(&stage->source, &unpaid);
}

/* Ends the wait for the flight, once. */
static void wait_end(struct cache_stage *stage)
{
    if (stage->waits)
        run_wait_end(stage->scope->run);
    stage->waits = false;
}

static void leave_flight(struct cache_stage *stage)
{
    if (stage->leads)
        flight_leave(stage->flight, stage->scope->run);
}

/* Whether the flight ended for a reason that is not the follower's, who then goes on without it: when
 * the client who led it has left, a follower may lead the next; when his time was over, each has his
 * own; of a stream so long that its beginning is gone, nothing else is left. */
static bool ends_alone(struct cache_stage *stage, const struct outcome *outcome)
{
    struct flight *flight = stage->flight;
    enum ls_err err = outcome->kind == OUTCOME_ERROR ? outcome->err : LS_OK;
    if (flight->leader && err == LS_CANCELLED) {
        stage->flight = NULL;
        flight_rele(flight);
        source_again(&stage->source);
        return true;
    }
    bool given = stage->reader.next > 0 && streams(stage);
    if (given || !(err == LS_TOO_LATE || (flight->leader && err == LS_TIMEOUT)))
        return false;
    leave_flight(stage);
    go_inside(stage);
    return true;
}

static void on_landed(struct hub_reader *reader, const struct outcome *outcome)
{
    struct cache_stage *stage = container_of(reader, struct cache_stage, reader);
    struct flight *flight = stage->flight;
    wait_end(stage);
    if (ends_alone(stage, outcome))
        return;
    if (stage->leads)
        tally_add(&stage->scope->run->tally, &flight->tally);
    if (flight->value && streams(stage))
        push_mark(stage, &stage->found, flight->value, !stage->leads);
    else if (flight->value)
        sink_push_value(&stage->found,
                        arena_give_json(stage->scope->arena,
                                        marked(stage, flight->value, !stage->leads)));
    struct outcome end = marked_outcome(stage, outcome, !stage->leads);
    if (!streams(stage) && end.kind == OUTCOME_WELL)
        end.value = NULL; /* it was pushed */
    source_done(&stage->source, &end);
}

static const struct hub_reader_ops reader_ops = {on_chunk, on_landed};

static void follow(struct cache_stage *stage, struct flight *flight, bool leads)
{
    stage->flight = flight;
    stage->leads = leads;
    count(stage, !leads);
    stage->waits = true;
    run_wait_begin(stage->scope->run); /* who waits for the provider is the flight's run */
    hub_read(flight->hub, &stage->reader, &reader_ops, 0);
}

/* ---- looking for it ---- */

/* The result has to be made. */
static void miss(struct cache_stage *stage)
{
    struct cache *cache = cache_of(stage);
    struct run *run = stage->scope->run;
    if (!may_lead(stage) || run->observers) {
        count(stage, false);
        go_inside(stage);
        return;
    }
    const struct flight_start start = {.run = run,
                                       .runnable = stage->cached->wrapper.bound,
                                       .call = &stage->call,
                                       .input = stage->input,
                                       .key = stage->key,
                                       .ttl = stage->cached->ttl};
    follow(stage, flight_new(cache, &start), true);
}

/* A flight that somebody else began.  Not one that the run itself leads: it could wait for what it
 * does not read. */
static bool join(struct cache_stage *stage)
{
    struct cache *cache = cache_of(stage);
    struct flight *flight = cache && stage->has_key ? flight_find(cache, stage->key) : NULL;
    if (!flight || flight->leader == stage->scope->run)
        return false;
    follow(stage, flight_hold(flight), false);
    return true;
}

static void on_recalled(void *owner, const struct store_answer *answer)
{
    struct cache_stage *stage = owner;
    json_t *value = NULL;
    stage->op = NULL;
    bool hit = !answer->err && answer->count == 1 &&
               json_read(&value, answer->items[0].data, answer->items[0].len, NULL) == LS_OK;
    if (!hit) {
        if (!join(stage))
            miss(stage);
        return;
    }
    count(stage, true);
    json_auto_t *whole = marked(stage, value, true);
    json_decref(value);
    struct chunk chunk = chunk_adds(whole);
    source_push(&stage->source, &chunk);
    source_done(&stage->source, &outcome_well);
}

static void go(struct source *source)
{
    struct cache_stage *stage = container_of(source, struct cache_stage, source);
    const struct run_services *services = stage->scope->run->services;
    const struct store_request request = {.verb = STORE_RECALL,
                                          .key = {stage->key, strlen(stage->key)},
                                          .ttl = stage->cached->ttl};
    if (stage->flight)
        hub_resume(&stage->reader);
    else if (!stage->op && !join(stage)) {
        if (services && services->store && stage->has_key)
            stage->op = store_ask(services->store, &request, on_recalled, stage);
        else
            miss(stage);
    }
}

static void stop(struct source *source)
{
    struct cache_stage *stage = container_of(source, struct cache_stage, source);
    if (stage->op)
        store_cancel(stage->op);
    stage->op = NULL;
    if (stage->flight) {
        leave_flight(stage);
        hub_leave(&stage->reader);
    }
    wait_end(stage);
}

static const struct source_ops source_ops = {go, stop};

/* ---- the stage ---- */

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct cache_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL) {
        sink_done(stage->out, outcome);
        return;
    }
    const struct cached *cached = stage->cached;
    json_t *messages = NULL;
    const char *why;
    if (cached->messages && message_list(&messages, value, &why) != LS_OK)
        messages = NULL; /* the model will say so */
    stage->input = arena_hold_json(stage->scope->arena, value);
    stage->has_key = cache_key(stage->key, cached->identity, cached->reads, &stage->call,
                               messages ? messages : value);
    json_decref(messages);
    source_start(&stage->source);
}

static void drop(void *ptr)
{
    struct cache_stage *stage = ptr;
    gather_fini(&stage->sum);
    if (stage->flight)
        flight_rele(stage->flight);
    if (stage->led)
        flight_rele(stage->led);
}

struct sink *cache_stage_open(const struct runnable *runnable, struct scope *scope,
                              const struct call *call, struct sink *out)
{
    struct cache_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->cached = container_of(runnable, const struct cached, wrapper.runnable);
    stage->scope = scope;
    stage->out = out;
    stage->call = call_for_part(call, NULL);
    stage->call.kwargs = call->kwargs;
    gather_init(&stage->sum);
    arena_defer(scope->arena, drop, stage);
    sink_init(&stage->found, &found_ops, scope);
    source_init(&stage->source, &source_ops, scope, &stage->found);
    return gather_sink(scope, on_input, stage);
}

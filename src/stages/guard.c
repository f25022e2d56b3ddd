/* Design: every text of the input is folded and searched; what is found is changed in the text as
 * it was written.  Taking something out may put something together, so stripping begins anew until
 * nothing is found; the effort of all searches in one input is bounded together. */
#include "stages/guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/folded.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "run/gather.h"
#include "run/run.h"
#include "run/scope.h"
#include "stages/wrapper.h"

enum { MOST_ROUNDS = 32, MOST_DEPTH = 64, MAX_TEXT = 64 << 20 };

struct guard {
    struct wrapper wrapper; /* its `bound` is NULL of a step */
    struct guard_rules rules;
};

struct guard_stage {
    struct scope *scope;
    const struct guard *guard;
    struct sink *out;
    uint64_t spent;
    size_t found;
    enum ls_err err;
};

/* ---- one text ---- */

/* Where the pattern is found next, from `at` on; nowhere: far behind the text's end. */
static void look_for(struct guard_stage *stage, const struct pattern *pattern,
                     const struct folded *folded, size_t at, struct match_span *next)
{
    bool found;
    stage->err = pattern_match(pattern, buf_str(&folded->text), folded->text.len, at, &stage->spent,
                               next, 1, &found);
    if (stage->err || !found || next->end == next->start)
        *next = (struct match_span){SIZE_MAX, SIZE_MAX};
}

/* The first thing in the folded text from `at` on, any pattern's.  next[i] is where pattern i was
 * found last, which holds until `at` has passed it: so all patterns run over the text once, however
 * much is found. */
static bool find(struct guard_stage *stage, const struct folded *folded, struct match_span *next,
                 size_t at, struct match_span *first)
{
    const struct guard_rules *rules = &stage->guard->rules;
    *first = (struct match_span){SIZE_MAX, SIZE_MAX};
    for (size_t i = 0; i < rules->count && !stage->err; i++) {
        if (next[i].start < at || next[i].end <= at)
            look_for(stage, rules->patterns[i], folded, at, &next[i]);
        if (next[i].start < first->start)
            *first = next[i];
    }
    return !stage->err && first->start != SIZE_MAX;
}

/* Other signs for those that mark roles and templates. */
static void add_harmless(struct buf *out, const char *text, size_t len)
{
    static const char *const others[][2] = {{":", "："}, {"<", "‹"},  {">", "›"}, {"[", "［"},
                                            {"]", "］"}, {"#", "＃"}, {"|", "¦"}};
    for (size_t i = 0; i < len; i++) {
        const char *sign = NULL;
        for (size_t k = 0; k < sizeof others / sizeof others[0] && !sign; k++)
            if (text[i] == others[k][0][0])
                sign = others[k][1];
        if (sign)
            buf_add_str(out, sign);
        else
            buf_add_char(out, text[i]);
    }
}

/* One pass over a text; false: nothing was found.  Else *out is the text with what was found
 * changed as the action says. */
static bool pass(struct guard_stage *stage, const char *text, size_t len, struct buf *out)
{
    struct folded folded;
    struct match_span first, *next = mem_zalloc(stage->guard->rules.count, sizeof *next);
    size_t at = 0, copied = 0, found = 0;
    folded_init(&folded, text, len);
    while (at < folded.text.len && find(stage, &folded, next, at, &first)) {
        size_t from = first.start, to = first.end;
        folded_span(&folded, text, len, &from, &to);
        found++;
        if (from > copied)
            buf_add(out, text + copied, from - copied);
        if (to > copied && stage->guard->rules.action == GUARD_NEUTRALISE)
            add_harmless(out, text + (from > copied ? from : copied),
                         to - (from > copied ? from : copied));
        copied = to > copied ? to : copied;
        at = first.end;
    }
    buf_add(out, text + copied, len - copied);
    folded_fini(&folded);
    free(next);
    stage->found += found;
    return found > 0;
}

static json_t *strip(struct guard_stage *stage, const char *text, size_t len)
{
    struct buf now, next;
    buf_init(&now, MAX_TEXT);
    buf_add(&now, text, len);
    for (int round = 0;; round++) {
        buf_init(&next, MAX_TEXT);
        bool found = pass(stage, buf_str(&now), now.len, &next);
        buf_fini(&now);
        now = next;
        if (!found || stage->err)
            break;
        if (round == MOST_ROUNDS)
            stage->err = LS_INPUT_REFUSED; /* made to be found again and again */
    }
    const char *left = buf_str(&now);
    size_t left_len = now.len;
    text_strip(&left, &left_len);
    json_t *made = json_stringn(left, left_len);
    buf_fini(&now);
    return made;
}

static json_t *guard_text(struct guard_stage *stage, json_t *value)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (stage->guard->rules.action == GUARD_STRIP)
        return strip(stage, text, len);
    struct buf out;
    buf_init(&out, MAX_TEXT);
    bool found = pass(stage, text, len, &out);
    json_t *made = found && stage->guard->rules.action == GUARD_NEUTRALISE
                       ? json_stringn(buf_str(&out), out.len)
                       : json_incref(value);
    buf_fini(&out);
    return made;
}

/* ---- all texts of an input ---- */

static json_t *guard_value(struct guard_stage *stage, json_t *value, int depth)
{
    if (json_is_string(value))
        return guard_text(stage, value);
    if (depth == MOST_DEPTH && (json_is_object(value) || json_is_array(value)))
        stage->err = LS_TOO_BIG;
    if (stage->err || (!json_is_object(value) && !json_is_array(value)))
        return json_incref(value);
    const char *key;
    size_t i;
    json_t *item, *made = json_is_array(value) ? json_array() : json_object();
    json_array_foreach(value, i, item)
        json_array_append_new(made, guard_value(stage, item, depth + 1));
    json_object_foreach(value, key, item)
        json_object_set_new(made, key, guard_value(stage, item, depth + 1));
    return made;
}

static json_t *guard_fields(struct guard_stage *stage, json_t *value)
{
    const struct guard_rules *rules = &stage->guard->rules;
    json_t *made = json_copy(value);
    for (size_t i = 0; i < rules->field_count; i++) {
        json_t *member = json_object_get(value, rules->fields[i]);
        if (member)
            json_object_set_new(made, rules->fields[i], guard_value(stage, member, 1));
    }
    return made;
}

static json_t *guard_input(struct guard_stage *stage, json_t *value)
{
    const struct guard_rules *rules = &stage->guard->rules;
    json_t *made = rules->field_count > 0 && json_is_object(value) ? guard_fields(stage, value)
                                                                   : guard_value(stage, value, 0);
    if (rules->mark && json_is_object(made)) {
        if (made == value) {
            json_decref(made);
            made = json_copy(value);
        }
        json_object_set_new(made, rules->mark, json_boolean(stage->found > 0));
    }
    return made;
}

/* ---- the stage ---- */

static void tell(const struct guard_stage *stage)
{
    const struct log_field fields[] = {
        log_str("step", stage->guard->wrapper.runnable.name),
        log_int("found", (int64_t)stage->found),
        log_str("request_id", stage->scope->run->request_id),
    };
    log_fields(LOG_WARNING, "guard", fields, sizeof fields / sizeof fields[0]);
}

static void refuse(struct guard_stage *stage)
{
    struct outcome outcome =
        stage->err == LS_TOO_BIG
            ? outcome_error(LS_TOO_BIG, "the input is too large for the guard")
            : outcome_error(LS_INPUT_REFUSED, "the guard has found what it refuses");
    outcome.status = err_status(outcome.err);
    outcome.client = ls_strerror(outcome.err);
    sink_done(stage->out, &outcome);
}

static void on_input(void *owner, json_t *value, const struct outcome *outcome)
{
    struct guard_stage *stage = owner;
    if (outcome->kind != OUTCOME_WELL || !value) {
        sink_done(stage->out, outcome);
        return;
    }
    json_auto_t *made = guard_input(stage, value);
    if (stage->found > 0)
        tell(stage);
    if (stage->err || (stage->found > 0 && stage->guard->rules.action == GUARD_REJECT)) {
        refuse(stage);
        return;
    }
    (void)sink_push_value(stage->out, made);
    sink_done(stage->out, &outcome_well);
}

static struct sink *guard_open(const struct runnable *runnable, struct scope *scope,
                               const struct call *call, struct sink *out)
{
    struct guard_stage *stage = arena_zalloc(scope->arena, sizeof *stage);
    stage->scope = scope;
    stage->guard = container_of(runnable, const struct guard, wrapper.runnable);
    stage->out = stage->guard->wrapper.bound
                     ? runnable_open(stage->guard->wrapper.bound, scope, call, out)
                     : out;
    return gather_sink(scope, on_input, stage);
}

static void guard_fini(struct runnable *runnable)
{
    struct guard *guard = container_of(runnable, struct guard, wrapper.runnable);
    for (size_t i = 0; i < guard->rules.count; i++)
        pattern_free(&guard->rules.patterns[i]);
    for (size_t i = 0; i < guard->rules.field_count; i++)
        free(guard->rules.fields[i]);
    free(guard->rules.patterns);
    free(guard->rules.fields);
    free(guard->rules.mark);
    if (guard->wrapper.bound)
        wrapper_fini(runnable);
}

static const struct runnable_ops step_ops = {
    .type = "RunnableLambda",
    .step = STEP_CHAIN,
    .trace = TRACE_TRANSFORM,
    .open = guard_open,
    .fini = guard_fini,
};

static const struct runnable_ops guarded_ops = {
    .type = "RunnableGuarded",
    .step = STEP_CHAIN,
    .streams = true,
    .unseen = true,
    .open = guard_open,
    .input_schema = wrapper_input_schema,
    .output_schema = wrapper_output_schema,
    .part = wrapper_part,
    .fini = guard_fini,
};

struct runnable *guard_new(const struct guard_rules *rules)
{
    struct guard *guard = mem_zalloc(1, sizeof *guard);
    runnable_init(&guard->wrapper.runnable, &step_ops, "guard");
    guard->rules = *rules;
    return &guard->wrapper.runnable;
}

struct runnable *guarded_new(struct runnable *bound, const struct guard_rules *rules)
{
    struct guard *guard = mem_zalloc(1, sizeof *guard);
    wrapper_init(&guard->wrapper, &guarded_ops, bound);
    guard->rules = *rules;
    return &guard->wrapper.runnable;
}

#include "run/outcome.h"

const struct outcome outcome_well = {.kind = OUTCOME_WELL};

struct outcome outcome_error(enum ls_err err, const char *message)
{
    return (struct outcome){.kind = OUTCOME_ERROR, .err = err, .message = message};
}

struct outcome outcome_keep(struct arena *arena, const struct outcome *outcome)
{
    struct outcome kept = *outcome;
    kept.message = arena_strdup(arena, outcome->message);
    kept.client = arena_strdup(arena, outcome->client);
    arena_hold_json(arena, outcome->value);
    arena_hold_json(arena, outcome->detail);
    return kept;
}

const char *outcome_message(const struct outcome *outcome)
{
    return outcome->message ? outcome->message : ls_strerror(outcome->err);
}

const char *outcome_said(const struct outcome *outcome)
{
    return outcome_message(outcome) + outcome->place;
}

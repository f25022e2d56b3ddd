/* For tests of the sandbox: one call of a Lua source, without the kernel. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "lua/routine.h"

enum { MOST_SLICES = 1000000 };

/* How a call has ended; text is the result as JSON, or the error's message. */
struct told {
    enum ls_err err; /* LS_OK: it gave a result */
    char text[4096];
    size_t slices; /* times that it let others run */
    size_t asks;
    int64_t longest_us; /* the longest of its slices, and of the processor's time */
    int64_t longest_cpu_us;
};

static inline struct box *box_stand_load(const char *source, const struct box_limits *limits)
{
    struct box *box = box_new(limits, NULL);
    char *why = NULL;
    const struct box_source text = {.file = "test", .text = source, .len = strlen(source)};
    if (box_load_text(box, &text, &why) != LS_OK)
        fail_msg("%s: %s", source, why);
    return box;
}

/* Runs a routine to its end; whatever it asks for is not there. */
static inline void box_stand_run(struct box *box, json_t *input, struct told *told)
{
    const struct routine_setup setup = {.input = input, .step = "test"};
    struct routine *routine = routine_new(box, &setup);
    const struct outcome nobody = outcome_error(LS_BAD_CONFIG, "nobody answers");
    *told = (struct told){.err = LS_TOO_BIG};
    if (!routine)
        return;
    for (enum routine_state state;;) {
        int64_t began = clock_steady_us(), began_cpu = clock_cpu_us();
        state = routine_run(routine);
        int64_t took = clock_steady_us() - began, took_cpu = clock_cpu_us() - began_cpu;
        told->longest_us = took > told->longest_us ? took : told->longest_us;
        told->longest_cpu_us = took_cpu > told->longest_cpu_us ? took_cpu : told->longest_cpu_us;
        if (state == ROUTINE_DONE || state == ROUTINE_FAILED) {
            char *text = state == ROUTINE_DONE
                             ? json_dumps(routine_result(routine), JSON_ENCODE_ANY | JSON_COMPACT)
                             : strdup(outcome_message(routine_failure(routine)));
            told->err = state == ROUTINE_DONE ? LS_OK : routine_failure(routine)->err;
            snprintf(told->text, sizeof told->text, "%s", text);
            free(text);
            break;
        }
        if (state == ROUTINE_ASKS) {
            told->asks++;
            routine_refuse(routine, &nobody);
        }
        assert_true(++told->slices < MOST_SLICES);
    }
    routine_drop(&routine);
}

/* Loads, runs once and frees. */
static inline void box_stand_call(const char *source, const char *input, struct told *told)
{
    const struct box_limits limits = {.memory = 8 << 20, .time_ms = 2000};
    struct box *box = box_stand_load(source, &limits);
    json_t *value = input ? json_loads(input, JSON_DECODE_ANY, NULL) : NULL;
    assert_true(!input || value);
    box_stand_run(box, value, told);
    json_decref(value);
    box_free(&box);
}

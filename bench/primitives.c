/* What a run of each chain of a file costs:  primitives FILE MILLISECONDS
 *
 * Standard input is a JSON object of chains' names and inputs.  Standard output is one of the same
 * names: {"output": what the chain gives, "invoke_us": …, "stream_us": …}.  A figure is the best
 * of ROUNDS rounds of that many milliseconds; a run is everything from run_new() to its end, one
 * after the other on one loop, as a worker without load has them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/cli.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_pool.h"
#include "base/log.h"
#include "run/gather.h"
#include "run/run.h"
#include "store/store.h"

enum { ROUNDS = 5, MAX_TEXT = 64 << 20 };

struct bench {
    struct app *app;
    struct loop *loop;
    struct run_services services;
    int64_t round_us;
    json_t *output; /* of the last run that was invoked; NULL: it failed */
    char why[256];
};

/* One chain and its input. */
struct subject {
    struct bench *bench;
    const struct runnable *runnable;
    json_t *input;
    bool streaming;
    bool well; /* the last run ended well */
};

struct reading {
    struct sink sink;
    struct subject *subject;
};

static void note_end(struct subject *subject, const struct outcome *outcome)
{
    struct bench *bench = subject->bench;
    subject->well = outcome->kind == OUTCOME_WELL;
    if (!subject->well)
        snprintf(bench->why, sizeof bench->why, "%s", outcome_message(outcome));
}

static void on_output(void *owner, json_t *value, const struct outcome *outcome)
{
    struct subject *subject = owner;
    json_decref(subject->bench->output);
    subject->bench->output = json_incref(value);
    note_end(subject, outcome);
}

static enum flow read_chunk(struct sink *sink, const struct chunk *chunk)
{
    (void)sink;
    (void)chunk;
    return FLOW_ON;
}

static void read_end(struct sink *sink, const struct outcome *outcome)
{
    note_end(container_of(sink, struct reading, sink)->subject, outcome);
}

static const struct sink_ops reading_ops = {read_chunk, read_end};

static struct sink *reading_sink(struct run *run, struct subject *subject)
{
    struct reading *reading = arena_zalloc(run_arena(run), sizeof *reading);
    reading->subject = subject;
    sink_init(&reading->sink, &reading_ops, &run->root);
    return &reading->sink;
}

/* A run from its beginning to its end; false when it failed. */
static bool run_once(struct subject *subject)
{
    struct bench *bench = subject->bench;
    struct run *run = run_new(bench->loop, NULL);
    const struct call call = {.streaming = subject->streaming};
    struct sink *out = subject->streaming ? reading_sink(run, subject)
                                          : gather_sink(&run->root, on_output, subject);
    run->services = &bench->services;
    subject->well = false;
    run_start(run, subject->runnable, &call, subject->input, out);
    loop_run(bench->loop);
    return subject->well;
}

/* Microseconds of a run: the best round's mean; below 0 when a run failed. */
static double measure(struct subject *subject)
{
    double best = -1;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t began = clock_steady_us(), took;
        unsigned runs = 0;
        do {
            if (!run_once(subject))
                return -1;
            runs++;
            took = clock_steady_us() - began;
        } while (took < subject->bench->round_us);
        double each = (double)took / runs;
        best = best < 0 || each < best ? each : best;
    }
    return best;
}

/* The figures of one chain; NULL (told) when it cannot be run. */
static json_t *figures_of(struct bench *bench, const char *name, json_t *input)
{
    struct subject subject = {.bench = bench,
                              .runnable = app_find(bench->app, name),
                              .input = input};
    if (!subject.runnable) {
        fprintf(stderr, "primitives: no chain '%s'\n", name);
        return NULL;
    }
    double invoke = measure(&subject);
    subject.streaming = true;
    double stream = invoke < 0 ? -1 : measure(&subject);
    if (stream < 0) {
        fprintf(stderr, "primitives: %s: %s\n", name, bench->why);
        return NULL;
    }
    return json_pack("{s:O*,s:f,s:f}", "output", bench->output, "invoke_us", invoke, "stream_us",
                     stream);
}

static json_t *read_inputs(void)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t len = getdelim(&text, &room, '\0', stdin);
    json_t *inputs = NULL;
    if (len < 0 || json_read(&inputs, text, (size_t)len, NULL) != LS_OK || !json_is_object(inputs))
        fputs("primitives: standard input is no JSON object\n", stderr);
    free(text);
    return inputs;
}

static bool print_figures(json_t *all)
{
    struct buf text;
    buf_init(&text, MAX_TEXT);
    bool well = json_print(&text, all, JSON_WIRE) == LS_OK && puts(buf_str(&text)) >= 0;
    buf_fini(&text);
    return well;
}

static bool measure_all(struct bench *bench)
{
    json_auto_t *inputs = read_inputs(), *all = json_object();
    const char *name;
    json_t *input;
    bool well = json_is_object(inputs);
    json_object_foreach(inputs, name, input) {
        json_t *figures = well ? figures_of(bench, name, input) : NULL;
        well = well && json_object_set_new(all, name, figures) == 0;
    }
    return well && print_figures(all);
}

int main(int argc, char **argv)
{
    if (argc != 3 || atoi(argv[2]) < 1) {
        fputs("usage: primitives FILE MILLISECONDS\n", stderr);
        return 2;
    }
    json_pool_use();
    struct bench bench = {.app = cli_load(argv[1], false),
                          .round_us = 1000 * (int64_t)atoi(argv[2])};
    if (!bench.app)
        return 1;
    bench.loop = loop_new();
    bench.services.find = app_find_for_run;
    bench.services.find_owner = bench.app;
    bench.services.store = app_store(bench.app, bench.loop);
    bool well = bench.loop && measure_all(&bench);
    json_decref(bench.output);
    store_free(&bench.services.store);
    loop_free(&bench.loop);
    app_free(&bench.app);
    return well ? 0 : 1;
}

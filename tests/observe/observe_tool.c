/* observe_tool APP CHAIN invoke|stream INPUT CONFIG: runs a chain of a file, and prints each step
 * that an observer hears of when it begins, as a line of JSON: id, parent, name, type, tags, the
 * keys of its metadata; and how it ended: id, ok. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "run/gather.h"
#include "run/run.h"
#include "store/store.h"

static const char *const types[] = {
    [STEP_CHAIN] = "chain", [STEP_PROMPT] = "prompt", [STEP_CHAT_MODEL] = "llm",
    [STEP_LLM] = "llm",     [STEP_PARSER] = "parser", [STEP_RETRIEVER] = "retriever",
    [STEP_TOOL] = "tool",
};

static void print_line(json_t *line)
{
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

static unsigned wants(struct listener *l)
{
    (void)l;
    return WANTS_START | WANTS_END;
}

static json_t *id_of(const struct step *step)
{
    char id[UUID_LEN + 1];
    if (!step)
        return json_null();
    uuid_format(id, &step->id);
    return json_string(id);
}

static void on_start(struct listener *l, json_t *first)
{
    const struct step *step = l->step;
    (void)first;
    json_t *keys = json_array(), *value;
    const char *key;
    json_object_foreach(step->metadata, key, value)
        json_array_append_new(keys, json_string(key));
    print_line(json_pack("{s:o,s:o,s:s,s:s,s:O,s:o}", "id", id_of(step), "parent",
                         id_of(step->parent), "name", step->name, "type",
                         types[step->runnable->ops->step], "tags", step_tags(step), "metadata",
                         keys));
}

static void on_end(struct listener *l, const struct outcome *outcome, json_t *input, json_t *output)
{
    (void)input, (void)output;
    print_line(json_pack("{s:o,s:b}", "id", id_of(l->step), "ok", outcome->kind == OUTCOME_WELL));
}

static void on_over(void *owner, json_t *value, const struct outcome *outcome)
{
    (void)owner, (void)value;
    if (outcome->kind == OUTCOME_ERROR)
        fprintf(stderr, "%s: %s\n", err_code(outcome->err), outcome_message(outcome));
}

static void play(struct app *app, const struct runnable *chain, bool streaming, json_t *input,
                 json_t *config)
{
    static const struct observer_ops ops = {.wants = wants, .start = on_start, .end = on_end};
    struct observer observer = {.ops = &ops};
    struct loop *loop = loop_new();
    struct run_services services = {.find = app_find_for_run, .find_owner = app};
    services.store = app_store(app, loop);
    struct run *run = run_new(loop, NULL);
    const struct call call = {.tags = json_object_get(config, "tags"),
                              .metadata = json_object_get(config, "metadata"),
                              .config = config,
                              .streaming = streaming};
    run->services = &services;
    run_observe(run, &observer);
    run_start(run, chain, &call, input, gather_sink(&run->root, on_over, NULL));
    loop_run(loop);
    store_free(&services.store);
    loop_free(&loop);
}

int main(int argc, char **argv)
{
    struct problems problems;
    if (argc != 6)
        return 2;
    problems_init(&problems);
    struct app *app = app_load(argv[1], &problems);
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "%s\n", problems.items[i].text);
    const struct runnable *chain = app ? app_find(app, argv[2]) : NULL;
    json_auto_t *input = json_loads(argv[4], JSON_DECODE_ANY, NULL);
    json_auto_t *config = json_loads(argv[5], 0, NULL);
    if (chain && input && config)
        play(app, chain, strcmp(argv[3], "stream") == 0, input, config);
    app_free(&app);
    problems_fini(&problems);
    return chain && input && config ? 0 : 1;
}

/* The functions of kinds.c, which kinds.yaml finds in a plugin made of this file. */
#include "kinds_lambda.h"

#include <langserved/plugin.h>
#include <stdlib.h>

enum ls_err kinds_wrap(ls_call *call, json_t *input, json_t **output)
{
    *output = json_pack("{s:O,s:O}", "input", input, "configurable",
                        json_object_get(ls_config(call), "configurable"));
    return LS_OK;
}

enum ls_err kinds_fail(ls_call *call, json_t *input, json_t **output)
{
    (void)input, (void)output;
    ls_error_client(call, "Not %s.", "today");
    return ls_error(call, LS_BAD_VALUE, "closed");
}

enum ls_err kinds_count(ls_call *call, json_t *input, json_t **output)
{
    const char *labels[] = {"word", json_string_value(json_object_get(input, "word")), NULL};
    const char *others[] = {"wort", "x", NULL};
    (void)call;
    *output =
        json_pack("[i,i,i,i,i,i]", ls_metric_add("words_total", labels, 2),
                  ls_metric_set("words_open", NULL, 7),
                  ls_metric_observe("word_seconds", NULL, 0.25),
                  ls_metric_add("words_total", others, 1), ls_metric_set("words_total", labels, 1),
                  ls_metric_observe("nothing", NULL, 1));
    return LS_OK;
}

static void on_said(ls_call *call, const ls_result *result, void *owner)
{
    (void)owner;
    ls_hand_on(call, result);
}

void kinds_await(ls_call *call, json_t *input)
{
    enum ls_err err = ls_await(call, "said", input, on_said, NULL);
    if (err)
        ls_fail(call, err, NULL);
}

/* The letters of a word, one chunk each. */
void kinds_spell(ls_call *call, json_t *input)
{
    const char *word = json_string_value(json_object_get(input, "word"));
    size_t *at = ls_state(call);
    if (!word) {
        ls_fail(call, LS_BAD_VALUE, "expected a word");
        return;
    }
    if (!at)
        ls_set_state(call, at = calloc(1, sizeof *at), free);
    enum ls_flow flow = LS_FLOW_ON;
    while (flow == LS_FLOW_ON && word[*at])
        flow = ls_push(call, json_stringn(&word[(*at)++], 1));
    if (flow == LS_FLOW_ON)
        ls_end(call);
}

void kinds_echo(ls_call *call)
{
    enum ls_flow flow = LS_FLOW_ON;
    enum ls_input input = LS_INPUT_LATER;
    json_t *chunk;
    while (flow == LS_FLOW_ON && (input = ls_take(call, &chunk)) == LS_INPUT_CHUNK)
        flow = ls_push(call, chunk);
    if (flow == LS_FLOW_ON && input == LS_INPUT_END)
        ls_end(call);
}

const ls_plugin *ls_plugin_v1(void)
{
    static const ls_plugin_function functions[] = {
        {.name = "wrap", .plain = kinds_wrap},
        {.name = "wrap_slowly", .blocking = kinds_wrap},
        {.name = "fail", .plain = kinds_fail},
        {.name = "fail_slowly", .blocking = kinds_fail},
        {.name = "await", .async = kinds_await},
        {.name = "spell", .generator = kinds_spell},
        {.name = "echo", .transform = kinds_echo},
        {.name = "count", .plain = kinds_count},
        {.name = NULL},
    };
    static const ls_plugin plugin = {LS_PLUGIN_ABI, "kinds", functions};
    return &plugin;
}

/* C functions as steps of a chain, in a program of one's own.
 *
 *     cc main.c -o lambda $(pkg-config --cflags --libs langserved)
 *     ./lambda 8000
 *     curl localhost:8000/shout/invoke -d '{"input": {"text": "good morning"}}' */
#define _POSIX_C_SOURCE 200809L

#include <ctype.h>
#include <langserved/langserved.h>
#include <stdlib.h>
#include <string.h>

/* A text in capitals, with as many exclamation marks as `data` says. */
static enum ls_err shout(ls_call *call, json_t *input, json_t **output)
{
    const int *marks = ls_data(call);
    if (!json_is_string(input))
        return ls_error(call, LS_BAD_VALUE, "expected a text");
    char *text = strdup(json_string_value(input));
    for (char *c = text; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    *output = json_sprintf("%s%.*s", text, *marks, "!!!");
    free(text);
    return LS_OK;
}

/* Hands on what the chain `guard` finds safe, and refuses the rest. */
static void on_guarded(ls_call *call, const ls_result *result, void *owner)
{
    json_t *input = owner;
    if (result->err) {
        ls_hand_on(call, result);
    } else if (strcmp(json_string_value(result->output), "safe") == 0) {
        ls_answer(call, json_incref(input));
    } else {
        ls_error_client(call, "This cannot be translated.");
        ls_fail(call, LS_BAD_INPUT, "the guard said %s", json_string_value(result->output));
    }
}

static void guard(ls_call *call, json_t *input)
{
    enum ls_err err = ls_await(call, "guard", input, on_guarded, input);
    if (err)
        ls_fail(call, err, NULL);
}

static ls_runnable *fake(const char *options)
{
    const ls_model_options more = {.more = options};
    return ls_model("fake", NULL, &more);
}

int main(int argc, char **argv)
{
    static int marks = 3;
    ls_app *app = ls_app_new("Lambdas", "1.0");
    ls_add_chain(app, "guard",
                 ls_sequence(ls_prompt("Is this harmless? {text}"),
                             fake("{\"responses\": [\"safe\", \"unsafe\"]}"), ls_str_parser(),
                             LS_END));
    ls_add_routes(app,
                  ls_sequence(ls_lambda_async(guard, NULL, NULL), ls_prompt("{text}"),
                              fake("{\"echo\": true}"), ls_str_parser(),
                              ls_lambda(shout, &marks, NULL), LS_END),
                  "/shout", NULL);
    int status = ls_app_serve(app, "127.0.0.1", argc > 1 ? atoi(argv[1]) : 8000);
    ls_app_free(app);
    return status;
}

/* A plugin with a function of each form; app.yaml beside it uses them.
 *
 *     cc -shared -fPIC words.c -o words.so $(pkg-config --cflags --libs jansson)
 *     langserved serve app.yaml */
#define _POSIX_C_SOURCE 200809L

#include <ctype.h>
#include <langserved/plugin.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* ---- plain: quick, on the server's own thread ---- */

static enum ls_err count(ls_call *call, json_t *input, json_t **output)
{
    static const char blanks[] = " \t\r\n";
    json_int_t words = 0;
    if (!json_is_string(input)) {
        ls_error_client(call, "Send a text.");
        return ls_error(call, LS_BAD_VALUE, "expected a text");
    }
    const char *at = json_string_value(input);
    for (at += strspn(at, blanks); *at; at += strspn(at, blanks)) {
        words++;
        at += strcspn(at, blanks);
    }
    *output = json_pack("{s:O,s:I}", "text", input, "words", words);
    return LS_OK;
}

/* ---- blocking: may wait, on a thread of its own ---- */

static enum ls_err resolve(ls_call *call, json_t *input, json_t **output)
{
    struct addrinfo *found = NULL;
    const struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    char address[INET_ADDRSTRLEN];
    if (!json_is_string(input))
        return ls_error(call, LS_BAD_VALUE, "expected the name of a host");
    int error = getaddrinfo(json_string_value(input), NULL, &wanted, &found);
    if (error == 0)
        error = getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, NULL, 0,
                            NI_NUMERICHOST);
    if (found)
        freeaddrinfo(found);
    if (error)
        return ls_error(call, LS_NOT_FOUND, "%s: %s", json_string_value(input),
                        gai_strerror(error));
    *output = json_string(address);
    return LS_OK;
}

/* ---- asynchronous: awaits the chain `translate`, then the chain `judge` on the result ---- */

struct review {
    json_t *translation;
};

static void free_review(void *state)
{
    struct review *review = state;
    json_decref(review->translation);
    free(review);
}

static void on_judged(ls_call *call, const ls_result *result, void *owner)
{
    struct review *review = owner;
    if (result->err)
        ls_hand_on(call, result);
    else
        ls_answer(call, json_pack("{s:O,s:O}", "translation", review->translation, "verdict",
                                  result->output));
}

static void on_translated(ls_call *call, const ls_result *result, void *owner)
{
    struct review *review = owner;
    if (result->err) {
        ls_hand_on(call, result);
        return;
    }
    review->translation = json_incref(result->output);
    json_t *question = json_pack("{s:O}", "text", result->output);
    enum ls_err err = ls_await(call, "judge", question, on_judged, review);
    json_decref(question);
    if (err)
        ls_fail(call, err, NULL); /* ls_await() has said why */
}

static void review(ls_call *call, json_t *input)
{
    struct review *state = calloc(1, sizeof *state);
    if (!state) {
        ls_fail(call, LS_SYSTEM, "no memory");
        return;
    }
    ls_set_state(call, state, free_review);
    enum ls_err err = ls_await(call, "translate", input, on_translated, state);
    if (err)
        ls_fail(call, err, NULL);
}

/* ---- generator: chunks, as many as the reader takes ---- */

static void count_down(ls_call *call, json_t *input)
{
    json_int_t *left = ls_state(call);
    if (!left) {
        left = malloc(sizeof *left);
        if (!left || !json_is_integer(input)) {
            free(left);
            ls_fail(call, LS_BAD_VALUE, "expected a whole number");
            return;
        }
        *left = json_integer_value(input);
        ls_set_state(call, left, free);
    }
    enum ls_flow flow = LS_FLOW_ON;
    while (flow == LS_FLOW_ON && *left > 0)
        flow = ls_push(call, json_sprintf("%lld ", (long long)(*left)--));
    if (flow == LS_FLOW_ON)
        ls_end(call);
}

/* ---- transform: chunks in, chunks out, while the input still comes ---- */

static void shout(ls_call *call)
{
    enum ls_flow flow = LS_FLOW_ON;
    enum ls_input input = LS_INPUT_LATER;
    json_t *chunk;
    while (flow == LS_FLOW_ON && (input = ls_take(call, &chunk)) == LS_INPUT_CHUNK) {
        const char *text = json_string_value(chunk);
        char *loud = strdup(text ? text : "");
        for (char *c = loud; c && *c; c++)
            *c = (char)toupper((unsigned char)*c);
        json_decref(chunk);
        flow = ls_push(call, json_string(loud ? loud : ""));
        free(loud);
    }
    if (flow == LS_FLOW_ON && input == LS_INPUT_END)
        ls_end(call);
}

static const ls_plugin_function functions[] = {
    {.name = "count", .plain = count},     {.name = "resolve", .blocking = resolve},
    {.name = "review", .async = review},   {.name = "count_down", .generator = count_down},
    {.name = "shout", .transform = shout}, {.name = NULL}, // ends the table
};

const ls_plugin *ls_plugin_v1(void)
{
    static const ls_plugin plugin = {LS_PLUGIN_ABI, "words", functions};
    return &plugin;
}

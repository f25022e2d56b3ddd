/* Any bytes as the source of a lambda, given a JSON value: the bindings, conversions and patterns
 * behind it.  What the source does is bounded by the box; what comes out must be a JSON value. */
#include <assert.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "lua/routine.h"
#include "lua/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_RUNS = 200 };

static void on_word(void *owner, const struct scan_word *word)
{
    const char *const *text = owner;
    assert(word->text >= text[0] && word->text + word->len <= text[1]);
    assert(!word->argument ||
           (word->argument >= word->text && word->argument + word->argument_len <= text[1]));
}

/* The chunks of a stream and the outputs of runnables are the inputs that were asked with. */
static void answer(struct routine *routine)
{
    const struct ask *ask = routine_ask(routine);
    const struct outcome refusal = outcome_error(LS_UPSTREAM, "no");
    switch (ask->kind) {
    case ASK_RUN:
        if (json_array_size(ask->inputs) % 3 == 2)
            routine_refuse(routine, &refusal);
        else
            routine_answer(routine, json_deep_copy(ask->inputs));
        break;
    case ASK_OPEN: routine_answer(routine, json_integer(7)); break;
    case ASK_NEXT:
        routine_answer(routine, ask->stream == 7 ? json_pack("[n]") : json_array());
        break;
    case ASK_EMIT: routine_answer(routine, json_null()); break;
    }
}

static void run(struct box *box, json_t *input, bool emits)
{
    const struct routine_setup setup = {
        .input = input, .config = input, .step = "fuzz", .emits = emits};
    struct routine *routine = routine_new(box, &setup);
    enum routine_state state = ROUTINE_AGAIN;
    for (int i = 0; routine && i < MOST_RUNS; i++) {
        state = routine_run(routine);
        if (state == ROUTINE_ASKS)
            answer(routine);
        else if (state != ROUTINE_AGAIN)
            break;
    }
    if (routine && state == ROUTINE_DONE && !emits) {
        char *text = json_dumps(routine_result(routine), JSON_ENCODE_ANY);
        assert(text && text_is_utf8(text, strlen(text)));
        free(text);
    }
    if (routine && state == ROUTINE_FAILED)
        assert(*outcome_message(routine_failure(routine)));
    routine_drop(&routine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char value[] =
        "{\"z\": [1, 2.5, null, \"x y\", {}], \"a\": {\"b\": null, \"c\": []}, \"t\": \"\\u00e9\"}";
    const struct box_limits limits = {.memory = 1 << 20, .time_ms = 50};
    const struct box_source source = {
        .file = "fuzz", .line = 3, .text = (const char *)data, .len = size};
    const char *bounds[] = {(const char *)data, (const char *)data + size};
    char *why = NULL;
    struct box *box = box_new(&limits, NULL);
    scan_words(source.text, size, on_word, bounds);
    json_t *input = json_loads(value, 0, NULL);
    if (box_load_text(box, &source, &why) == LS_OK) {
        run(box, input, false);
        run(box, input, true);
    } else {
        assert(why);
    }
    free(why);
    json_decref(input);
    box_free(&box);
    return 0;
}

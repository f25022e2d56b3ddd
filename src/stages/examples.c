#include "stages/examples.h"

#include <stdio.h>
#include <stdlib.h>

void examples_fini(struct examples *examples)
{
    for (size_t i = 0; examples->texts && i < examples->count; i++)
        template_free(&examples->texts[i]);
    free(examples->texts);
    free(examples->lengths);
    json_decref(examples->messages);
    *examples = (struct examples){0};
}

size_t examples_words(const char *text, size_t len)
{
    size_t words = 1;
    for (size_t i = 0; i < len; i++)
        words += text[i] == ' ' || text[i] == '\n';
    return words;
}

enum ls_err examples_choose(const struct examples *examples, const json_t *variables, size_t *count,
                            char why[TEMPLATE_WHY_SIZE])
{
    *count = examples->count;
    if (!examples->lengths)
        return LS_OK;
    size_t words = 0;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)variables, name, value) {
        if (!json_is_string(value) && !json_is_array(value)) {
            (void)snprintf(why, TEMPLATE_WHY_SIZE,
                           "examples are chosen by the length of the variables: one is no text");
            return LS_BAD_VALUE;
        }
        if (json_is_string(value))
            words += examples_words(json_string_value(value), json_string_length(value));
    }
    int64_t room = examples->max_length - (int64_t)(words ? words : 1);
    *count = 0;
    while (room > 0 && *count < examples->count && room >= (int64_t)examples->lengths[*count])
        room -= (int64_t)examples->lengths[(*count)++];
    return LS_OK;
}

/* Completions of texts (https://platform.openai.com/docs/api-reference/completions). */
#include "models/openai_text.h"

#include "base/json.h"
#include "models/openai_wire.h"

json_t *openai_text_request(const struct openai_options *options, json_t *kwargs, json_t *prompt,
                            bool stream)
{
    json_t *body = json_pack("{s:O}", "prompt", prompt);
    openai_add_parameters(body, options, kwargs, stream, "max_tokens");
    return body;
}

/* The text of the first choice (borrowed), NULL when there is none. */
static json_t *text_of(const json_t *answer)
{
    json_t *text = json_object_get(openai_first_choice(answer), "text");
    return json_is_string(text) ? text : NULL;
}

json_t *openai_text_whole(const json_t *answer, const char *id, const char **why)
{
    json_t *text = text_of(answer);
    (void)id;
    if (!text)
        *why = "the answer holds no choice with a text";
    return text ? json_incref(text) : NULL;
}

bool openai_text_answers(const json_t *event)
{
    return text_of(event) != NULL;
}

json_t *openai_text_chunk(const json_t *event, const char *id)
{
    json_t *text = text_of(event);
    (void)id;
    return text ? json_incref(text) : NULL;
}

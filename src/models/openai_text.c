/* Completions of texts (https://platform.openai.com/docs/api-reference/completions). */
#include "models/openai_text.h"

#include "base/json.h"
#include "models/openai_wire.h"

json_t *openai_text_request(const struct model_options *options, json_t *kwargs, json_t *prompt,
                            bool stream, const char **why)
{
    (void)why;
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

json_t *openai_text_whole(const struct model_reading *reading, const json_t *answer,
                          const char **why)
{
    json_t *text = text_of(answer);
    (void)reading;
    if (!text)
        *why = "the answer holds no choice with a text";
    return text ? json_incref(text) : NULL;
}

json_t *openai_text_llm_output(const struct model_options *options, const json_t *answer)
{
    static const char *const counts[] = {"completion_tokens", "prompt_tokens", "total_tokens"};
    const json_t *usage = json_object_get(answer, "usage");
    json_t *tokens = json_object();
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (json_is_integer(json_object_get(usage, counts[i])))
            json_object_set(tokens, counts[i], json_object_get(usage, counts[i]));
    json_t *told = json_pack("{s:o,s:s}", "token_usage", tokens, "model_name", options->model);
    json_t *fingerprint = json_object_get(answer, "system_fingerprint");
    if (json_is_string(fingerprint))
        json_object_set(told, "system_fingerprint", fingerprint);
    return told;
}

json_t *openai_text_chunk(struct model_reading *reading, json_t *event)
{
    json_t *text = text_of(event);
    if (!text)
        return NULL;
    reading->answered = reading->finished = true;
    return json_incref(text);
}

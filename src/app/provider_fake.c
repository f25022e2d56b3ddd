#include "app/provider_fake.h"

#include <math.h>
#include <string.h>

#include "app/providers.h"
#include "models/fake.h"
#include "stages/template.h"

enum { MAX_RESPONSE = 1 << 20 };

struct fields {
    struct option_strings responses;
    int unit, last;
    int64_t delay, error_after;
    const char *error, *model, *template;
    double temperature;
    bool echo;
};

#define FIELD(member) offsetof(struct fields, member)

static const char *const units[] = {"char", "word", "whole", NULL};
static const char *const last_chunks[] = {"text", "empty", NULL};

const struct option fake_model_options[] = {
    {.name = "responses",
     .type = OPTION_STRING_LIST,
     .offset = FIELD(responses),
     .doc = "The answers, one after the other, and again from the first (per worker)."},
    {.name = "chunk",
     .type = OPTION_ENUM,
     .offset = FIELD(unit),
     .fallback = "char",
     .choices = units,
     .doc = "What a chunk is when streaming: one code point, a word with the blanks behind it, or "
            "the whole answer."},
    {.name = "last_chunk",
     .type = OPTION_ENUM,
     .offset = FIELD(last),
     .fallback = "text",
     .choices = last_chunks,
     .doc = "What ends a streamed answer: its last text, or an empty chunk behind it, as with most "
            "providers."},
    {.name = "delay",
     .type = OPTION_DURATION,
     .offset = FIELD(delay),
     .fallback = "0",
     .max = 36e5,
     .doc = "Wait before each chunk; when not streaming, before the answer."},
    {.name = "error",
     .type = OPTION_STRING,
     .offset = FIELD(error),
     .doc = "Fail at once, with this text in the log."},
    {.name = "error_after",
     .type = OPTION_INT,
     .offset = FIELD(error_after),
     .fallback = "-1",
     .min = -1,
     .max = 1e9,
     .doc = "Fail after this many chunks; `-1`: do not. When not streaming, fail."},
    {.name = "model",
     .type = OPTION_STRING,
     .offset = FIELD(model),
     .doc = "A model's name, for `template` to show."},
    {.name = "temperature",
     .type = OPTION_REAL,
     .offset = FIELD(temperature),
     .doc = "A sampling temperature, for `template` to show."},
    {.name = "template",
     .type = OPTION_STRING,
     .offset = FIELD(template),
     .doc = "How each of `responses` is worded, over `{response}`, `{model}` and `{temperature}`: "
            "an answer that shows which settings it was made with."},
    {.name = "echo",
     .type = OPTION_BOOL,
     .offset = FIELD(echo),
     .fallback = "false",
     .doc = "Answer with the text of the last message; a model of texts: with its prompt."},
    {.name = NULL},
};

/* A response in the words of the template (new reference); NULL and `why` when that fails. */
static json_t *worded(const struct template *template, const struct fields *fields,
                      const char *text, char why[TEMPLATE_WHY_SIZE])
{
    json_auto_t *heat = isnan(fields->temperature) ? json_null() : json_real(fields->temperature);
    json_auto_t *variables =
        json_pack("{s:s,s:s*,s:O}", "response", text, "model", fields->model, "temperature", heat);
    struct buf out;
    buf_init(&out, MAX_RESPONSE);
    enum ls_err err = template_print(template, variables, &out, why);
    json_t *made = err ? NULL : json_stringn(buf_str(&out), out.len);
    buf_fini(&out);
    return made;
}

/* The responses (new reference) as the template words them; what is wrong with it is told. */
static json_t *responses_of(struct builder *builder, const struct node *map,
                            const struct fields *fields)
{
    struct template *template = NULL;
    char why[TEMPLATE_WHY_SIZE];
    if (!fields->template)
        return option_strings_json(&fields->responses);
    json_t *made = json_array();
    enum ls_err err = template_compile(&template, TEMPLATE_FSTRING, fields->template,
                                       strlen(fields->template), why);
    for (size_t i = 0; !err && i < fields->responses.count; i++)
        if (json_array_append_new(made, worded(template, fields, fields->responses.items[i], why)))
            err = LS_BAD_VALUE;
    if (err)
        problems_error(builder->problems, node_get(map, "template")->place, "in the template: %s",
                       why);
    template_free(&template);
    return made;
}

static struct runnable *build(struct builder *builder, const struct node *map,
                              struct runnable *(*make)(const struct fake_options *options))
{
    struct fields fields = {0};
    options_read(fake_model_options, map, &fields, model_common_keys, "model", builder->arena,
                 builder->problems);
    if (fields.responses.count == 0 && !fields.echo && !fields.error)
        problems_error(builder->problems, map->place,
                       "a fake model has `responses: […]`, `echo: true` or `error: …`");
    if (fields.template && fields.echo)
        problems_error(builder->problems, node_get(map, "template")->place,
                       "`template` words `responses`, and `echo: true` has none");
    json_auto_t *responses = responses_of(builder, map, &fields);
    const struct fake_options options = {
        .responses = responses,
        .model = fields.model,
        .temperature = fields.temperature,
        .unit = (enum fake_unit)fields.unit,
        .empty_last = fields.last == 1,
        .delay = fields.delay,
        .error = fields.error,
        .error_after = fields.error_after,
        .echo = fields.echo,
    };
    return make(&options);
}

struct runnable *provider_fake(struct builder *builder, const struct node *map)
{
    return build(builder, map, fake_new);
}

struct runnable *provider_fake_completion(struct builder *builder, const struct node *map)
{
    return build(builder, map, fake_text_new);
}

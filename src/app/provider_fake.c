#include "app/provider_fake.h"

#include "app/providers.h"
#include "models/fake.h"

struct fields {
    struct option_strings responses;
    int unit;
    int64_t delay, error_after;
    const char *error;
    bool echo;
};

#define FIELD(member) offsetof(struct fields, member)

static const char *const units[] = {"char", "word", NULL};

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
     .doc = "What a chunk is when streaming: one code point, or a word with the blanks behind "
            "it."},
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
    {.name = "echo",
     .type = OPTION_BOOL,
     .offset = FIELD(echo),
     .fallback = "false",
     .doc = "Answer with the text of the last message."},
    {.name = NULL},
};

static const char *const own_keys[] = {"provider", NULL};

struct runnable *provider_fake(struct builder *builder, const struct node *map)
{
    struct fields fields = {0};
    options_read(fake_model_options, map, &fields, own_keys, "model", builder->arena,
                 builder->problems);
    if (fields.responses.count == 0 && !fields.echo && !fields.error)
        problems_error(builder->problems, map->place,
                       "a fake model has `responses: […]`, `echo: true` or `error: …`");
    json_auto_t *responses = option_strings_json(&fields.responses);
    const struct fake_options options = {
        .responses = responses,
        .unit = (enum fake_unit)fields.unit,
        .delay = fields.delay,
        .error = fields.error,
        .error_after = fields.error_after,
        .echo = fields.echo,
    };
    return fake_new(&options);
}

#include "routes/invalid.h"

#include <string.h>

#include "base/mem.h"

void invalid_add(json_t *errors, const char *type, json_t *loc, const char *msg, json_t *input)
{
    json_t *error =
        json_pack("{s:s,s:o,s:s,s:O}", "type", type, "loc", loc, "msg", msg, "input", input);
    json_object_set_new(error, "url", json_sprintf("https://errors.pydantic.dev/2.14/v/%s", type));
    json_array_append_new(errors, error);
}

json_t *invalid_body(json_t *body, const char *frame)
{
    json_t *url = json_string("https://errors.pydantic.dev/2.14/v/model_type");
    json_t *msg = json_sprintf("Input should be a valid dictionary or instance of %s", frame);
    return json_pack("[{s:s,s:[],s:o,s:O,s:{s:s},s:o}]", "type", "model_type", "loc", "msg", msg,
                     "input", body, "ctx", "class_name", frame, "url", url);
}

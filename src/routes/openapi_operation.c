/* One operation of /openapi.json, with FastAPI's names for it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "routes/openapi_route.h"

static const char type_json[] = "application/json";

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "deep/nested-path invoke" as "Deep/Nested-Path Invoke". */
static json_t *title_of(const char *name)
{
    char *text = mem_strdup(name);
    for (size_t i = 0; text[i]; i++) {
        bool inside = i > 0 && is_letter(text[i - 1]);
        if (text[i] == '_')
            text[i] = ' ';
        else if (is_letter(text[i]))
            text[i] = (char)(inside ? text[i] | 0x20 : text[i] & ~0x20);
    }
    json_t *title = json_string(text);
    free(text);
    return title;
}

/* An id that no other operation has: letters and digits, all else is an underscore. */
static json_t *id_of(struct description *to, const struct operation *operation)
{
    char *text = mem_printf("%s%s_%s", operation->name, operation->path, operation->method);
    size_t len = 0;
    for (const char *c = text; *c; c++)
        if (((unsigned char)*c & 0xc0) != 0x80) /* one for each character of UTF-8 */
            text[len++] = (char)(is_letter(*c) || (*c >= '0' && *c <= '9') ? *c : '_');
    text[len] = '\0';
    json_t *id = json_string(text);
    for (unsigned n = 2; json_object_get(to->ids, json_string_value(id)); n++) {
        json_decref(id);
        id = json_sprintf("%s_%u", text, n);
    }
    free(text);
    json_object_set_new(to->ids, json_string_value(id), json_true());
    return id;
}

static json_t *content_of(const char *type, json_t *schema)
{
    return json_pack("{s:{s:o}}", type, "schema", schema);
}

json_t *describe_fixed(struct description *to, const char *name)
{
    components_need(&to->components, name);
    return components_ref(name);
}

json_t *describe_refusal(struct description *to, enum error_shape shape, const char *description)
{
    static const char *const models[] = {
        [ERRORS_LANGSERVE] = "Refusal", [ERRORS_JSON] = "Error", [ERRORS_PROBLEM] = "Problem"};
    static const char type_problem[] = "application/problem+json";
    bool problem = shape == ERRORS_PROBLEM;
    json_t *content =
        content_of(problem ? type_problem : type_json, describe_fixed(to, models[shape]));
    if (!problem)
        json_object_update_new(content, content_of(type_problem, describe_fixed(to, "Problem")));
    return json_pack("{s:s,s:o}", "description", description, "content", content);
}

/* The answer to whatever else is wrong: LangServe's failures are plain text. */
static json_t *error_response(struct description *to, enum error_shape shape)
{
    json_t *response = describe_refusal(to, shape, "Error");
    if (shape == ERRORS_LANGSERVE)
        json_object_update_new(json_object_get(response, "content"),
                               content_of("text/plain", json_pack("{s:s}", "type", "string")));
    return response;
}

static json_t *responses_of(struct description *to, const struct operation *operation,
                            bool validates)
{
    json_t *schema = operation->response ? operation->response : json_object();
    json_t *responses =
        json_pack("{s:{s:s,s:o}}", "200", "description", "Successful Response", "content",
                  content_of(operation->type ? operation->type : type_json, schema));
    if (to->site->openapi_style == OPENAPI_FULL) {
        if (validates)
            json_object_set_new(responses, "422",
                                describe_refusal(to, operation->errors, "Validation Error"));
        json_object_set_new(responses, "default", error_response(to, operation->errors));
    } else if (validates) {
        json_object_set_new(responses, "422",
                            json_pack("{s:s,s:o}", "description", "Validation Error", "content",
                                      content_of(type_json,
                                                 describe_fixed(to, "HTTPValidationError"))));
    }
    return responses;
}

void describe_operation(struct description *to, const struct operation *operation)
{
    bool validates = json_array_size(operation->parameters) > 0 || operation->request;
    json_t *described = json_object(), *path = json_object_get(to->paths, operation->path);
    if (operation->tag)
        json_object_set_new(described, "tags", json_pack("[s]", operation->tag));
    json_object_set_new(described, "summary", title_of(operation->name));
    if (operation->description)
        json_object_set_new(described, "description", json_string(operation->description));
    json_object_set_new(described, "operationId", id_of(to, operation));
    if (json_array_size(operation->parameters) > 0)
        json_object_set(described, "parameters", operation->parameters);
    json_decref(operation->parameters);
    if (operation->request)
        json_object_set_new(described, "requestBody",
                            json_pack("{s:b,s:o}", "required", 1, "content",
                                      content_of(type_json, operation->request)));
    json_object_set_new(described, "responses", responses_of(to, operation, validates));
    describe_auth(to, operation, described);
    if (!path) {
        path = json_object();
        json_object_set_new(to->paths, operation->path, path);
    }
    json_object_set_new(path, operation->method, described);
}

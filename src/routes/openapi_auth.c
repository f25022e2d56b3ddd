/* What /openapi.json says of API keys: the schemes, who asks for them, and how they are refused. */
#include <stdio.h>

#include "gates/auth.h"
#include "routes/openapi_route.h"

static const char bearer[] = "HTTPBearer";

/* Adds a scheme (taken over), and that it is one of those that open an operation. */
static void add_scheme(struct description *to, json_t *security, const char *name, json_t *scheme)
{
    json_object_set_new(to->schemes, name, scheme);
    json_array_append_new(security, json_pack("{s:[]}", name));
}

static void add_response(struct description *to, json_t *responses, enum error_shape shape,
                         int status, const char *description)
{
    char code[16];
    snprintf(code, sizeof code, "%d", status);
    if (!json_object_get(responses, code))
        json_object_set_new(responses, code, describe_refusal(to, shape, description));
}

void describe_auth(struct description *to, const struct operation *operation, json_t *described)
{
    const struct auth *auth = operation->auth;
    if (!auth || to->site->openapi_style != OPENAPI_FULL)
        return;
    json_t *security = json_array(), *responses = json_object_get(described, "responses");
    add_scheme(to, security, auth->shown,
               json_pack("{s:s,s:s,s:s}", "type", "apiKey", "in", "header", "name", auth->shown));
    if (auth->bearer)
        add_scheme(to, security, bearer,
                   json_pack("{s:s,s:s}", "type", "http", "scheme", "bearer"));
    json_object_set_new(described, "security", security);
    add_response(to, responses, operation->errors, auth->missing, "No API key was sent");
    add_response(to, responses, operation->errors, auth->status, "The API key is wrong");
    add_response(to, responses, operation->errors, 403, "The API key does not open this route");
}

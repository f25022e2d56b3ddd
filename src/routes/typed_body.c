#include "routes/typed_body.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/json_fault.h"
#include "base/mem.h"
#include "base/text.h"
#include "routes/reply.h"

static const char not_an_object_type[] = "model_attributes_type";
static const char not_an_object[] =
    "Input should be a valid dictionary or object to extract fields from";

/* An error about the body as a whole, or about the place `at` in its text; `ctx` is taken over. */
static bool refuse(const struct route *route, struct http_exchange *exchange, const char *type,
                   json_t *at, const char *msg, json_t *input, json_t *ctx)
{
    json_t *loc = json_pack("[s,o*]", "body", at);
    json_t *errors = json_pack("[{s:s,s:o,s:s,s:o,s:o*}]", "type", type, "loc", loc, "msg", msg,
                               "input", input ? input : json_null(), "ctx", ctx);
    reply_invalid(exchange, route->errors, errors);
    return false;
}

static bool refuse_type(const struct route *route, struct http_exchange *exchange, json_t *input)
{
    return refuse(route, exchange, not_an_object_type, NULL, not_an_object, input, NULL);
}

/* "application/json", or any "application/x+json", with parameters or without. */
static bool is_json_type(const char *type)
{
    static const char application[] = "application/";
    if (!type || strncasecmp(type, application, sizeof application - 1) != 0)
        return false;
    const char *subtype = type + sizeof application - 1;
    size_t len = strcspn(subtype, "; \t");
    return (len == 4 && strncasecmp(subtype, "json", 4) == 0) ||
           (len > 5 && strncasecmp(subtype + len - 5, "+json", 5) == 0);
}

static bool refuse_syntax(const struct route *route, struct http_exchange *exchange,
                          const char *why)
{
    const struct http_request *request = http_request(exchange);
    size_t place;
    const char *fault = json_fault(request->body, request->body_len, &place);
    return refuse(route, exchange, "json_invalid", json_integer((json_int_t)place),
                  "JSON decode error", json_object(),
                  json_pack("{s:s}", "error", fault ? fault : why));
}

bool typed_body_json(const struct route *route, struct http_exchange *exchange, json_t **out)
{
    const struct http_request *request = http_request(exchange);
    const char *why = NULL;
    json_t *body = NULL;
    if (request->body_len == 0)
        return refuse(route, exchange, "missing", NULL, "Field required", NULL, NULL);
    if (json_read(&body, request->body, request->body_len, &why) == LS_OK) {
        *out = arena_give_json(http_arena(exchange), body);
        return true;
    }
    http_note(exchange, why);
    if (text_is_utf8(request->body, request->body_len))
        return refuse_syntax(route, exchange, why);
    reply_sentence(exchange, route->errors, LS_BAD_SYNTAX, 400,
                   "There was an error parsing the body");
    return false;
}

/* An object by the name of application/json.  False: answered. */
static bool read_object(const struct route *route, struct http_exchange *exchange, json_t **body)
{
    const struct http_request *request = http_request(exchange);
    if (request->body_len > 0 && !is_json_type(http_request_header(request, "content-type")))
        return refuse_type(route, exchange, json_stringn(request->body, request->body_len));
    return typed_body_json(route, exchange, body) &&
           (json_is_object(*body) || refuse_type(route, exchange, json_incref(*body)));
}

/* FastAPI makes a model of what has attributes, too, and says so of what is no object. */
static void adapt_type(json_t *error)
{
    if (strcmp(json_string_value(json_object_get(error, "type")), "model_type") != 0)
        return;
    json_object_set_new(error, "type", json_string(not_an_object_type));
    json_object_set_new(error, "msg", json_string(not_an_object));
    json_object_del(error, "ctx");
}

void typed_body_errors(json_t *errors, const char *place)
{
    size_t i, k;
    json_t *error, *step;
    json_array_foreach(errors, i, error) {
        adapt_type(error);
        json_t *loc = json_object_get(error, "loc");
        json_array_foreach(loc, k, step)
            if (json_is_string(step) && strcmp(json_string_value(step), "dict[str,any]") == 0)
                json_array_set_new(loc, k, json_string("dict[any,any]"));
        json_array_insert_new(loc, 0, json_string(place));
        json_object_del(error, "url");
    }
}

bool typed_body_read(const struct route *route, struct http_exchange *exchange, const char *schema,
                     json_t *given, json_t **out)
{
    json_t *body = NULL, *decoded = NULL, *errors = NULL;
    struct schema *compiled = NULL;
    char why[256];
    if (!read_object(route, exchange, &body))
        return false;
    json_auto_t *whole = json_copy(body), *json = json_loads(schema, 0, NULL);
    json_object_update_missing(whole, given);
    enum ls_err err = schema_compile(&compiled, json, why);
    if (!err)
        err = schema_decode(compiled, whole, &decoded, &errors);
    schema_free(&compiled);
    if (!err) {
        *out = arena_give_json(http_arena(exchange), decoded);
        return true;
    }
    typed_body_errors(errors, "body");
    reply_invalid(exchange, route->errors, errors ? errors : json_array());
    return false;
}

#include "routes/body.h"

#include <string.h>

#include "base/json.h"
#include "routes/config_frame.h"
#include "routes/invalid.h"
#include "routes/query.h"
#include "routes/reply.h"
#include "routes/typed_body.h"
#include "run/configurable.h"

enum { BATCH_AT_ONCE = 100 }; /* runs of one batch under way; a config may ask for fewer */

static bool body_read(const struct route *route, struct http_exchange *exchange, json_t **out)
{
    const struct http_request *request = http_request(exchange);
    json_t *body = NULL;
    const char *why = NULL;
    if (json_read(&body, request->body, request->body_len, &why) != LS_OK) {
        http_note(exchange, why);
        reply_invalid(exchange, route->errors, json_pack("[s]", "Invalid JSON body"));
        return false;
    }
    *out = arena_give_json(http_arena(exchange), body);
    return true;
}

static bool refuse(const struct route *route, struct http_exchange *exchange, json_t *errors)
{
    reply_invalid(exchange, route->errors, errors);
    return false;
}

static bool refuse_sentence(const struct route *route, struct http_exchange *exchange,
                            const char *sentence)
{
    reply_sentence(exchange, route->errors, LS_BAD_INPUT, 422, sentence);
    return false;
}

/* schema_decode_checked() against the input schema that follows from the alternatives of `config`. */
static enum ls_err decode_input(const struct route *route, const struct run_config *config,
                                json_t *input, json_t **out, json_t **errors)
{
    json_t *configurable = json_object_get(config->config, "configurable");
    char why[256];
    struct schema *chosen = NULL;
    if (json_object_size(configurable) == 0)
        return schema_decode_checked(route->input, route->checks, input, out, errors);
    json_auto_t *json = configurable_input_schema(route->runnable, configurable);
    bool other = !json_equal(json, schema_json(route->input));
    if (other && schema_compile(&chosen, json, why) != LS_OK)
        chosen = NULL; /* what cannot be understood checks nothing more than the default does */
    enum ls_err err =
        schema_decode_checked(chosen ? chosen : route->input, route->checks, input, out, errors);
    schema_free(&chosen);
    return err;
}

static bool decode_one(const struct route *route, struct http_exchange *exchange,
                       const struct run_config *config, json_t *input, json_t **out)
{
    json_t *decoded = NULL, *errors = NULL;
    if (decode_input(route, config, input, &decoded, &errors) != LS_OK)
        return refuse(route, exchange, errors);
    *out = arena_give_json(http_arena(exchange), decoded);
    return true;
}

/* decode_one() for the i-th of many inputs: the errors' places begin with its number. */
static bool decode_one_of_many(const struct route *route, struct http_exchange *exchange,
                               const struct run_config *config, json_t *inputs, size_t i,
                               json_t **out)
{
    json_t *decoded = NULL, *errors = NULL, *error;
    size_t k;
    if (decode_input(route, config, json_array_get(inputs, i), &decoded, &errors) != LS_OK) {
        json_array_foreach(errors, k, error) {
            json_t *loc = json_object_get(error, "loc");
            json_array_insert_new(loc, 0, json_integer((json_int_t)i));
            json_array_insert_new(loc, 0, json_string("inputs"));
        }
        return refuse(route, exchange, errors);
    }
    *out = arena_give_json(http_arena(exchange), decoded);
    return true;
}

/* The errors of the frame of /invoke and the streams; an empty list when it is well. */
static json_t *frame_errors(json_t *body, json_t *config)
{
    json_t *errors = json_array();
    if (!json_object_get(body, "input"))
        invalid_add(errors, "missing", json_pack("[s]", "input"), "Field required", body);
    if (config && !json_is_object(config) && !json_is_null(config))
        invalid_add(errors, "dict_type", json_pack("[s]", "config"),
                    "Input should be a valid dictionary", config);
    return errors;
}

bool body_read_ask(const struct route *route, struct http_exchange *exchange, struct ask *ask)
{
    json_t *body;
    if (!body_read(route, exchange, &body))
        return false;
    if (!json_is_object(body))
        return refuse(route, exchange, invalid_body(body, "InvokeRequestShallowValidator"));
    ask->body = body;
    json_t *config = json_object_get(body, "config");
    json_t *errors = frame_errors(body, config);
    if (json_array_size(errors) > 0)
        return refuse(route, exchange, errors);
    json_decref(errors);
    if (json_is_null(config))
        return refuse_sentence(route, exchange, "Value for 'config' key must be a dict");
    struct config_frame frame;
    if (!config_frame_begin(&frame, route, exchange) ||
        !config_frame_run(&frame, config, &ask->config) ||
        !decode_one(route, exchange, &ask->config, json_object_get(body, "input"), &ask->input))
        return false;
    config_frame_end(&frame);
    return true;
}

bool body_read_plain(const struct route *route, struct http_exchange *exchange, struct ask *ask)
{
    bool in_query = strcmp(route->method, "GET") == 0;
    json_t *decoded = NULL, *errors = NULL;
    struct config_frame frame;
    if (in_query)
        ask->body =
            arena_give_json(http_arena(exchange), query_object(http_request(exchange)->query));
    else if (!typed_body_json(route, exchange, &ask->body))
        return false;
    if (!config_frame_begin(&frame, route, exchange) ||
        !config_frame_run(&frame, NULL, &ask->config))
        return false;
    if (decode_input(route, &ask->config, ask->body, &decoded, &errors) != LS_OK) {
        typed_body_errors(errors, in_query ? "query" : "body");
        return refuse(route, exchange, errors);
    }
    ask->input = arena_give_json(http_arena(exchange), decoded);
    return true;
}

static void add_config_errors(json_t *errors, json_t *config)
{
    json_t *wrong = json_array();
    size_t i;
    json_t *item;
    if (!json_is_array(config))
        invalid_add(wrong, "list_type", json_pack("[s,s]", "config", "list[dict[str,any]]"),
                    "Input should be a valid list", config);
    json_array_foreach(config, i, item)
        if (!json_is_object(item))
            invalid_add(wrong, "dict_type",
                        json_pack("[s,s,I]", "config", "list[dict[str,any]]", (json_int_t)i),
                        "Input should be a valid dictionary", item);
    if (json_array_size(wrong) > 0)
        invalid_add(errors, "dict_type", json_pack("[s,s]", "config", "dict[str,any]"),
                    "Input should be a valid dictionary", config);
    json_array_extend(errors, wrong);
    json_decref(wrong);
}

/* The errors of the frame of /batch; an empty list when it is well. */
static json_t *batch_frame_errors(json_t *body, json_t *config)
{
    json_t *errors = json_array();
    json_t *inputs = json_object_get(body, "inputs");
    if (!inputs)
        invalid_add(errors, "missing", json_pack("[s]", "inputs"), "Field required", body);
    else if (!json_is_array(inputs))
        invalid_add(errors, "list_type", json_pack("[s]", "inputs"), "Input should be a valid list",
                    inputs);
    if (config && !json_is_object(config) && !json_is_null(config))
        add_config_errors(errors, config);
    return errors;
}

/* Whether the number of configs in a list is right; answers when it is not. */
static bool check_config_count(const struct route *route, struct http_exchange *exchange,
                               const json_t *config, size_t count)
{
    if (json_is_null(config))
        return refuse_sentence(route, exchange,
                               "Value for 'config' key must be a dict or list if provided");
    if (!json_is_array(config) || json_array_size(config) == count)
        return true;
    return refuse_sentence(route, exchange,
                           arena_printf(http_arena(exchange),
                                        "Number of configs (%zu) must match number of inputs (%zu)",
                                        json_array_size(config), count));
}

/* The configs of the runs of a batch: one of each in a list, or one for all, of which only the
 * first run has the id. */
static bool read_configs(struct config_frame *frame, json_t *config, struct ask *asks, size_t count)
{
    struct run_config shared;
    if (!json_is_array(config)) {
        if (!config_frame_run(frame, config, &shared))
            return false;
        for (size_t i = 0; i < count; i++) {
            asks[i].config = shared;
            asks[i].config.has_run_id = shared.has_run_id && i == 0;
        }
        return true;
    }
    for (size_t i = 0; i < count; i++)
        if (!config_frame_run(frame, json_array_get(config, i), &asks[i].config))
            return false;
    return true;
}

bool body_read_asks(const struct route *route, struct http_exchange *exchange, struct ask **asks,
                    size_t *count, size_t *at_once)
{
    json_t *body;
    if (!body_read(route, exchange, &body))
        return false;
    if (!json_is_object(body))
        return refuse(route, exchange, invalid_body(body, "BatchRequestShallowValidator"));
    json_t *config = json_object_get(body, "config");
    json_t *errors = batch_frame_errors(body, config);
    if (json_array_size(errors) > 0)
        return refuse(route, exchange, errors);
    json_decref(errors);
    *count = json_array_size(json_object_get(body, "inputs"));
    if (!check_config_count(route, exchange, config, *count))
        return false;
    *asks = arena_alloc(http_arena(exchange), (*count + 1) * sizeof **asks);
    struct config_frame frame;
    if (!config_frame_begin(&frame, route, exchange) ||
        !read_configs(&frame, config, *asks, *count))
        return false;
    for (size_t i = 0; i < *count; i++) {
        struct ask *ask = &(*asks)[i];
        if (!decode_one_of_many(route, exchange, &ask->config, json_object_get(body, "inputs"), i,
                                &ask->input))
            return false;
    }
    config_frame_end(&frame);
    const json_t *first = *count > 0 ? (*asks)[0].config.config : NULL;
    *at_once = config_max_concurrency(first, BATCH_AT_ONCE);
    return true;
}

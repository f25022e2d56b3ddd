#include "stages/tool_results.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/partial_json.h"
#include "schema/repr.h"
#include "stages/parse_text.h"

enum { MAX_SHOWN = 4096 }; /* bytes of arguments in a sentence */

/* {args, id?, type}: `type` is the tool's name. */
static json_t *shape(json_t *name, json_t *args, json_t *id,
                     const struct tool_results_options *options)
{
    json_t *call = json_pack("{s:O}", "args", args);
    if (options->return_id)
        json_object_set(call, "id", id ? id : json_null());
    json_object_set(call, "type", name);
    return call;
}

static void add_parsed(json_t *calls, const json_t *parsed,
                       const struct tool_results_options *options)
{
    size_t i;
    json_t *call;
    json_array_foreach(parsed, i, call)
        json_array_append_new(calls,
                              shape(json_object_get(call, "name"), json_object_get(call, "args"),
                                    json_object_get(call, "id"), options));
}

/* The arguments that a raw call's text spells (new reference); NULL: none, or none yet. */
static json_t *raw_arguments(const json_t *text, bool partial)
{
    json_t *args = NULL;
    size_t len = json_string_length(text);
    if (partial)
        return json_is_string(text) ? partial_json_object(text) : NULL;
    if (len == 0)
        return json_object();
    if (json_read(&args, json_string_value(text), len, NULL) != LS_OK)
        return NULL;
    if (json_is_null(args)) {
        json_decref(args);
        return json_object();
    }
    return args;
}

/* Calls in OpenAI's own form, which only old messages have. */
static enum ls_err add_raw(json_t *calls, const json_t *raw,
                           const struct tool_results_options *options, bool partial,
                           struct buf *why)
{
    enum ls_err err = LS_OK;
    size_t i;
    json_t *call;
    json_array_foreach(raw, i, call) {
        json_t *function = json_object_get(call, "function");
        json_t *name = json_object_get(function, "name");
        json_t *text = json_object_get(function, "arguments");
        json_auto_t *args = function ? raw_arguments(text, partial) : NULL;
        json_auto_t *none = json_string("");
        if (args) {
            json_array_append_new(calls, shape(json_is_string(name) ? name : none, args,
                                               json_object_get(call, "id"), options));
        } else if (function && !partial) {
            const char *said = json_string_value(text), *named = json_string_value(name);
            buf_printf(why, "%sFunction %s arguments:\n\n", err ? "\n\n" : "", named ? named : "");
            parse_quote(why, said ? said : "", json_string_length(text));
            buf_add_str(why, "\n\nare not valid JSON.");
            err = LS_PARSE_FAILED;
        }
    }
    return err;
}

static const struct tool *find_tool(const struct tool_results_options *options, const char *name)
{
    for (size_t i = 0; i < options->count; i++)
        if (name && strcmp(options->tools[i].name, name) == 0)
            return &options->tools[i];
    return NULL;
}

static void tell_unknown(struct buf *why, const json_t *name,
                         const struct tool_results_options *options)
{
    buf_add_str(why, "Unknown tool type: ");
    repr_print(why, name);
    for (size_t i = 0; i < options->count; i++)
        buf_printf(why, "%s%s", i == 0 ? ". Available tools: " : ", ", options->tools[i].name);
}

static void tell_misfit(struct buf *why, const struct tool *tool, const json_t *args,
                        const json_t *errors)
{
    struct buf text;
    char *sentence = schema_errors_text(errors);
    buf_init(&text, MAX_SHOWN);
    (void)json_print(&text, args, JSON_WIRE);
    buf_printf(why, "Failed to parse the arguments of %s from ", tool->name);
    parse_quote(why, buf_str(&text), text.len);
    buf_add_str(why, ". Got: ");
    parse_quote(why, sentence ? sentence : "", sentence ? strlen(sentence) : 0);
    buf_fini(&text);
    free(sentence);
}

/* The decoded arguments of a call into *value; NULL there: they do not fit yet. */
static enum ls_err check_call(json_t **value, const json_t *call,
                              const struct tool_results_options *options, bool partial,
                              struct buf *why)
{
    json_t *args = json_object_get(call, "args");
    json_auto_t *errors = NULL;
    const struct tool *tool = find_tool(options, json_get_string(call, "type"));
    if (!tool) {
        tell_unknown(why, json_object_get(call, "type"), options);
        return LS_PARSE_FAILED;
    }
    if (schema_decode(tool->schema, args, value, &errors) == LS_OK)
        return LS_OK;
    *value = NULL;
    if (partial)
        return LS_OK;
    tell_misfit(why, tool, args, errors);
    return LS_PARSE_FAILED;
}

static enum ls_err check_calls(json_t **value, const json_t *calls,
                               const struct tool_results_options *options, bool partial,
                               struct buf *why)
{
    json_t *made = json_array(), *call;
    size_t i;
    enum ls_err err = LS_OK;
    json_array_foreach(calls, i, call) {
        json_t *args = NULL;
        err = check_call(&args, call, options, partial, why);
        if (args)
            json_array_append_new(made, args);
        if (err || options->first_tool_only)
            break;
    }
    *value = made;
    return err;
}

/* The calls of one tool: their arguments, or all of them where ids are wanted. */
static json_t *of_key(const json_t *calls, const struct tool_results_options *options)
{
    json_t *made = json_array(), *call;
    size_t i;
    json_array_foreach(calls, i, call) {
        const char *type = json_get_string(call, "type");
        if (type && strcmp(type, options->key_name) == 0)
            json_array_append(made, options->return_id ? call : json_object_get(call, "args"));
    }
    return made;
}

enum ls_err tool_results(json_t **value, const json_t *message,
                         const struct tool_results_options *options, bool partial, struct buf *why)
{
    const json_t *parsed = json_object_get(message, "tool_calls");
    const json_t *kwargs = json_object_get(message, "additional_kwargs");
    const json_t *raw = json_object_get(kwargs, "tool_calls");
    bool has_none = json_array_size(parsed) == 0 && !raw;
    json_auto_t *calls = json_array();
    json_t *made = NULL;
    enum ls_err err = LS_OK;
    if (json_array_size(parsed) > 0)
        add_parsed(calls, parsed, options);
    else
        err = add_raw(calls, raw, options, partial, why);
    if (!err && options->count > 0)
        err = check_calls(&made, calls, options, partial, why);
    else if (!err)
        made = options->key_name ? of_key(calls, options) : json_incref(calls);
    bool is_list =
        !options->first_tool_only || (has_none && !options->key_name && options->count == 0);
    if (err || is_list) {
        *value = made;
    } else {
        json_t *first = json_array_get(made, 0);
        *value = first ? json_incref(first) : json_null();
        json_decref(made);
    }
    if (err) {
        json_decref(*value);
        *value = NULL;
    }
    return err;
}

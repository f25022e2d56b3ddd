#include "schema/tool_calls.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/partial_json.h"

/* The lists of tool calls: what LangChain fills in for each call. */
static const struct call_list {
    const char *key, *type;
    const char *optional[5]; /* members that are null when left out */
} call_lists[] = {
    {"tool_calls", "tool_call", {NULL}},
    {"invalid_tool_calls", "invalid_tool_call", {"id", "name", "args", "error", NULL}},
    {"tool_call_chunks", "tool_call_chunk", {"name", "args", "id", "index", NULL}},
};

static json_t *prepare_call(const struct call_list *list, json_t *call)
{
    if (!json_is_object(call))
        return json_incref(call);
    json_t *made = json_copy(call);
    for (size_t i = 0; list->optional[i]; i++)
        if (!json_object_get(made, list->optional[i]))
            json_object_set_new(made, list->optional[i], json_null());
    json_object_set_new(made, "type", json_string(list->type));
    if (strcmp(list->key, "tool_calls") == 0)
        json_object_del(made, "extras");
    return made;
}

static void prepare_calls(json_t *message, const struct call_list *list)
{
    json_t *calls = json_object_get(message, list->key), *call;
    if (json_array_size(calls) == 0)
        return;
    json_t *made = json_array();
    size_t i;
    json_array_foreach(calls, i, call)
        json_array_append_new(made, prepare_call(list, call));
    json_object_set_new(message, list->key, made);
}

static json_t *null_or(json_t *value)
{
    return value ? json_incref(value) : json_null();
}

/* Parses the arguments of a call; NULL: they are no JSON (new reference). */
static json_t *parse_arguments(const json_t *text)
{
    json_t *parsed = NULL;
    if (!json_is_string(text) ||
        json_read(&parsed, json_string_value(text), json_string_length(text), NULL) != LS_OK)
        return NULL;
    return parsed;
}

static json_t *make_call(json_t *name, json_t *args, json_t *id)
{
    return json_pack("{s:o,s:o,s:o,s:s}", "name",
                     name && !json_is_null(name) ? json_incref(name) : json_string(""), "args",
                     args, "id", null_or(id), "type", "tool_call");
}

static json_t *make_invalid(json_t *name, json_t *args, json_t *id)
{
    return json_pack("{s:o,s:o,s:o,s:n,s:s}", "name", null_or(name), "args", null_or(args), "id",
                     null_or(id), "error", "type", "invalid_tool_call");
}

static json_t *make_piece(json_t *name, json_t *args, json_t *id, json_t *index)
{
    return json_pack("{s:o,s:o,s:o,s:o,s:s}", "name", null_or(name), "args", args, "id",
                     null_or(id), "index", null_or(index), "type", "tool_call_chunk");
}

/* What Python takes for nothing is no arguments; `args` is taken over. */
static json_t *arguments_or_none(json_t *args)
{
    bool nothing = json_is_null(args) || json_is_false(args) ||
                   (json_is_number(args) && json_number_value(args) == 0) ||
                   (json_is_string(args) && json_string_length(args) == 0) ||
                   (json_is_array(args) && json_array_size(args) == 0);
    if (!nothing)
        return args;
    json_decref(args);
    return json_object();
}

/* A call in OpenAI's form goes to one of the three lists of `message`. */
static void take_raw_call(json_t *message, json_t *raw, bool pieces)
{
    json_t *function = json_object_get(raw, "function"), *id = json_object_get(raw, "id");
    json_t *name = json_object_get(function, "name");
    json_t *text = json_object_get(function, "arguments");
    if (pieces) {
        json_array_append_new(json_object_get(message, "tool_call_chunks"),
                              make_piece(name, null_or(text), id, json_object_get(raw, "index")));
    } else if (function) {
        json_t *args = parse_arguments(text);
        const char *list = args ? "tool_calls" : "invalid_tool_calls";
        json_array_append_new(json_object_get(message, list),
                              args ? make_call(name, arguments_or_none(args), id)
                                   : make_invalid(name, text, id));
    }
}

/* Whether all of them have OpenAI's form; otherwise LangChain leaves them alone. */
static bool are_raw_calls(json_t *calls, bool pieces)
{
    size_t i;
    json_t *raw;
    json_array_foreach(calls, i, raw) {
        json_t *function = json_object_get(raw, "function");
        json_t *text = json_object_get(function, "arguments");
        if (!json_is_object(raw) || (function && (!json_object_get(function, "name") || !text)) ||
            (function && !pieces && !json_is_string(text)))
            return false;
    }
    return json_array_size(calls) > 0;
}

/* Older clients leave the calls in additional_kwargs only. */
static void adopt_raw_calls(json_t *message, bool pieces)
{
    size_t i;
    json_t *raw;
    json_t *calls = json_object_get(json_object_get(message, "additional_kwargs"), "tool_calls");
    for (i = 0; i < 3; i++)
        if (json_array_size(json_object_get(message, call_lists[i].key)) > 0)
            return;
    if (!are_raw_calls(calls, pieces))
        return;
    for (i = 0; i < 3; i++)
        if (pieces == (i == 2))
            json_object_set_new(message, call_lists[i].key, json_array());
    json_array_foreach(calls, i, raw)
        take_raw_call(message, raw, pieces);
}

/* The calls among the blocks of a content that came as `content_blocks`. */
static void adopt_blocks(json_t *message, json_t *blocks)
{
    json_t *calls = json_array(), *block;
    size_t i;
    json_array_foreach(blocks, i, block) {
        const char *type = json_get_string(block, "type");
        if (type && strcmp(type, "tool_call") == 0)
            json_array_append(calls, block);
    }
    if (json_array_size(calls) > 0 && !json_object_get(message, "tool_calls"))
        json_object_set(message, "tool_calls", calls);
    json_decref(calls);
}

void tool_calls_prepare(json_t *message, json_t *blocks, bool pieces)
{
    adopt_blocks(message, blocks);
    adopt_raw_calls(message, pieces);
    for (size_t i = 0; i < sizeof call_lists / sizeof *call_lists; i++)
        prepare_calls(message, &call_lists[i]);
}

static json_t *arguments_text(json_t *args)
{
    char *text = json_dumps(args, JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    json_t *made = json_string(text);
    free(text);
    return made;
}

static void pieces_from_calls(json_t *message)
{
    json_t *pieces = json_array(), *call;
    size_t i;
    json_array_foreach(json_object_get(message, "tool_calls"), i, call)
        json_array_append_new(pieces, make_piece(json_object_get(call, "name"),
                                                 arguments_text(json_object_get(call, "args")),
                                                 json_object_get(call, "id"), NULL));
    json_array_foreach(json_object_get(message, "invalid_tool_calls"), i, call)
        json_array_append_new(pieces, make_piece(json_object_get(call, "name"),
                                                 null_or(json_object_get(call, "args")),
                                                 json_object_get(call, "id"), NULL));
    json_object_set_new(message, "tool_call_chunks", pieces);
}

static void calls_from_pieces(json_t *message, json_t *pieces)
{
    json_t *calls = json_array(), *invalid = json_array(), *piece;
    size_t i;
    json_array_foreach(pieces, i, piece) {
        json_t *text = json_object_get(piece, "args");
        json_t *name = json_object_get(piece, "name"), *id = json_object_get(piece, "id");
        json_t *args = partial_json_object(text);
        json_array_append_new(args ? calls : invalid,
                              args ? make_call(name, args, id) : make_invalid(name, text, id));
    }
    json_object_set_new(message, "tool_calls", calls);
    json_object_set_new(message, "invalid_tool_calls", invalid);
}

/* The block of a call that the provider ran, with its arguments read (new reference). */
static json_t *complete_block(json_t *block)
{
    const char *type = json_get_string(block, "type");
    json_t *text = json_object_get(block, "args");
    if (!type ||
        (strcmp(type, "server_tool_call") != 0 && strcmp(type, "server_tool_call_chunk") != 0))
        return json_incref(block);
    json_t *args = !text ? json_object() : arguments_or_none(json_incref(text));
    if (json_is_string(args)) {
        json_decref(args);
        args = parse_arguments(text);
    } else if (json_object_size(args) > 0) {
        json_decref(args);
        args = NULL; /* they have been read before */
    }
    if (!json_is_object(args)) {
        json_decref(args);
        return json_incref(block);
    }
    json_t *made = json_copy(block);
    json_object_set_new(made, "type", json_string("server_tool_call"));
    json_object_set_new(made, "args", args);
    return made;
}

static void complete_blocks(json_t *message)
{
    json_t *content = json_object_get(message, "content"), *block;
    const char *position = json_get_string(message, "chunk_position");
    const char *version =
        json_get_string(json_object_get(message, "response_metadata"), "output_version");
    if (!json_is_array(content) || !position || !version || strcmp(version, "v1") != 0)
        return;
    json_t *made = json_array();
    size_t i;
    json_array_foreach(content, i, block)
        json_array_append_new(made, complete_block(block));
    json_object_set_new(message, "content", made);
}

void tool_calls_complete(json_t *message)
{
    if (json_array_size(json_object_get(message, "tool_call_chunks")) == 0)
        pieces_from_calls(message);
    json_t *pieces = json_object_get(message, "tool_call_chunks");
    if (json_array_size(pieces) > 0)
        calls_from_pieces(message, pieces);
    complete_blocks(message);
}

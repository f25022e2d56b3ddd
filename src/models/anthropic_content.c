/* Content blocks as the API takes them. */
#include <string.h>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "models/anthropic_wire.h"

enum { ID_DIGITS = 24 };

static bool is_type(const json_t *object, const char *type)
{
    const char *own = json_get_string(object, "type");
    return own && strcmp(own, type) == 0;
}

/* A copy of a block with these members of it only; `keys` ends with NULL. */
static json_t *only(const json_t *block, const char *const *keys)
{
    json_t *copy = json_object();
    for (; *keys; keys++)
        if (json_object_get(block, *keys))
            json_object_set(copy, *keys, json_object_get(block, *keys));
    return copy;
}

json_t *anthropic_call_id(json_t *id)
{
    static const char taken[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    unsigned char digest[DIGEST_LEN];
    char hex[DIGEST_HEX + 1];
    const char *text = json_string_value(id);
    if (!text || text[strspn(text, taken)] == '\0')
        return id ? json_incref(id) : json_null();
    digest_bytes(digest, text, strlen(text));
    digest_format(hex, digest);
    return json_sprintf("toolu_%.*s", ID_DIGITS, hex);
}

/* The arguments of a call as an object; text that is no JSON is none. */
static json_t *input_of(const json_t *args)
{
    json_t *read = NULL;
    if (json_is_object(args))
        return json_incref((json_t *)args);
    if (!json_is_string(args) ||
        json_read(&read, json_string_value(args), json_string_length(args), NULL) != LS_OK)
        return json_object();
    if (json_is_object(read))
        return read;
    json_decref(read);
    return json_object();
}

json_t *anthropic_tool_use(const json_t *call)
{
    const char *name = json_get_string(call, "name");
    return json_pack("{s:s,s:s,s:o,s:o}", "type", "tool_use", "name", name ? name : "", "input",
                     input_of(json_object_get(call, "args")), "id",
                     anthropic_call_id(json_object_get(call, "id")));
}

/* {type: base64 | url} of an address, which may hold the data itself; NULL: it is neither. */
static json_t *source_of_url(const char *url)
{
    const char *data = url ? strstr(url, ";base64,") : NULL;
    if (data && strncmp(url, "data:", 5) == 0)
        return json_pack("{s:s,s:s%,s:s}", "type", "base64", "media_type", url + 5,
                         (size_t)(data - url - 5), "data", data + strlen(";base64,"));
    if (url && (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0))
        return json_pack("{s:s,s:s}", "type", "url", "url", url);
    return NULL;
}

static json_t *image_of_url(const json_t *block, const char **why)
{
    const json_t *given = json_object_get(block, "image_url");
    const char *url =
        json_is_string(given) ? json_string_value(given) : json_get_string(given, "url");
    json_t *source = source_of_url(url);
    if (source)
        return json_pack("{s:s,s:o}", "type", "image", "source", source);
    *why = "an image is an address (https://…) or data (data:image/png;base64,…)";
    return NULL;
}

/* The `source` of LangChain's own block of data (new reference), NULL when it names none. */
static json_t *data_source(const json_t *block, const char *usual)
{
    const char *url = json_get_string(block, "url");
    const char *data = json_get_string(block, "base64");
    const char *file = json_get_string(block, "file_id");
    const char *mime = json_get_string(block, "mime_type");
    const char *form = json_get_string(block, "source_type");
    if (url)
        return source_of_url(url);
    if (!data && form && strcmp(form, "base64") == 0)
        data = json_get_string(block, "data");
    if (data)
        return json_pack("{s:s,s:s,s:s}", "type", "base64", "media_type", mime ? mime : usual,
                         "data", data);
    if (!file && form && strcmp(form, "id") == 0)
        file = json_get_string(block, "id");
    return file ? json_pack("{s:s,s:s}", "type", "file", "file_id", file) : NULL;
}

static json_t *text_source(const json_t *block)
{
    const char *mime = json_get_string(block, "mime_type");
    const char *text = json_get_string(block, "text");
    return text ? json_pack("{s:s,s:s,s:s}", "type", "text", "media_type",
                            mime ? mime : "text/plain", "data", text)
                : NULL;
}

static json_t *data_block(const json_t *block, const char **why)
{
    static const char *const kept[] = {"cache_control", "citations", "title", "context", NULL};
    bool image = is_type(block, "image"), plain = is_type(block, "text-plain");
    json_t *source = plain ? NULL : data_source(block, image ? "image/png" : "application/pdf");
    if (!source && !image)
        source = text_source(block);
    if (!source) {
        *why = "an image or file is told by 'url', 'base64' or 'file_id'";
        return NULL;
    }
    json_t *made = only(block, kept);
    const json_t *extras = json_object_get(block, "extras");
    json_auto_t *more = only(extras ? extras : json_object_get(block, "metadata"), kept);
    json_object_update_missing(made, more);
    json_object_set_new(made, "type", json_string(image ? "image" : "document"));
    json_object_set_new(made, "source", source);
    return made;
}

/* A call in the content: the message's own list of calls counts more, where it has this one. */
static json_t *tool_use_block(const json_t *message, const json_t *block)
{
    size_t i;
    json_t *call, *id = json_object_get(block, "id");
    json_t *input = json_object_get(block, "input");
    json_array_foreach(json_object_get(message, "tool_calls"), i, call)
        if (id && json_equal(json_object_get(call, "id"), id) && !json_object_get(block, "caller"))
            return anthropic_tool_use(call);
    if (json_object_size(input) == 0 && json_object_get(block, "partial_json"))
        input = json_object_get(block, "partial_json");
    json_auto_t *own = json_pack("{s:O?,s:O?,s:O?}", "name", json_object_get(block, "name"), "args",
                                 input, "id", id);
    json_t *made = anthropic_tool_use(own);
    json_t *caller = json_object_get(block, "caller");
    if (caller && !json_is_null(caller))
        json_object_set(made, "caller", caller);
    return made;
}

static json_t *tool_result_block(const json_t *block, const char **why)
{
    json_t *content = json_object_get(block, "content");
    json_t *made = json_copy((json_t *)block);
    json_object_set_new(made, "tool_use_id",
                        anthropic_call_id(json_object_get(block, "tool_use_id")));
    json_object_del(made, "index");
    if (!json_is_array(content))
        return made;
    json_t *own = anthropic_content(NULL, content, why);
    if (own)
        json_object_set_new(made, "content", own);
    else
        json_decref(made);
    return own ? made : NULL;
}

static bool is_blank_text(const json_t *block)
{
    const char *text = json_get_string(block, "text");
    return !text || text[strspn(text, " \t\r\n\f\v")] == '\0';
}

/* Blocks of which the API takes some members only; NULL: it takes others as they are. */
static json_t *narrowed(const json_t *block, const char *type)
{
    static const char *const text[] = {"type", "text", "cache_control", "citations", NULL};
    static const char *const thinking[] = {"type", "thinking", "cache_control", "signature", NULL};
    static const char *const redacted[] = {"type", "cache_control", "data", NULL};
    static const char *const server_use[] = {"type",          "id", "input", "name", "server_name",
                                             "cache_control", NULL};
    if (strcmp(type, "text") == 0)
        return only(block, text);
    if (strcmp(type, "redacted_thinking") == 0)
        return only(block, redacted);
    if (strcmp(type, "server_tool_use") == 0 || strcmp(type, "mcp_tool_use") == 0)
        return only(block, server_use);
    if (strcmp(type, "thinking") != 0)
        return NULL;
    json_t *made = only(block, thinking);
    if (json_object_get(made, "signature") && !json_object_get(made, "thinking"))
        json_object_set_new(made, "thinking", json_string(""));
    return made;
}

/* One block (new reference); NULL: it is left out, or *why says what is wrong. */
static json_t *format_block(const json_t *message, json_t *block, const char **why)
{
    static const char *const left_out[] = {"refusal", "reasoning", "function_call", NULL};
    static const char *const data[] = {"image", "file", "text-plain", NULL};
    const char *type = json_get_string(block, "type");
    if (json_is_string(block))
        return json_pack("{s:s,s:O}", "type", "text", "text", block);
    if (!type) {
        *why = "a content block has a 'type'";
        return NULL;
    }
    if (text_is_any(type, left_out) || (strcmp(type, "text") == 0 && is_blank_text(block)))
        return NULL;
    if (strcmp(type, "image_url") == 0)
        return image_of_url(block, why);
    if (text_is_any(type, data) && !json_is_object(json_object_get(block, "source")))
        return data_block(block, why);
    if (strcmp(type, "tool_use") == 0)
        return tool_use_block(message, block);
    if (strcmp(type, "tool_result") == 0)
        return tool_result_block(block, why);
    json_t *made = narrowed(block, type);
    if (made)
        return made;
    made = json_copy(block);
    json_object_del(made, "index"); /* of a streamed block */
    return made;
}

json_t *anthropic_content(const json_t *message, json_t *blocks, const char **why)
{
    size_t i;
    json_t *block, *list = json_array();
    json_array_foreach(blocks, i, block) {
        const char *wrong = NULL;
        json_t *made = format_block(message, block, &wrong);
        if (wrong) {
            *why = wrong;
            json_decref(list);
            return NULL;
        }
        if (made)
            json_array_append_new(list, made);
    }
    return list;
}

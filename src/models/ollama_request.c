#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "models/ollama_wire.h"
#include "models/tool_form.h"

enum { MAX_CONTENT = 64 << 20 };

static const char *role_of(const json_t *message)
{
    static const char *const roles[][2] = {
        {"human", "user"},
        {"ai", "assistant"},
        {"system", "system"},
        {"tool", "tool"},
        {"HumanMessageChunk", "user"},
        {"AIMessageChunk", "assistant"},
        {"ToolMessageChunk", "tool"},
        {"SystemMessageChunk", "system"},
    };
    const char *type = json_get_string(message, "type");
    const char *role = json_get_string(message, "role"); /* of a chat message */
    for (size_t i = 0; type && i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(roles[i][0], type) == 0)
            return roles[i][1];
    return role ? role : "user";
}

/* The data of an image, without what says that it is data; NULL: there is none. */
static const char *image_data(const json_t *part)
{
    const json_t *given = json_object_get(part, "image_url");
    const char *form = json_get_string(part, "source_type");
    const char *url =
        json_is_string(given) ? json_string_value(given) : json_get_string(given, "url");
    const char *comma = url ? strchr(url, ',') : NULL;
    if (url)
        return comma ? comma + 1 : url;
    if (form && strcmp(form, "base64") == 0)
        return json_get_string(part, "data");
    return json_get_string(part, "base64");
}

/* Puts one part of a message's content into its text or images; false: *why. */
static bool add_part(struct buf *text, json_t *images, const json_t *part, const char **why)
{
    static const char *const passed_over[] = {"tool_use", "thinking", "reasoning", NULL};
    static const char *const pictures[] = {"image_url", "image", NULL};
    const char *type = json_get_string(part, "type");
    const json_t *said = json_is_string(part) ? part
                         : text_is_any(type, (const char *const[]){"text", NULL})
                             ? json_object_get(part, "text")
                             : NULL;
    if (json_is_string(said))
        return buf_add_char(text, '\n') == LS_OK &&
               buf_add(text, json_string_value(said), json_string_length(said)) == LS_OK;
    if (text_is_any(type, passed_over))
        return true;
    const char *data = text_is_any(type, pictures) ? image_data(part) : NULL;
    if (!data) {
        *why = "content parts for Ollama are text, or images with their data";
        return false;
    }
    json_array_append_new(images, json_string(data));
    return true;
}

static bool set_content(json_t *out, const json_t *content, const char **why)
{
    size_t i;
    json_t *part;
    if (!json_is_array(content)) {
        json_object_set_new(out, "content",
                            json_is_string(content) ? json_copy((json_t *)content)
                                                    : json_string(""));
        return true;
    }
    struct buf text;
    bool well = true;
    json_auto_t *images = json_array();
    buf_init(&text, MAX_CONTENT);
    json_array_foreach(content, i, part)
        well = well && add_part(&text, images, part, why);
    json_object_set_new(out, "content", json_stringn(buf_str(&text), text.len));
    if (json_array_size(images) > 0)
        json_object_set(out, "images", images);
    buf_fini(&text);
    return well;
}

static void set_calls(json_t *out, const json_t *message)
{
    size_t i;
    json_t *call, *calls = json_object_get(message, "tool_calls"), *list = json_array();
    json_t *thoughts =
        json_object_get(json_object_get(message, "additional_kwargs"), "reasoning_content");
    json_array_foreach(calls, i, call)
        json_array_append_new(list, json_pack("{s:s,s:O?,s:{s:O?,s:O?}}", "type", "function", "id",
                                              json_object_get(call, "id"), "function", "name",
                                              json_object_get(call, "name"), "arguments",
                                              json_object_get(call, "args")));
    if (json_array_size(list) > 0)
        json_object_set(out, "tool_calls", list);
    json_decref(list);
    if (json_is_string(thoughts))
        json_object_set(out, "thinking", thoughts);
}

/* One message (new reference); NULL: *why. */
static json_t *request_message(const json_t *message, const char **why)
{
    const char *role = role_of(message);
    json_t *id = json_object_get(message, "tool_call_id");
    json_t *out = json_pack("{s:s}", "role", role);
    if (!set_content(out, json_object_get(message, "content"), why)) {
        json_decref(out);
        return NULL;
    }
    if (strcmp(role, "assistant") == 0)
        set_calls(out, message);
    if (strcmp(role, "tool") == 0 && json_is_string(id))
        json_object_set(out, "tool_call_id", id);
    return out;
}

/* What stands in the body itself; other parameters are Ollama's `options`. */
static const char *const in_body[] = {"format", "keep_alive",   "think", "logprobs",
                                      "tools",  "top_logprobs", "model", NULL};

/* OpenAI's form of the answer in Ollama's words. */
static void set_format(json_t *body, const json_t *format)
{
    json_t *schema = tool_response_schema(format);
    const char *type = json_get_string(format, "type");
    if (schema)
        json_object_set_new(body, "format", schema);
    else if (type && strcmp(type, "json_object") == 0)
        json_object_set_new(body, "format", json_string("json"));
}

/* Parameters of a call.  Ollama has no choice of tools. */
static void add_kwargs(json_t *body, json_t *kwargs)
{
    static const char *const none[] = {"tool_choice", "parallel_tool_calls", "strict",  "stream",
                                       "messages",    "extra_body",          "options", NULL};
    const char *key;
    json_t *value, *extra = json_object_get(kwargs, "extra_body");
    json_t *old = json_object_get(body, "options");
    json_t *options = old ? json_copy(old) : json_object();
    json_object_foreach(kwargs, key, value) {
        if (strcmp(key, "tools") == 0)
            json_object_set_new(body, key, tools_long_form(value, false));
        else if (strcmp(key, "response_format") == 0)
            set_format(body, value);
        else if (strcmp(key, "reasoning") == 0)
            json_object_set(body, "think", value);
        else if (text_is_any(key, in_body))
            json_object_set(body, key, value);
        else if (!text_is_any(key, none))
            json_object_set(options, key, value);
    }
    if (json_is_object(json_object_get(kwargs, "options")))
        json_object_update(options, json_object_get(kwargs, "options"));
    json_object_set_new(body, "options", options);
    if (json_is_object(extra))
        json_object_update(body, extra);
}

json_t *ollama_request(const struct model_options *options, json_t *kwargs, json_t *messages,
                       bool stream, const char **why)
{
    size_t i;
    json_t *message;
    json_t *body = json_pack("{s:s,s:[],s:b,s:{}}", "model", options->model, "messages", "stream",
                             stream, "options");
    json_array_foreach(messages, i, message) {
        json_t *made = request_message(message, why);
        if (!made) {
            json_decref(body);
            return NULL;
        }
        json_array_append_new(json_object_get(body, "messages"), made);
    }
    json_object_update(body, options->parameters);
    if (kwargs)
        add_kwargs(body, kwargs);
    json_object_set_new(body, "stream", json_boolean(stream));
    return body;
}

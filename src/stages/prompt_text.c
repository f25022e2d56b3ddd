#include "stages/prompt_text.h"

#include <string.h>

#include "base/json.h"
#include "run/message.h"

enum { MAX_PROMPT = 16 << 20 }; /* bytes */

static const char *role_of(const json_t *message)
{
    static const char *const roles[][2] = {{"human", "Human"},
                                           {"ai", "AI"},
                                           {"system", "System"},
                                           {"tool", "Tool"},
                                           {"function", "Function"}};
    const char *type = json_get_string(message, "type"), *role = json_get_string(message, "role");
    for (size_t i = 0; type && i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(type, roles[i][0]) == 0)
            return roles[i][1];
    return role ? role : "AI";
}

static json_t *text_of_messages(const json_t *messages)
{
    struct buf out;
    size_t i;
    json_t *message;
    buf_init(&out, MAX_PROMPT);
    json_array_foreach(messages, i, message) {
        buf_printf(&out, "%s%s: ", i > 0 ? "\n" : "", role_of(message));
        (void)message_add_text(&out, message);
    }
    json_t *text = out.full ? NULL : json_stringn(buf_str(&out), out.len);
    buf_fini(&out);
    return text;
}

json_t *prompt_text(json_t *value)
{
    const char *type = json_get_string(value, "type"), *why = NULL;
    if (json_is_string(value))
        return json_incref(value);
    if (type && strcmp(type, "StringPromptValue") == 0 && json_get_string(value, "text"))
        return json_incref(json_object_get(value, "text"));
    json_auto_t *messages = NULL;
    if (!value || message_list(&messages, value, &why) != LS_OK)
        return NULL;
    return text_of_messages(messages);
}

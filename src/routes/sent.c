#include "routes/sent.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* The value of a cookie in one `Cookie` header, without quotes around it. */
static const char *cookie_value(const char *header, const char *name, size_t *len)
{
    size_t name_len = strlen(name);
    while (*header) {
        header += strspn(header, " \t;");
        size_t pair = strcspn(header, ";");
        const char *value = header + name_len + 1;
        if (pair > name_len && memcmp(header, name, name_len) == 0 && header[name_len] == '=') {
            *len = pair - name_len - 1;
            while (*len > 0 && value[*len - 1] == ' ')
                --*len;
            bool quoted = *len >= 2 && value[0] == '"' && value[*len - 1] == '"';
            *len -= quoted ? 2 : 0;
            return value + quoted;
        }
        header += pair;
    }
    return NULL;
}

const char *sent_value(const struct http_request *request, const struct sent *sent, size_t *len)
{
    const char *value = NULL;
    if (!sent->cookie) {
        value = http_request_header(request, sent->name);
        *len = value ? strlen(value) : 0;
        return value;
    }
    for (unsigned i = 0; i < request->header_count && !value; i++)
        if (strcmp(request->headers[i].name, "cookie") == 0)
            value = cookie_value(request->headers[i].value, sent->name, len);
    return value;
}

bool sent_matches(const struct sent_rule *rule, const char *value, size_t len)
{
    if (!rule->values)
        return true;
    bool matches = false;
    for (size_t i = 0; i < rule->count; i++)
        if (strlen(rule->values[i]) == len && text_equal_secret(rule->values[i], value, len))
            matches = true;
    return matches;
}

json_t *sent_json(const char *value, size_t len)
{
    if (text_is_utf8(value, len))
        return json_stringn(value, len);
    char *text = mem_zalloc(len * 2 + 1, 1);
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)value[i];
        if (c >= 0x80)
            text[out++] = (char)(0xc0 | c >> 6);
        text[out++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    json_t *json = json_stringn(text, out);
    free(text);
    return json;
}

void sent_add_missing(json_t *errors, const struct sent *sent)
{
    json_array_append_new(errors, json_pack("{s:s,s:[s,s],s:s,s:n}", "type", "missing", "loc",
                                            sent->cookie ? "cookie" : "header", sent->name, "msg",
                                            "Field required", "input"));
}

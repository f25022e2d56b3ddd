#include "stages/schema_parts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "schema/well_known.h"

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* As str.title() has it: the first letter of each word large, the others small. */
json_t *schema_title(const char *key)
{
    size_t len = strlen(key);
    struct buf title;
    buf_init(&title, 4 * len + 1);
    bool inside = false; /* of a word */
    for (size_t at = 0; at < len;) {
        int32_t code = 0;
        utf8proc_uint8_t shown[4];
        const utf8proc_uint8_t *here = (const utf8proc_uint8_t *)key + at;
        utf8proc_ssize_t size = utf8proc_iterate(here, (utf8proc_ssize_t)(len - at), &code);
        if (size <= 0)
            break;
        utf8proc_category_t category = utf8proc_category(code);
        int32_t written = code == '_' ? ' '
                          : inside    ? utf8proc_tolower(code)
                                      : utf8proc_totitle(code);
        buf_add(&title, shown, (size_t)utf8proc_encode_char(written, shown));
        inside = category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL ||
                 category == UTF8PROC_CATEGORY_LT;
        at += (size_t)size;
    }
    const char *text = buf_str(&title);
    text_strip(&text, &title.len);
    json_t *made = json_stringn(text, title.len);
    buf_fini(&title);
    return made;
}

bool schema_has_members(const json_t *schema)
{
    return json_is_object(json_object_get(schema, "properties"));
}

bool schema_takes_anything(const json_t *schema)
{
    size_t said = json_object_size(schema);
    static const char *const notes[] = {"title", "description", "$defs"};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        said -= json_object_get(schema, notes[i]) != NULL;
    return said == 0;
}

void schema_take_defs(json_t *schema, json_t *defs)
{
    json_t *own = well_known_take_defs(schema);
    if (own)
        json_object_update(defs, own);
    json_decref(own);
}

json_t *schema_as_member(json_t *schema, const char *key, json_t *defs)
{
    json_t *member = json_copy(schema);
    schema_take_defs(member, defs);
    if (schema_has_members(schema)) {
        json_decref(member);
        member = json_pack("{s:b,s:s}", "additionalProperties", 1, "type", "object");
    }
    json_object_set_new(member, "title", schema_title(key));
    json_decref(schema);
    return member;
}

char *schema_def_name(const char *title)
{
    char *name = mem_strdup(title), *to = name;
    for (const char *c = name; *c; c++) {
        bool plain = is_ascii_letter(*c) || strchr("0123456789._-", *c);
        if (((unsigned char)*c & 0xc0) != 0x80) /* one sign for each character */
            *to++ = plain ? *c : '_';
    }
    *to = '\0';
    return name;
}

json_t *schema_as_def(json_t *schema, json_t *defs)
{
    const char *title = json_string_value(json_object_get(schema, "title"));
    if (!title)
        return schema;
    char *name = schema_def_name(title);
    json_object_set_new(defs, name, schema);
    json_t *reference = json_pack("{s:s+}", "$ref", "#/$defs/", name);
    free(name);
    return reference;
}

json_t *schema_new_object(const char *title)
{
    return json_pack("{s:{},s:[],s:s,s:s}", "properties", "required", "title", title, "type",
                     "object");
}

/* The names that a schema requires, as the keys of an object: to be asked for many. */
static json_t *required_of(const json_t *schema)
{
    json_t *names = json_object();
    size_t i;
    json_t *name;
    json_array_foreach(json_object_get(schema, "required"), i, name)
        json_object_set(names, json_string_value(name), name);
    return names;
}

void schema_add_members(json_t *into, json_t *from, const json_t *but)
{
    json_t *members = json_object_get(into, "properties");
    json_t *excluded = json_object_get(but, "properties");
    json_auto_t *required = required_of(from);
    const char *key;
    json_t *member;
    json_object_foreach(json_object_get(from, "properties"), key, member) {
        if (json_object_get(excluded, key) || json_object_get(members, key))
            continue;
        json_object_set(members, key, member);
        json_t *name = json_object_get(required, key);
        if (name)
            json_array_append(json_object_get(into, "required"), name);
    }
}

json_t *schema_finish(json_t *schema, json_t *defs)
{
    if (json_array_size(json_object_get(schema, "required")) == 0)
        json_object_del(schema, "required");
    if (json_object_size(defs) == 0) {
        json_decref(defs);
        return schema;
    }
    json_t *whole = json_object();
    json_object_set_new(whole, "$defs", defs);
    json_object_update(whole, schema);
    json_decref(schema);
    return whole;
}

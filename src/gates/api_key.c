#include "gates/api_key.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/id.h"
#include "base/json.h"
#include "base/text.h"
#include "gates/rate.h"
#include "schema/moment.h"

void api_key_make(char out[API_KEY_LEN + 1])
{
    unsigned char drawn[DIGEST_LEN];
    random_bytes(drawn, sizeof drawn);
    memcpy(out, "lsk_", 4);
    digest_format(out + 4, drawn);
}

/* Names stand in logs, configs and lists. */
const char *api_key_name_fault(const char *name)
{
    size_t len = strlen(name);
    if (len == 0)
        return "a key's name is empty";
    if (len > API_KEY_NAME)
        return "a key's name has at most 128 bytes";
    if (!text_is_utf8(name, len))
        return "a key's name is UTF-8";
    for (; *name; name++)
        if ((unsigned char)*name < ' ' || *name == 0x7f)
            return "a key's name holds no control characters";
    return NULL;
}

const char *api_key_limit_fault(const char *limit)
{
    struct rate rate;
    return rate_parse(&rate, limit, 0) && rate_is_of_unit(&rate)
               ? NULL
               : "a limit is a number of requests in a second, minute, hour or day, such as "
                 "10/minute";
}

static int64_t wall_of(const struct moment *moment)
{
    struct tm tm = {
        .tm_year = moment->year - 1900,
        .tm_mon = moment->month - 1,
        .tm_mday = moment->day,
        .tm_hour = moment->hour,
        .tm_min = moment->minute - moment->offset,
        .tm_sec = moment->second,
    };
    return (int64_t)timegm(&tm) * 1000 + moment->micro / 1000;
}

bool api_key_read_time(int64_t *out, const char *text)
{
    struct moment moment = {0};
    const char *why = moment_read_date(&moment, text);
    if (why) {
        moment = (struct moment){0};
        why = moment_read(&moment, text);
    }
    *out = why ? 0 : wall_of(&moment);
    return !why;
}

bool api_key_opens(const struct api_key *key, const char *path)
{
    bool opens = !path || key->scope_count == 0;
    for (size_t i = 0; i < key->scope_count && !opens; i++)
        opens = strcmp(key->scopes[i], path) == 0;
    return opens;
}

bool api_key_has_expired(const struct api_key *key, int64_t now)
{
    return key->expires != 0 && key->expires <= now;
}

json_t *api_key_scopes(const struct api_key *key)
{
    json_t *scopes = json_array();
    for (size_t i = 0; i < key->scope_count; i++)
        json_array_append_new(scopes, json_string(key->scopes[i]));
    return scopes;
}

json_t *api_key_to_json(const struct api_key *key)
{
    char hex[DIGEST_HEX + 1];
    digest_format(hex, key->digest);
    return json_pack("{s:s,s:s,s:o,s:I,s:I,s:s*}", "name", key->name, "digest", hex, "scopes",
                     api_key_scopes(key), "created", (json_int_t)key->created, "expires",
                     (json_int_t)key->expires, "limit", key->limit);
}

bool api_key_from_json(struct api_key *out, const json_t *json, struct arena *arena)
{
    const char *name = json_get_string(json, "name"), *digest = json_get_string(json, "digest");
    json_t *scopes = json_object_get(json, "scopes"), *scope;
    size_t i;
    *out = (struct api_key){0};
    if (!name || !digest || !digest_parse(out->digest, digest) || !json_is_array(scopes))
        return false;
    const char **paths = arena_alloc(arena, (json_array_size(scopes) + 1) * sizeof *paths);
    json_array_foreach(scopes, i, scope) {
        if (!json_is_string(scope))
            return false;
        paths[i] = arena_strdup(arena, json_string_value(scope));
    }
    out->name = arena_strdup(arena, name);
    out->scopes = paths;
    out->scope_count = json_array_size(scopes);
    out->created = json_integer_value(json_object_get(json, "created"));
    out->expires = json_integer_value(json_object_get(json, "expires"));
    out->limit = arena_strdup(arena, json_get_string(json, "limit"));
    return true;
}

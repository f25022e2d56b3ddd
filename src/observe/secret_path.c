#include "observe/secret_path.h"

#include <string.h>
#include <strings.h>

bool secret_path(const char *template)
{
    return strstr(template, "{config_hash}") || strstr(template, "/token_feedback");
}

/* Whether one of these words, or a percent-encoded one, is somewhere in a name. */
static bool is_secret(const char *name, size_t len)
{
    static const char *const words[] = {"key",  "token", "secret",  "pass", "pwd",
                                        "auth", "cred",  "session", "sig",  "jwt"};
    if (memchr(name, '%', len))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (size_t at = 0, word = strlen(words[i]); at + word <= len; at++)
            if (strncasecmp(name + at, words[i], word) == 0)
                return true;
    return false;
}

bool secret_query(const char *query)
{
    for (; *query; query += strcspn(query, "&;"), query += strspn(query, "&;")) {
        size_t name = strcspn(query, "=&;");
        if (query[name] == '=' && is_secret(query, name))
            return true;
    }
    return false;
}

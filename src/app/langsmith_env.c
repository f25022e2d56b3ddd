#include "app/langsmith_env.h"

#include <stdlib.h>
#include <string.h>

#include "base/url.h"
#include "http/checks.h"

/* LANGSMITH_name, else LANGCHAIN_name, if it is not empty. */
static const char *variable(struct arena *arena, const char *name)
{
    static const char *const prefixes[] = {"LANGSMITH", "LANGCHAIN"};
    for (int i = 0; i < 2; i++) {
        const char *value = getenv(arena_printf(arena, "%s_%s", prefixes[i], name));
        if (value && *value)
            return value;
    }
    return NULL;
}

static bool is_tracing(struct arena *arena)
{
    const char *said = variable(arena, "TRACING_V2");
    if (!said)
        said = variable(arena, "TRACING");
    return said && strcmp(said, "true") == 0;
}

static const char *without_end(struct arena *arena, const char *url, const char *end)
{
    size_t len = strlen(url), end_len = strlen(end);
    bool ends = len > end_len && strcmp(url + len - end_len, end) == 0;
    return ends ? arena_strndup(arena, url, len - end_len) : NULL;
}

static bool is_local(const char *host)
{
    size_t len = strcspn(host, ":/");
    return (len == 9 && strncmp(host, "localhost", len) == 0) ||
           (len == 9 && strncmp(host, "127.0.0.1", len) == 0);
}

/* Where the pages are whose API is at `url`, by the rules of LangSmith's own client. */
static const char *web_of(struct arena *arena, const char *url)
{
    static const char *const regions[] = {"eu.", "aws.", "apac.", "dev.", "beta."};
    const char *scheme = strstr(url, "://");
    const char *host = scheme ? scheme + 3 : url;
    const char *web = without_end(arena, url, "/api/v1");
    if (is_local(host))
        return "http://localhost";
    if (!web)
        web = without_end(arena, url, "/api");
    for (size_t i = 0; i < sizeof regions / sizeof *regions && !web; i++)
        if (strncmp(host, regions[i], strlen(regions[i])) == 0)
            web = arena_printf(arena, "https://%ssmith.langchain.com", regions[i]);
    return web ? web : "https://smith.langchain.com";
}

/* A text without these characters at its ends. */
static const char *trimmed(struct arena *arena, const char *text, const char *characters)
{
    text += strspn(text, characters);
    size_t len = strlen(text);
    while (len > 0 && strchr(characters, text[len - 1]))
        len--;
    return arena_strndup(arena, text, len);
}

/* A variable without what shells and files leave around a value, as LangSmith's own client takes
 * it; NULL: nothing is left. */
static const char *bare(struct arena *arena, const char *name)
{
    const char *value = variable(arena, name);
    for (const char *const *c = (const char *const[]){" \t\r\n", "\"", "'", NULL}; value && *c; c++)
        value = trimmed(arena, value, *c);
    return value && *value ? value : NULL;
}

static const char *without_slashes(struct arena *arena, const char *url)
{
    const char *shorter;
    while ((shorter = without_end(arena, url, "/")))
        url = shorter;
    return url;
}

static const struct langsmith *refuse(struct place place, struct problems *problems,
                                      const char *name, const char *expected)
{
    problems_warn(problems, place,
                  "the environment's LANGSMITH_%s cannot be used, nothing is traced: expected %s",
                  name, expected);
    return NULL;
}

const struct langsmith *langsmith_from_env(struct arena *arena, struct place place,
                                           struct problems *problems)
{
    if (!is_tracing(arena))
        return NULL;
    const char *url = bare(arena, "ENDPOINT"), *key = bare(arena, "API_KEY");
    if (url && !url_is_http(url))
        return refuse(place, problems, "ENDPOINT", "https://… or http://…");
    if (key && !check_is_value(key))
        return refuse(place, problems, "API_KEY", "a key in one line");
    struct langsmith *langsmith = arena_zalloc(arena, sizeof *langsmith);
    langsmith->url = without_slashes(arena, url ? url : "https://api.smith.langchain.com");
    langsmith->key = key;
    langsmith->web = web_of(arena, langsmith->url);
    return langsmith;
}

static bool is_on(struct arena *arena, const char *name)
{
    const char *said = variable(arena, name);
    return said && strcmp(said, "true") == 0;
}

const struct langsmith_traces *langsmith_traces_from_env(const struct langsmith *langsmith,
                                                         struct arena *arena, struct place place,
                                                         struct problems *problems)
{
    if (!langsmith)
        return NULL;
    struct langsmith_traces *traces = arena_zalloc(arena, sizeof *traces);
    const char *project = variable(arena, "PROJECT"),
               *rate = variable(arena, "TRACING_SAMPLING_RATE");
    char *end = NULL;
    *traces = (struct langsmith_traces){
        .url = langsmith->url,
        .key = langsmith->key,
        .project = arena_strdup(arena, project ? project : "default"),
        .hide_inputs = is_on(arena, "HIDE_INPUTS"),
        .hide_outputs = is_on(arena, "HIDE_OUTPUTS"),
        .hide_metadata = is_on(arena, "HIDE_METADATA"),
        .rate = rate ? strtod(rate, &end) : 1,
    };
    if (end && (end == rate || *end || !(traces->rate >= 0 && traces->rate <= 1)))
        problems_error(problems, place,
                       "the environment's LANGSMITH_TRACING_SAMPLING_RATE is \"%.40s\": expected a "
                       "number from 0 to 1",
                       rate);
    return traces;
}

#include "app/build_cors.h"

#include <string.h>

#include "base/arena.h"
#include "http/checks.h"

struct given {
    struct option_strings origins, methods, headers, expose;
    bool credentials;
    int64_t max_age;
};

#define CORS(member) offsetof(struct given, member)

const struct option cors_options[] = {
    {.name = "allow_origins",
     .type = OPTION_STRING_LIST,
     .offset = CORS(origins),
     .required = true,
     .doc = "Origins whose pages may call: `https://example.com`, exactly as browsers send it; "
            "`https://*.example.com` and `http://localhost:*`, where a star stands for one or more "
            "letters, digits, dots and hyphens; or `*` for all."},
    {.name = "allow_methods",
     .type = OPTION_STRING_LIST,
     .offset = CORS(methods),
     .fallback = "GET",
     .doc = "Methods besides GET, HEAD and POST, which need no permission; `*` for all."},
    {.name = "allow_headers",
     .type = OPTION_STRING_LIST,
     .offset = CORS(headers),
     .fallback = "*",
     .doc = "Headers that pages may send; `*` for all."},
    {.name = "expose_headers",
     .type = OPTION_STRING_LIST,
     .offset = CORS(expose),
     .doc = "Headers of answers that pages may read besides the usual few: `X-Request-Id`."},
    {.name = "allow_credentials",
     .type = OPTION_BOOL,
     .offset = CORS(credentials),
     .fallback = "false",
     .doc = "Whether pages may send cookies and HTTP authentication. Not with the origin `*`."},
    {.name = "max_age",
     .type = OPTION_DURATION,
     .offset = CORS(max_age),
     .fallback = "10m",
     .max = 864e5,
     .doc = "How long browsers remember what was allowed."},
    {.name = NULL},
};

/* The list, ended with NULL. */
static const char *const *ended(const struct option_strings *strings, struct arena *arena)
{
    const char **list = arena_zalloc(arena, (strings->count + 1) * sizeof *list);
    for (size_t i = 0; i < strings->count; i++)
        list[i] = strings->items[i];
    return list;
}

static const char *joined(const struct option_strings *strings, struct arena *arena)
{
    const char *text = NULL;
    for (size_t i = 0; i < strings->count; i++)
        text = text ? arena_printf(arena, "%s, %s", text, strings->items[i]) : strings->items[i];
    return text;
}

static void check_origins(const struct given *given, struct place place, struct problems *problems)
{
    for (size_t i = 0; i < given->origins.count; i++) {
        const char *origin = given->origins.items[i], *fault = cors_origin_fault(origin);
        if (fault)
            problems_error(problems, place, "allow_origins: '%s': %s", origin, fault);
        else if (given->credentials && cors_fits_any_host(origin))
            problems_error(problems, place,
                           "allow_credentials: with the origin '%s' any page could act as the user "
                           "who visits it: name the origins",
                           origin);
        else if (given->credentials && strcmp(origin, "null") == 0)
            problems_warn(problems, place,
                          "allow_credentials: any page can make a frame whose origin is 'null', "
                          "and act as the user who visits it");
    }
}

/* Names of methods and headers: of others no browser would take notice. */
static void check_names(const char *option, const struct option_strings *names, struct place place,
                        struct problems *problems)
{
    for (size_t i = 0; i < names->count; i++)
        if (!check_is_token(names->items[i]))
            problems_error(problems, place, "%s: '%s' is no name", option, names->items[i]);
}

const struct cors *build_cors(const struct node *section, struct arena *arena,
                              struct problems *problems)
{
    section = problems_map(problems, section, "cors");
    if (!section)
        return NULL;
    struct given given = {0};
    options_read(cors_options, section, &given, NULL, "cors", arena, problems);
    struct cors *cors = arena_zalloc(arena, sizeof *cors);
    *cors = (struct cors){
        .origins = ended(&given.origins, arena),
        .methods = ended(&given.methods, arena),
        .headers = ended(&given.headers, arena),
        .expose = joined(&given.expose, arena),
        .max_age = arena_printf(arena, "%lld", (long long)given.max_age / 1000),
        .credentials = given.credentials,
    };
    for (size_t i = 0; i < given.origins.count; i++)
        cors->any_origin |= strcmp(given.origins.items[i], "*") == 0;
    check_origins(&given, section->place, problems);
    check_names("allow_methods", &given.methods, section->place, problems);
    check_names("allow_headers", &given.headers, section->place, problems);
    check_names("expose_headers", &given.expose, section->place, problems);
    return cors;
}

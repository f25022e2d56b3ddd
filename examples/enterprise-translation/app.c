/* A translation service as a company runs it: the app of app.yaml beside it, in C.
 *
 *     cc app.c -o translation $(pkg-config --cflags --libs langserved)
 *     REDIS_URL=redis://127.0.0.1:6379/0 OPENAI_API_KEY=sk-… ./translation 127.0.0.1 8000
 *
 * Without OPENAI_API_KEY a model answers that always says the same; without REDIS_URL results are
 * kept in a file. */
#include <langserved/langserved.h>
#include <stdlib.h>

static const char input[] =
    "{\"title\": \"TranslateRequest\", \"type\": \"object\", \"properties\": {"
    " \"text\": {\"title\": \"Text\", \"type\": \"string\", \"trim\": true, \"minLength\": 1,"
    "  \"maxLength\": 5000},"
    " \"source_lang\": {\"title\": \"Source Lang\", \"type\": \"string\", \"maxLength\": 100,"
    "  \"default\": \"auto\"},"
    " \"target_lang\": {\"title\": \"Target Lang\", \"type\": \"string\", \"minLength\": 1,"
    "  \"maxLength\": 100}},"
    " \"required\": [\"text\", \"target_lang\"]}";

static const char output[] =
    "{\"title\": \"TranslateResponse\", \"type\": \"object\", \"properties\": {"
    " \"translated_text\": {\"title\": \"Translated Text\", \"type\": \"string\"},"
    " \"source_lang\": {\"title\": \"Source Lang\", \"type\": \"string\"},"
    " \"target_lang\": {\"title\": \"Target Lang\", \"type\": \"string\"},"
    " \"cached\": {\"title\": \"Cached\", \"type\": \"boolean\", \"default\": false}},"
    " \"required\": [\"translated_text\", \"source_lang\", \"target_lang\"]}";

/* A variable of the environment, or what stands for it. */
static const char *from_environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value && *value ? value : otherwise;
}

/* Hands an object (taken over) to one of the functions that take options as JSON. */
static void configure(ls_app *app, void (*set)(ls_app *app, const char *json), json_t *options)
{
    char *json = json_dumps(options, JSON_COMPACT);
    set(app, json);
    free(json);
    json_decref(options);
}

static ls_runnable *choose_model(void)
{
    const ls_model_options gpt = {
        .more = "{\"temperature\": 0.3, \"max_retries\": 3, \"timeout\": \"30s\"}",
    };
    const ls_model_options demo = {
        .more = "{\"responses\": [\"Bonjour, comment allez-vous ?\"]}",
    };
    return *from_environment("OPENAI_API_KEY", "") ? ls_model("openai", "gpt-3.5-turbo", &gpt)
                                                   : ls_model("fake", NULL, &demo);
}

static ls_runnable *make_chain(void)
{
    ls_runnable *translate = ls_sequence(
        ls_prompt("将以下{source_lang}文本翻译为{target_lang}，保持原意和语气：\n\n{text}"),
        choose_model(), ls_str_parser(), LS_END);
    return ls_with_measure(ls_parallel("translated_text", translate,          //
                                       "source_lang", ls_pick("source_lang"), //
                                       "target_lang", ls_pick("target_lang"), LS_END),
                           "{\"counter\": \"translations_total\","
                           " \"labels\": {\"target_lang\": \"{target_lang}\"}}");
}

static void configure_server(ls_app *app)
{
    ls_app_configure(app,
                     "{\"workers\": 4, \"log_format\": \"json\", \"upstream_errors\": \"tell\","
                     " \"cors\": {\"allow_origins\": [\"*\"], \"allow_methods\": [\"*\"],"
                     "  \"allow_headers\": [\"*\"]}}");
    configure(app, ls_app_configure_auth,
              json_pack("{s:i,s:b,s:{s:s}}", "missing", 422, "store", 1, "keys", "demo",
                        from_environment("TRANSLATE_KEY", "demo_key_12345")));
    configure(app, ls_app_configure_store,
              json_pack("{s:s,s:s}", "url", from_environment("REDIS_URL", ""), "prefix",
                        "translate:"));
}

int main(int argc, char **argv)
{
    const ls_route_options route = {
        .input = input,
        .output = output,
        .more = "{\"as\": \"rest\", \"cache\": {\"ttl\": \"1h\", \"mark\": \"cached\"}}",
    };
    ls_app *app = ls_app_new("企业翻译 API", "2.0.0");
    ls_app_describe(app, "高性能、可扩展的翻译服务");
    configure_server(app);
    ls_add_metric(app, "translations_total",
                  "{\"type\": \"counter\", \"help\": \"Translations that a model made\","
                  " \"labels\": [\"target_lang\"]}");
    ls_add_routes(app, make_chain(), "/translate", &route);
    int status = ls_app_serve(app, argc > 1 ? argv[1] : NULL, argc > 2 ? atoi(argv[2]) : 0);
    ls_app_free(app);
    return status;
}

/* Mistakes are remembered where they were made and told all at once; nothing is freed twice. */
#include <langserved/langserved.h>
#include <stdio.h>
#include <stdlib.h>

static int modify(void *data, const ls_request *request, json_t *config, char *why, size_t size)
{
    (void)data, (void)request, (void)config, (void)why, (void)size;
    return 0;
}

int main(void)
{
    char *report = NULL;
    ls_app *app = ls_app_new(NULL, NULL);
    const ls_model_options typo = {.more = "{\"responses\": [\"x\"], \"delai\": 1}"};
    const ls_model_options no_json = {.more = "{"};
    ls_add_routes(app, ls_prompt("Hello {name"), "/template", NULL);
    ls_add_routes(app, ls_prompt(NULL), "/null", NULL);
    ls_add_routes(app, ls_model("fake", NULL, &typo), "/typo", NULL);
    ls_add_routes(app, ls_model("fake", NULL, &no_json), "/no_json", NULL);
    ls_add_routes(app, ls_named("nobody"), "/named", NULL);
    ls_add_routes(app, NULL, "/nothing", NULL);
    ls_add_routes(app, ls_parse("yaml"), "/parse", NULL);
    ls_add_routes(app, ls_passthrough(), "/twice", NULL);
    ls_add_routes(app, ls_passthrough(), "/twice", NULL);
    ls_add_routes(app, ls_passthrough(), "no-slash", NULL);
    ls_add_routes(app, ls_parallel("a", ls_passthrough(), "a", ls_passthrough(), LS_END), "/keys",
                  NULL);
    ls_add_routes(app, ls_with_input(ls_passthrough(), "{\"type\": \"strin\"}"), "/schema", NULL);
    ls_add_routes(app, ls_lambda(NULL, NULL, NULL), "/lambda", NULL);
    ls_add_routes(app, ls_lambda_plugin("nowhere.so", "f"), "/plugin", NULL);
    ls_add_routes(app, ls_remote("ftp://host/x", NULL), "/remote", NULL);
    const ls_route_options both = {.modify = modify, .more = "{\"config_from\": {}}"};
    ls_add_routes(app, ls_passthrough(), "/modify", &both);
    ls_add_routes(app, ls_with_cache(ls_passthrough(), 0, NULL), "/cache", NULL);
    ls_add_price(app, "gpt-*", "{\"input\": 0.15}");
    ls_app_configure(app, "{\"prot\": 1}");
    ls_app_configure_auth(app, "{\"missing\": 403}");
    enum ls_err err = ls_app_check(app, &report);
    printf("%s\n%s", ls_strerror(err), report);
    free(report);
    int status = ls_app_serve(app, NULL, 0);
    ls_app_free(app);
    ls_runnable_free(ls_prompt("never used"));
    return status;
}

/* Every constructor once: what api_kinds serves is compared with kinds.yaml beside it. */
#include <langserved/langserved.h>
#include <stdio.h>
#include <stdlib.h>

#include "kinds_lambda.h"

static ls_runnable *fake(const char *options)
{
    const ls_model_options more = {.more = options};
    return ls_model("fake", NULL, &more);
}

static void add_prompts(ls_app *app)
{
    ls_add_routes(app, ls_prompt("Say {word}, {{literally}}"), "/prompt", NULL);
    ls_add_routes(app,
                  ls_messages(ls_message("system", "You are a {role}."),
                              ls_placeholder("history", 1), ls_message("human", "{question}"),
                              LS_END),
                  "/messages", NULL);
    ls_add_routes(app, ls_template("Summarise: {text}"), "/template", NULL);
}

static void add_parsers(ls_app *app)
{
    ls_add_routes(app, ls_sequence(fake("{\"echo\": true}"), ls_str_parser(), LS_END), "/str",
                  NULL);
    ls_add_routes(app, ls_sequence(fake("{\"echo\": true}"), ls_json_parser(), LS_END), "/json",
                  NULL);
    ls_add_routes(app, ls_sequence(fake("{\"echo\": true}"), ls_list_parser(), LS_END), "/list",
                  NULL);
    ls_add_routes(app, ls_parse("str"), "/parse", NULL);
}

static void add_objects(ls_app *app)
{
    ls_add_routes(app, ls_parallel("a", ls_passthrough(), "b", ls_value("{\"n\": 1}"), LS_END),
                  "/parallel", NULL);
    ls_add_routes(app,
                  ls_sequence(ls_assign("said", ls_named("said"), LS_END), ls_pick("said"), LS_END),
                  "/pick", NULL);
    ls_add_routes(app,
                  ls_sequence(ls_passthrough(), ls_assign("said", ls_named("said"), LS_END),
                              ls_pick_many("said", "word", LS_END), LS_END),
                  "/pick_many", NULL);
}

static void add_modified(ls_app *app)
{
    static const char *const tags[] = {"one", "two", NULL};
    const ls_route_options options = {
        .input = "{\"type\": \"object\", \"properties\": {\"word\": {\"type\": \"string\"}},"
                 " \"required\": [\"word\"]}",
        .output = "{\"type\": \"string\"}",
        .more = "{\"config_keys\": [\"tags\"]}",
    };
    ls_runnable *slow = ls_with_timeout(fake("{\"responses\": [\"late\"], \"delay\": \"5s\"}"), 50);
    ls_runnable *said = ls_chain(ls_named("said"));
    said = ls_with_name(said, "Said");
    said = ls_with_tags(said, tags);
    said = ls_with_metadata(said, "{\"team\": \"a\"}");
    said = ls_with_input(said, "{}");
    said = ls_with_output(said, "{}");
    ls_add_routes(app, slow, "/slow", NULL);
    ls_add_routes(app, said, "/said", &options);
}

/* A model of this same server by way of its URL would have to know the port: an address where
 * nobody listens is the same for both. */
static void add_remote(ls_app *app)
{
    const ls_remote_options options = {.headers = "{\"X-Word\": \"hello\"}",
                                       .more = "{\"max_retries\": 0}"};
    ls_add_routes(app, ls_remote("http://127.0.0.1:1/nobody", &options), "/remote", NULL);
}

static void add_lambdas(ls_app *app)
{
    ls_add_routes(app, ls_lambda(kinds_wrap, NULL, NULL), "/lambda", NULL);
    ls_add_routes(app, ls_lambda_blocking(kinds_wrap, NULL, NULL), "/blocking", NULL);
    ls_add_routes(app, ls_lambda(kinds_fail, NULL, NULL), "/fail", NULL);
    ls_add_routes(app, ls_lambda_blocking(kinds_fail, NULL, NULL), "/fail_slowly", NULL);
    ls_add_routes(app, ls_lambda_async(kinds_await, NULL, NULL), "/await", NULL);
    ls_add_routes(app, ls_generator(kinds_spell, NULL, NULL), "/spell", NULL);
    ls_add_routes(app, ls_lambda_plugin(getenv("KINDS_PLUGIN"), "wrap"), "/plugin", NULL);
}

int main(void)
{
    char *report;
    ls_app *app = ls_app_new("kinds", "1");
    ls_add_chain(app, "said",
                 ls_sequence(ls_prompt("Say {word}"), fake("{\"echo\": true}"), ls_str_parser(),
                             LS_END));
    add_prompts(app);
    add_parsers(app);
    add_objects(app);
    add_modified(app);
    add_remote(app);
    add_lambdas(app);
    ls_app_configure(app, "{\"port\": 0, \"max_body\": \"1MB\"}");
    if (ls_app_check(app, &report) != LS_OK)
        fputs(report, stderr);
    free(report);
    int status = ls_app_serve(app, "127.0.0.1", 0);
    ls_app_free(app);
    return status;
}

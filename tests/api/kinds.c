/* Every constructor once: what api_kinds serves is compared with kinds.yaml beside it. */
#include <langserved/langserved.h>
#include <stdio.h>
#include <stdlib.h>

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

static void add_histories(ls_app *app)
{
    static const char *const session[] = {"user_id", "talk_id", NULL};
    const ls_history_options options = {.input = "word",
                                        .history = "past",
                                        .session = session,
                                        .window = 3,
                                        .ttl_milliseconds = 60000,
                                        .more = "{\"space\": \"c\"}"};
    ls_runnable *shows = ls_parallel("past", ls_pick("past"), "output", ls_pick("word"), LS_END);
    ls_add_routes(app, ls_with_history(shows, &options), "/remembers", NULL);
    ls_add_routes(app, ls_with_history(fake("{\"echo\": true}"), NULL), "/remembers_all", NULL);
    ls_app_configure_store(app, "{\"path\": \"${KINDS_STORE:-no/store.db}\"}");
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
    add_histories(app);
    ls_app_configure(app, "{\"port\": 0, \"max_body\": \"1MB\"}");
    if (ls_app_check(app, &report) != LS_OK)
        fputs(report, stderr);
    free(report);
    int status = ls_app_serve(app, "127.0.0.1", 0);
    ls_app_free(app);
    return status;
}

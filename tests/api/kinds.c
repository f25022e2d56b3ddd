/* Every constructor once: what api_kinds serves is compared with kinds.yaml beside it. */
#include <langserved/langserved.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void add_few_shots(ls_app *app)
{
    const ls_few_shot_options texts = {
        .examples = "[{\"a\": \"hot\", \"b\": \"cold\"}, {\"a\": \"up\", \"b\": \"down\"}]",
        .example = "{a}: {b}",
        .prefix = "Opposites, {tone}.",
        .suffix = "{word}:",
        .separator = "\n",
        .max_length = 5,
        .measure = "{a} {b}"};
    ls_add_routes(app, ls_few_shot(&texts), "/few_shot", NULL);
    const ls_few_shot_options messages = {.examples = "[{\"a\": 1, \"b\": 2}]",
                                          .messages = ls_messages(ls_message("human", "{a}"),
                                                                  ls_message("ai", "{b}"), LS_END)};
    ls_add_routes(app,
                  ls_messages(ls_few_shot(&messages), ls_messages_of(ls_named("greet")),
                              ls_messages_of(ls_prompt("Now {word}.")), LS_END),
                  "/composed", NULL);
}

static void add_prompt_parts(ls_app *app)
{
    const char *file = getenv("KINDS_TEMPLATE");
    ls_add_chain(app, "greet", ls_with_partial(ls_prompt("{hello} all."), "{\"hello\": \"Hi\"}"));
    ls_add_routes(app,
                  ls_messages(ls_message_parts("human",
                                               "[\"See {url_of}\", {\"type\": \"image_url\","
                                               " \"image_url\": {\"url\": \"{url_of}\"}}]"),
                              ls_placeholder_last("past", 0, 1), LS_END),
                  "/parts", NULL);
    ls_add_routes(app, ls_with_format(ls_template("{{#a}}<{{b}}>{{/a}}"), "mustache"), "/mustache",
                  NULL);
    ls_add_routes(app,
                  ls_with_partial_from(ls_prompt("{word} {size}"), "size",
                                       ls_lambda_lua("#input.word"), LS_END),
                  "/partial_from", NULL);
    ls_add_routes(app, ls_prompt_file(file), "/prompt_file", NULL);
    ls_add_routes(app, ls_messages(ls_message_file("system", file), LS_END), "/message_file", NULL);
    ls_add_routes(app, ls_template_file(file), "/template_file", NULL);
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
    ls_add_routes(app, ls_parse_with("xml", "{\"tag_names\": [\"a\", \"b\"]}"), "/parse_with",
                  NULL);
    ls_add_routes(app, ls_numbered_list_parser(), "/numbered", NULL);
    ls_add_routes(app, ls_guard("{\"action\": \"strip\", \"phrases\": [\"xyz\"]}"), "/guarded",
                  NULL);
    ls_add_routes(app, ls_guard(NULL), "/refused", NULL);
    ls_add_routes(app, ls_markdown_list_parser(), "/markdown", NULL);
    ls_add_routes(app, ls_xml_parser(), "/xml", NULL);
}

static void add_checking_parsers(ls_app *app)
{
    static const char *const colors[] = {"red", "blue", NULL}, *const keys[] = {"x", "y", NULL};
    ls_add_routes(app,
                  ls_json_schema_parser("{\"title\": \"T\", \"type\": \"object\", \"properties\":"
                                        " {\"n\": {\"type\": \"integer\"}},"
                                        " \"required\": [\"n\"]}"),
                  "/schema", NULL);
    ls_add_routes(app, ls_enum_parser(colors), "/enum", NULL);
    ls_add_routes(app, ls_datetime_parser(NULL), "/datetime", NULL);
    ls_add_routes(app, ls_datetime_parser("%Y"), "/year", NULL);
    ls_add_routes(app, ls_boolean_parser("oui", "non"), "/boolean", NULL);
    ls_add_routes(app, ls_regex_parser("(a+)(b)?", keys, "y"), "/regex", NULL);
}

static void add_tools_parsers(ls_app *app)
{
    const ls_tools_options of_key = {.key_name = "f", .first_tool_only = 1, .return_id = 1};
    const ls_tools_options typed = {
        .tools =
            "{\"f\": {\"type\": \"object\", \"properties\": {\"n\": {\"type\": \"integer\"}}}}"};
    ls_add_routes(app, ls_tools_parser(NULL), "/tools", NULL);
    ls_add_routes(app, ls_tools_parser(&of_key), "/tools_key", NULL);
    ls_add_routes(app, ls_tools_parser(&typed), "/tools_typed", NULL);
}

static void add_mending_parsers(ls_app *app)
{
    const ls_fixing_options options = {.retry_chain = ls_lambda_lua("json.encode(input)"),
                                       .max_retries = 2,
                                       .with_error = 1};
    ls_add_routes(app, ls_fixing_parser(ls_json_parser(), fake("{\"responses\": [\"[1]\"]}"), NULL),
                  "/fixing", NULL);
    ls_add_routes(app, ls_retry_parser(ls_json_parser(), NULL, &options), "/retry", NULL);
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

static bool is_short(void *data, const json_t *input, char *why, size_t size)
{
    size_t most = *(const size_t *)data, len = json_string_length(json_object_get(input, "word"));
    if (len > most)
        snprintf(why, size, "%zu characters are too many", len);
    return len <= most;
}

static void add_checked(ls_app *app)
{
    static size_t most = 5;
    const ls_route_options options = {.check = is_short, .check_data = &most};
    ls_add_routes(app, ls_chain(ls_named("said")), "/checked", &options);
}

/* As `config_from: {metadata.agent: {header: user-agent}}` and a rule of `deny`. */
static int from_request(void *data, const ls_request *request, json_t *config, char *why,
                        size_t size)
{
    char role[16];
    const char *agent = ls_request_header(request, "user-agent");
    if (ls_request_cookie(request, "role", role, sizeof role) && strcmp(role, data) == 0) {
        snprintf(why, size, "no %ss", role);
        return 403;
    }
    if (!json_object_get(config, "metadata"))
        json_object_set_new(config, "metadata", json_object());
    if (agent)
        json_object_set_new(json_object_get(config, "metadata"), "agent", json_string(agent));
    return 0;
}

static void add_from_request(ls_app *app)
{
    static char role[] = "guest";
    const ls_route_options options = {
        .modify = from_request,
        .modify_data = role,
        .more = "{\"config_keys\": [\"metadata\"],"
                " \"require\": {\"headers\": {\"user-agent\": {}}}}",
    };
    ls_add_routes(app, ls_lambda_lua("config.metadata"), "/from_request", &options);
}

/* As `config_from: {metadata.user: {caller: name}}`. */
static int from_caller(void *data, const ls_request *request, json_t *config, char *why,
                       size_t size)
{
    (void)data, (void)why, (void)size;
    return json_object_set_new(config, "metadata",
                               json_pack("{s:s}", "user", ls_request_caller(request)));
}

static void add_keyed(ls_app *app)
{
    const ls_route_options options = {
        .modify = from_caller,
        .more = "{\"auth\": {\"keys\": {\"ann\": \"${KINDS_KEY:-kinds-key}\"}}}",
    };
    ls_add_routes(app, ls_lambda_lua("config.metadata"), "/keyed", &options);
}

static void add_modified(ls_app *app)
{
    static const char *const tags[] = {"one", "two", NULL};
    const ls_route_options options = {
        .input = "{\"type\": \"object\", \"properties\": {\"word\": {\"type\": \"string\"}},"
                 " \"required\": [\"word\"]}",
        .output = "{\"type\": \"string\"}",
        .more = "{\"config_keys\": [\"tags\"],"
                " \"resumable\": {\"on_disconnect\": \"continue\", \"keep\": \"5s\"}}",
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

static void add_limited(ls_app *app)
{
    const ls_route_options options = {
        .more = "{\"limits\": [{\"rate\": \"2/hour\", \"by\": \"header:X-User\", \"burst\": 3}],"
                " \"limit\": \"1000/day\", \"max_concurrent\": 2, \"queue\": 1,"
                " \"queue_timeout\": \"1s\"}",
    };
    const ls_model_options spread = {
        .more = "{\"endpoints\": ["
                " {\"base_url\": \"http://127.0.0.1:9/v1\", \"api_key\": \"a\", \"weight\": 3},"
                " {\"base_url\": \"http://127.0.0.1:9/v2\", \"api_keys\": [\"b\", \"c\"]}],"
                " \"breaker\": {\"failures\": 0}, \"hedge\": {\"after\": \"2s\"}, "
                "\"max_retries\": 0}",
    };
    ls_add_routes(app,
                  fake("{\"echo\": true, \"max_concurrent\": 1, \"queue\": 9,"
                       " \"rate\": \"100/second\", \"tokens\": \"99999/second\"}"),
                  "/limited", &options);
    ls_add_routes(app, ls_model("openai", "m", &spread), "/spread", NULL);
}

static void add_flow(ls_app *app)
{
    ls_add_routes(app, ls_branch(ls_pick("urgent"), ls_pick("word"), ls_pick("other"), LS_END),
                  "/branch", NULL);
    ls_add_routes(app, ls_map(ls_named("said")), "/map", NULL);
    ls_add_routes(app, ls_router("say", ls_named("said"), "same", ls_passthrough(), LS_END),
                  "/router", NULL);
    ls_add_routes(app, ls_with_config(ls_map(ls_named("said")), "{\"max_concurrency\": 1}"),
                  "/one_by_one", NULL);
}

static void add_tries(ls_app *app)
{
    static const char *const on[] = {"upstream_error", NULL};
    const ls_retry_options options = {.attempts = 2, .initial_ms = 1, .max_ms = 2, .on = on};
    const ls_retry_options hasty = {.no_jitter = 1};
    ls_runnable *fails = ls_with_retry(fake("{\"error\": \"down\"}"), &options);
    fails = ls_with_bind(fails, "{\"stop\": [\"x\"]}");
    ls_add_routes(app,
                  ls_with_structured_output(fake("{\"responses\": [\"{\\\"a\\\": 1}\"]}"),
                                            "{\"schema\": {\"title\": \"A\"}}"),
                  "/structured", NULL);
    ls_add_routes(app, ls_with_fallbacks(fails, ls_value("\"spare\""), LS_END), "/spare", NULL);
    ls_add_routes(app,
                  ls_with_fallbacks_told(ls_with_retry(ls_named("fails"), &hasty), "why",
                                         ls_pick("why"), LS_END),
                  "/told", NULL);
    ls_add_routes(app,
                  ls_with_listeners(ls_named("said"), ls_passthrough(), NULL, ls_passthrough()),
                  "/heard", NULL);
}

static void add_choices(ls_app *app)
{
    const ls_choice_options plain = {.name = "Answer", .description = "Which", .default_key = "a"};
    const ls_choice_options prefixed = {.prefix_keys = 1};
    ls_runnable *first =
        ls_with_configurable(fake("{\"responses\": [\"one\"]}"),
                             "{\"responses\": {\"id\": \"texts\", \"name\": \"Texts\"}}");
    ls_add_routes(app,
                  ls_sequence(ls_with_alternatives(first, "answer", &plain, "b",
                                                   ls_value("\"two\""), LS_END),
                              ls_parse("str"), LS_END),
                  "/choice", NULL);
    first = ls_with_configurable(fake("{\"responses\": [\"one\"]}"), "{\"responses\": {}}");
    ls_add_routes(app,
                  ls_with_alternatives(ls_sequence(first, ls_str_parser(), LS_END), "which",
                                       &prefixed, "b", ls_value("\"two\""), LS_END),
                  "/prefixed", NULL);
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
    static const char *const by[] = {"user", NULL};
    const ls_cache_options cache = {.mark = "cached", .by = by, .version = "a"};
    ls_runnable *word = ls_parallel("word", ls_pick("word"), LS_END);
    ls_add_routes(app, ls_with_cache(word, 60000, &cache), "/kept", NULL);
    ls_app_configure_store(app, "{\"path\": \"${KINDS_STORE:-no/store.db}\"}");
}

static void add_tools(ls_app *app)
{
    const ls_model_options echo = {.more = "{\"echo\": true}"};
    ls_add_routes(app,
                  ls_sequence(ls_model("fake-completion", NULL, &echo), ls_str_parser(), LS_END),
                  "/texts", NULL);
    ls_add_routes(app,
                  ls_tool("shout", "Shouts.",
                          "{\"properties\": {\"a\": {\"type\": \"string\"}}, "
                          "\"required\": [\"a\"]}",
                          ls_lambda_lua("input.a .. \"!\"")),
                  "/tool", NULL);
    ls_add_routes(app, ls_tool("say", NULL, NULL, ls_named("said")), "/tool_of_chain", NULL);
    ls_add_routes(app,
                  ls_with_name(ls_chain(ls_retriever(ls_value("[\"one\", {\"page_content\": "
                                                              "\"two\", \"id\": \"2\"}]"))),
                               "Two"),
                  "/retriever", NULL);
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
    ls_add_routes(app, ls_transform(kinds_echo, NULL, NULL), "/echo", NULL);
    ls_add_routes(app, ls_lambda_plugin(getenv("KINDS_PLUGIN"), "wrap"), "/plugin", NULL);
}

static void add_replayed(ls_app *app)
{
    char more[512];
    const ls_model_options options = {.more = more};
    snprintf(more, sizeof more, "{\"replay\": \"%s\", \"replay_timing\": true}",
             getenv("KINDS_TAPE"));
    ls_add_routes(app,
                  ls_sequence(ls_prompt("Say {word}"), ls_model("openai", NULL, &options), LS_END),
                  "/replayed", NULL);
}

static void add_metrics(ls_app *app)
{
    ls_add_metric(app, "words_total",
                  "{\"type\": \"counter\", \"help\": \"Words\", \"labels\": [\"word\"]}");
    ls_add_price(app, "gpt-*", "{\"input\": 0.15, \"output\": 0.6}");
    ls_add_metric(app, "words_open", "{\"type\": \"gauge\"}");
    ls_add_metric(app, "word_seconds", "{\"type\": \"histogram\", \"buckets\": [0.1, 60]}");
    ls_add_routes(app, ls_lambda(kinds_count, NULL, NULL), "/count", NULL);
    ls_add_routes(app,
                  ls_with_measure(ls_named("said"),
                                  "{\"counter\": \"words_total\", \"duration\": "
                                  "\"word_seconds\", \"labels\": {\"word\": \"<{word}>\"}}"),
                  "/measured", NULL);
}

static void add_lua(ls_app *app)
{
    const char *file = getenv("KINDS_LUA");
    ls_app_configure_lua(app, "{\"time\": \"300ms\", \"memory\": \"2MB\"}");
    ls_add_routes(app, ls_lambda_lua("{said = invoke('said', input), n = #input.word}"), "/lua",
                  NULL);
    ls_add_routes(app, ls_lambda_lua("while true do end"), "/lua_forever", NULL);
    ls_add_routes(app, ls_generator_lua("for c in input.word:gmatch('.') do emit(c) end"),
                  "/lua_spell", NULL);
    ls_add_routes(app, ls_lambda_lua_file(file, "count"), "/lua_file", NULL);
    ls_add_routes(app, ls_generator_lua_file(file, "spell"), "/lua_file_spell", NULL);
}

int main(void)
{
    char *report;
    ls_app *app = ls_app_new("kinds", "1");
    ls_add_chain(app, "said",
                 ls_sequence(ls_prompt("Say {word}"), fake("{\"echo\": true}"), ls_str_parser(),
                             LS_END));
    add_prompts(app);
    add_few_shots(app);
    add_prompt_parts(app);
    add_parsers(app);
    add_checking_parsers(app);
    add_tools_parsers(app);
    add_mending_parsers(app);
    add_objects(app);
    ls_add_chain(app, "fails",
                 ls_sequence(ls_prompt("Say {word}"), fake("{\"error\": \"down\"}"), LS_END));
    add_checked(app);
    add_from_request(app);
    add_keyed(app);
    add_modified(app);
    add_limited(app);
    add_flow(app);
    add_tries(app);
    add_choices(app);
    add_histories(app);
    add_tools(app);
    add_remote(app);
    add_lambdas(app);
    add_lua(app);
    add_replayed(app);
    add_metrics(app);
    ls_app_configure(app, "{\"port\": 0, \"max_body\": \"1MB\", \"limit\": \"100000/hour\","
                          " \"trusted_proxies\": [\"10.0.0.0/8\"], \"max_memory\": \"100GB\"}");
    if (ls_app_check(app, &report) != LS_OK)
        fputs(report, stderr);
    free(report);
    int status = ls_app_serve(app, "127.0.0.1", 0);
    ls_app_free(app);
    return status;
}

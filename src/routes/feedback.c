/* POST and HEAD /feedback, POST /token_feedback. */
#include "routes/feedback.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "routes/answers.h"
#include "routes/feedback_token.h"
#include "routes/langsmith.h"
#include "routes/query.h"
#include "routes/reply.h"
#include "routes/typed_body.h"
#include "store/store.h"

#define SCORE                                                                                    \
    "\"score\":{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"integer\"},{\"type\":\"boolean\"}," \
    "{\"type\":\"null\"}],\"default\":null},"
#define VALUE                                                                                    \
    "\"value\":{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"integer\"},{\"type\":\"boolean\"}," \
    "{\"type\":\"string\"}," OBJECT ",{\"type\":\"null\"}],\"default\":null},"
#define COMMENT \
    "\"comment\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}],\"default\":null}"
#define OBJECT "{\"type\":\"object\",\"additionalProperties\":true}"
#define OBJECT_OR_NULL "{\"anyOf\":[" OBJECT ",{\"type\":\"null\"}],\"default\":null}"
#define UUID "{\"type\":\"string\",\"format\":\"uuid\"}"

static const char feedback_schema[] =
    "{\"title\":\"FeedbackCreateRequest\",\"type\":\"object\",\"required\":[\"run_id\",\"key\"],"
    "\"properties\":{\"run_id\":{\"anyOf\":[" UUID ",{\"type\":\"null\"}]},"
    "\"key\":{\"type\":\"string\"}," SCORE VALUE COMMENT "}}";

static const char token_schema[] =
    "{\"title\":\"FeedbackCreateRequestTokenBased\",\"type\":\"object\","
    "\"required\":[\"token_or_url\"],\"properties\":{\"token_or_url\":{\"anyOf\":[" UUID
    ",{\"type\":\"string\"}]}," SCORE VALUE COMMENT ",\"correction\":" OBJECT_OR_NULL
    ",\"metadata\":" OBJECT_OR_NULL "}}";

/* A piece of feedback on its way; lives in the exchange's arena. */
struct filing {
    struct http_exchange *exchange;
    const struct route *route;
    json_t *answer;      /* what the client gets when all is well */
    struct store_op *op; /* one of these is under way */
    struct langsmith_call *call;
};

enum feedback_sink feedback_sink_of(const struct route *route)
{
    bool langsmith = route->site->langsmith != NULL;
    switch (route->feedback_store) {
    case FEEDBACK_LOCAL: return SINK_LOCAL;
    case FEEDBACK_LANGSMITH: return langsmith ? SINK_LANGSMITH : SINK_NONE;
    default: return langsmith ? SINK_LANGSMITH : SINK_LOCAL;
    }
}

static void on_gone(void *owner)
{
    struct filing *filing = owner;
    if (filing->op)
        store_cancel(filing->op);
    if (filing->call)
        langsmith_stop(filing->call);
}

/* Tells a failure to the log, and that there was one to the client. */
static void reply_unfiled(struct filing *filing, enum ls_err err, const char *why)
{
    const struct log_field fields[] = {
        log_str("route", filing->route->path),
        log_str("error", err_code(err)),
        log_said("message", why),
    };
    log_fields(LOG_ERROR, "feedback_failed", fields, sizeof fields / sizeof fields[0]);
    http_note(filing->exchange, err_code(err));
    reply_sentence(filing->exchange, filing->route->errors, err, err_status(err),
                   "The feedback could not be stored");
}

static void on_stored(void *owner, const struct store_answer *answer)
{
    struct filing *filing = owner;
    if (answer->err)
        reply_unfiled(filing, LS_STORE, answer->message);
    else
        reply_json(filing->exchange, filing->answer);
}

static void on_sent(void *owner, int status, json_t *answer, const char *why)
{
    struct filing *filing = owner;
    (void)answer;
    if (status >= 200 && status < 300)
        reply_json(filing->exchange, filing->answer);
    else
        reply_unfiled(filing, LS_UPSTREAM, why);
}

static struct filing *filing_new(const struct route *route, struct http_exchange *exchange,
                                 json_t *answer)
{
    struct filing *filing = arena_zalloc(http_arena(exchange), sizeof *filing);
    *filing = (struct filing){.exchange = exchange, .route = route};
    filing->answer = arena_hold_json(http_arena(exchange), answer);
    http_set_gone(exchange, on_gone, filing);
    return filing;
}

static void file_locally(struct service *service, struct filing *filing, json_t *record)
{
    struct arena *arena = http_arena(filing->exchange);
    const char *run_id = json_get_string(record, "run_id");
    const char *key = arena_printf(arena, FEEDBACK_KEY "%s", run_id ? run_id : "");
    struct buf text;
    buf_init(&text, 64 << 20);
    (void)json_print(&text, record, JSON_WIRE);
    const struct store_text item = {text.data, text.len};
    const struct store_request request = {.verb = STORE_APPEND,
                                          .key = {key, strlen(key)},
                                          .items = &item,
                                          .count = 1,
                                          .window = FEEDBACK_MAX};
    filing->op = store_ask(service->resources->store, &request, on_stored, filing);
    buf_fini(&text);
}

/* The members of a record that LangSmith gets: those that have a value. */
static json_t *for_langsmith(const json_t *record)
{
    static const char *const keys[] = {"id",    "created_at", "modified_at", "run_id",  "key",
                                       "score", "value",      "correction",  "comment", NULL};
    json_t *body = json_object(), *metadata = json_object_get(record, "metadata");
    for (int i = 0; keys[i]; i++) {
        json_t *value = json_object_get(record, keys[i]);
        if (value && !json_is_null(value))
            json_object_set(body, keys[i], value);
    }
    json_t *about = json_is_object(metadata) ? json_copy(metadata) : json_object();
    json_object_set_new(about, "from_langserve", json_true());
    json_object_set_new(body, "feedback_source",
                        json_pack("{s:s,s:o}", "type", "api", "metadata", about));
    json_object_set_new(body, "extend_trace_retention", json_true());
    return body;
}

/* What is too large for a piece of feedback is refused. */
static bool fits(const struct route *route, struct http_exchange *exchange, const json_t *record)
{
    enum { MAX_RECORD = 64 << 10 };
    struct buf text;
    buf_init(&text, MAX_RECORD);
    bool fits = json_print(&text, record, JSON_WIRE) == LS_OK;
    buf_fini(&text);
    if (!fits)
        reply_sentence(exchange, route->errors, LS_TOO_BIG, 413, "The feedback is too large");
    return fits;
}

/* Keeps `record` (taken over) where the route's feedback goes, then answers `answer` (borrowed). */
static void file_record(struct service *service, const struct route *route,
                        struct http_exchange *exchange, json_t *record, json_t *answer)
{
    arena_give_json(http_arena(exchange), record);
    if (!fits(route, exchange, record))
        return;
    struct filing *filing = filing_new(route, exchange, answer);
    if (feedback_sink_of(route) == SINK_LOCAL) {
        file_locally(service, filing, record);
        return;
    }
    json_auto_t *body = for_langsmith(record);
    filing->call =
        langsmith_ask(service, http_arena(exchange), "POST", "/feedback", body, on_sent, filing);
}

static json_t *id_json(const struct uuid *id)
{
    char text[UUID_LEN + 1];
    uuid_format(text, id);
    return json_string(text);
}

/* A record of `run_id` and `key` (both taken over) and of what `body` says. */
static json_t *record_of(json_t *run_id, json_t *key, const json_t *body)
{
    char now[25];
    struct uuid id = uuid_new();
    clock_format_iso(now, clock_wall_us());
    json_t *correction = json_object_get(body, "correction");
    return json_pack("{s:o,s:o,s:O,s:O,s:O,s:o,s:s,s:s,s:o}", "run_id", run_id, "key", key, "score",
                     json_object_get(body, "score"), "value", json_object_get(body, "value"),
                     "comment", json_object_get(body, "comment"), "id", id_json(&id), "created_at",
                     now, "modified_at", now, "correction",
                     correction ? json_incref(correction) : json_null());
}

void answer_feedback(struct service *service, const struct route *route,
                     struct http_exchange *exchange)
{
    json_t *body;
    if (strcmp(http_request(exchange)->method, "HEAD") == 0) {
        http_respond(exchange, 200, "application/json", "null", 4);
        return;
    }
    if (!typed_body_read(route, exchange, feedback_schema, NULL, &body))
        return;
    json_t *run_id = json_object_get(body, "run_id");
    enum feedback_sink sink = feedback_sink_of(route);
    if (sink == SINK_NONE) {
        reply_sentence(exchange, route->errors, LS_BAD_INPUT, 400,
                       "The feedback endpoint is only accessible when LangSmith is enabled on "
                       "your LangServe server.\nPlease set `enable_feedback_endpoint=True` on "
                       "your route and set the proper environment variables");
        return;
    }
    if (sink == SINK_LANGSMITH && json_is_null(run_id)) {
        reply_sentence(exchange, route->errors, LS_BAD_INPUT, 400,
                       "LangSmith takes feedback on runs only: run_id must not be null");
        return;
    }
    json_t *record =
        record_of(json_incref(run_id), json_incref(json_object_get(body, "key")), body);
    file_record(service, route, exchange, record, record);
}

/* The id at the end of one of LangSmith's own tokens or their URLs. */
static bool langsmith_token(const char *text, struct uuid *id)
{
    const char *slash = strrchr(text, '/');
    return uuid_parse(id, slash ? slash + 1 : text);
}

/* A token that LangSmith made. */
static void pass_on(struct service *service, const struct route *route,
                    struct http_exchange *exchange, const struct uuid *token, const json_t *body)
{
    char id[UUID_LEN + 1];
    uuid_format(id, token);
    struct filing *filing = filing_new(route, exchange, json_null());
    json_t *metadata = json_object_get(body, "metadata");
    json_t *about = json_is_object(metadata) ? json_copy(metadata) : json_object();
    json_object_set_new(about, "from_langserve", json_true());
    json_auto_t *asked =
        json_pack("{s:O,s:O,s:O,s:O,s:o}", "score", json_object_get(body, "score"), "value",
                  json_object_get(body, "value"), "correction", json_object_get(body, "correction"),
                  "comment", json_object_get(body, "comment"), "metadata", about);
    const char *path = arena_printf(http_arena(exchange), "/feedback/tokens/%s", id);
    filing->call =
        langsmith_ask(service, http_arena(exchange), "POST", path, asked, on_sent, filing);
}

/* The token may stand in the URL, as in `token_url`. */
static json_t *token_in_query(struct http_exchange *exchange)
{
    json_auto_t *query = query_object(http_request(exchange)->query);
    json_t *token = json_object_get(query, "token");
    return json_pack("{s:O*}", "token_or_url", token);
}

static void file_with_token(struct service *service, const struct route *route,
                            struct http_exchange *exchange, const json_t *body)
{
    struct feedback_token token;
    struct uuid foreign;
    const char *text = json_get_string(body, "token_or_url");
    if (feedback_sink_of(route) == SINK_LANGSMITH && langsmith_token(text, &foreign)) {
        pass_on(service, route, exchange, &foreign, body);
        return;
    }
    enum feedback_token_state state =
        feedback_token_read(route, text, clock_wall_us() / 1000000, &token);
    if (state != TOKEN_WELL) {
        reply_sentence(exchange, route->errors, LS_BAD_INPUT, 400,
                       state == TOKEN_EXPIRED ? "The feedback token has expired"
                                              : "The feedback token is not valid");
        return;
    }
    json_t *record = record_of(id_json(&token.run_id), json_string(token.key), body);
    json_object_set(record, "metadata", json_object_get(body, "metadata"));
    file_record(service, route, exchange, record, json_null());
}

void answer_token_feedback(struct service *service, const struct route *route,
                           struct http_exchange *exchange)
{
    json_t *body;
    json_auto_t *given = token_in_query(exchange);
    if (!typed_body_read(route, exchange, token_schema, given, &body))
        return;
    if (route->feedback_key_count > 0 && feedback_sink_of(route) != SINK_NONE) {
        file_with_token(service, route, exchange, body);
        return;
    }
    reply_sentence(exchange, route->errors, LS_BAD_INPUT, 400,
                   "The feedback endpoint is only accessible when LangSmith is enabled on your "
                   "LangServe server.\n Please set the proper environment variables to enable "
                   "LangSmith.In addition, please ensure that the token_feedback_config has been "
                   "properly specified when using add_routes or APIHandler.");
}

/* The options of a route. */
#include "app/app.h"
#include "app/route.h"
#include "routes/config.h"

#define ROUTE(member) offsetof(struct route_options, member)

static const char *const styles[] = {"langserve", "rest", NULL};
static const char *const events_versions[] = {"v1", "v2", NULL};
static const char *const feedback_stores[] = {"auto", "local", "langsmith", NULL};
static const char *const playground_types[] = {"default", "chat", NULL};
static const char *const methods[] = {"POST", "GET", NULL};

const struct option route_options[] = {
    {.name = "chain",
     .type = OPTION_NODE,
     .offset = ROUTE(chain),
     .required = true,
     .schema = "{\"$ref\":\"#/$defs/expression\"}",
     .doc = "What the route runs: any expression."},
    {.name = "input",
     .also = "input_type",
     .type = OPTION_JSON,
     .offset = ROUTE(input),
     .schema = "{\"type\":\"object\"}",
     .doc = "JSON Schema of the input, instead of the chain's: checks requests, fills defaults, "
            "draws the playground's form; `{}` takes anything."},
    {.name = "check",
     .type = OPTION_NODE,
     .offset = ROUTE(check),
     .schema = "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"object\",\"required\":[\"file\","
               "\"function\"],\"properties\":{\"file\":{\"type\":\"string\"},\"function\":"
               "{\"type\":\"string\"}},\"additionalProperties\":false}]}",
     .doc = "Lua over the decoded `input`, or `{file, function}`: what it returns as text is wrong "
            "with the input, and a 422. It has 20 ms and runs no other runnables."},
    {.name = "output",
     .also = "output_type",
     .type = OPTION_JSON,
     .offset = ROUTE(output),
     .schema = "{\"type\":\"object\"}",
     .doc = "JSON Schema of the output, instead of the chain's; an output that does not fit is a "
            "500."},
    {.name = "config_keys",
     .type = OPTION_STRING_LIST,
     .offset = ROUTE(config_keys),
     .fallback = "configurable",
     .choices = config_key_names,
     .doc = "Keys of `config` that clients may set (`callbacks` is taken and passed over). "
            "Others are ignored."},
    {.name = "endpoints",
     .also = "enabled_endpoints",
     .type = OPTION_STRING_LIST,
     .offset = ROUTE(endpoints),
     .choices = endpoint_switches,
     .doc = "Endpoints that are on, by LangServe's names; `config_hashes` are the variants below "
            "`/c/{config_hash}`. All when absent. Not with `as: rest`."},
    {.name = "disabled_endpoints",
     .type = OPTION_STRING_LIST,
     .offset = ROUTE(disabled_endpoints),
     .choices = endpoint_switches,
     .doc = "Endpoints that are off; not beside `endpoints`."},
    {.name = "require",
     .also = "dependencies",
     .type = OPTION_NODE,
     .offset = ROUTE(require),
     .schema = "{\"$ref\":\"#/$defs/require\"}",
     .doc = "What every request must send: `{headers: {x-token: {equals: \"${TOKEN}\"}}}`. "
            "Without it: 422; with another value: the rule's status."},
    {.name = "auth",
     .type = OPTION_NODE,
     .offset = ROUTE(auth),
     .schema = "{\"anyOf\":[{\"const\":\"none\"},{\"$ref\":\"#/$defs/auth\"}]}",
     .doc = "`none`: the route is open. A mapping: it stands in the place of the app's "
            "[auth](#auth). The app's when absent."},
    {.name = "config_from",
     .also = "per_req_config_modifier",
     .type = OPTION_NODE,
     .offset = ROUTE(config_from),
     .schema = "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":"
               "\"#/$defs/config_from\"}}",
     .doc = "Headers, cookies and callers that set keys of a run's config, over what the client "
            "says there: `configurable.user_id: {cookie: user_id}`."},
    {.name = "guard",
     .type = OPTION_NODE,
     .offset = ROUTE(guard),
     .schema = "{\"oneOf\":[{\"enum\":[\"reject\",\"strip\",\"neutralise\",\"flag\"]},"
               "{\"$ref\":\"#/$defs/guard\"}]}",
     .doc = "What becomes of inputs that look like prompt injection, before anything runs: an "
            "action, or a mapping of [options](#guard-1); [guard.md](guard.md) says more."},
    {.name = "deny",
     .type = OPTION_NODE,
     .offset = ROUTE(deny),
     .schema = "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/deny\"}}",
     .doc = "Who sends one of these runs nothing: `[{header: x-deny, status: 403}]`."},
    {.name = "events_version",
     .also = "astream_events_version",
     .type = OPTION_ENUM,
     .offset = ROUTE(events_version),
     .fallback = "v2",
     .choices = events_versions,
     .doc = "The version of LangChain's events that /stream_events gives: `v2` or `v1`."},
    {.name = "stream_names",
     .also = "stream_log_name_allow_list",
     .type = OPTION_STRING_LIST,
     .offset = ROUTE(stream_names),
     .doc = "Names of the steps that /stream_log and /stream_events may tell of, besides the "
            "route itself; all when absent."},
    {.name = "stream_value_limit",
     .type = OPTION_SIZE,
     .offset = ROUTE(stream_value_limit),
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .doc = "The most bytes that /stream_log and /stream_events show of one value of a step "
            "inside the route; a longer one becomes `{\"omitted_bytes\": N}`. 0: no limit."},
    {.name = "callback_events",
     .also = "include_callback_events",
     .type = OPTION_BOOL,
     .offset = ROUTE(callback_events),
     .fallback = "false",
     .doc = "Whether the answers of /invoke and /batch tell of the run's steps, for the callbacks "
            "of LangServe's client. Inputs and outputs of all steps reach the client."},
    {.name = "feedback",
     .also = "enable_feedback_endpoint",
     .type = OPTION_BOOL,
     .offset = ROUTE(feedback),
     .fallback = "false",
     .doc = "Whether `POST /feedback` takes feedback on any run."},
    {.name = "feedback_keys",
     .also = "token_feedback_config",
     .type = OPTION_STRING_LIST,
     .offset = ROUTE(feedback_keys),
     .doc = "Answers come with a token for each of these keys, with which `POST /token_feedback` "
            "takes feedback on that run and key alone."},
    {.name = "feedback_lifetime",
     .type = OPTION_DURATION,
     .offset = ROUTE(feedback_lifetime),
     .fallback = "3h",
     .min = 1000,
     .max = 2592e6,
     .doc = "How long a feedback token is good."},
    {.name = "feedback_store",
     .type = OPTION_ENUM,
     .offset = ROUTE(feedback_store),
     .fallback = "auto",
     .choices = feedback_stores,
     .doc = "Where feedback goes: `local` is the store, `langsmith` LangSmith, without whose "
            "tracing it is refused as LangServe does; `auto` is LangSmith where its tracing is "
            "on, else the store."},
    {.name = "public_trace_link",
     .also = "enable_public_trace_link_endpoint",
     .type = OPTION_BOOL,
     .offset = ROUTE(public_trace_link),
     .fallback = "false",
     .doc = "Whether `PUT /public_trace_link` makes a run's trace in LangSmith public for whoever "
            "knows its id."},
    {.name = "playground_type",
     .type = OPTION_ENUM,
     .offset = ROUTE(playground_type),
     .fallback = "default",
     .choices = playground_types,
     .doc = "The page at /playground/: `default`, or `chat` for routes that take and give "
            "messages."},
    {.name = "resumable",
     .type = OPTION_NODE,
     .offset = ROUTE(resumable),
     .schema = "{\"oneOf\":[{\"type\":\"boolean\"},{\"$ref\":\"#/$defs/resumable\"}]}",
     .doc = "Whether a client that lost a stream may have the rest of it: `true`, or a mapping of "
            "[limits](#resumable). Not with `as: rest`."},
    {.name = "cache",
     .type = OPTION_NODE,
     .offset = ROUTE(cache),
     .schema = "{\"$ref\":\"#/$defs/cache\"}",
     .doc = "Keeps the results of the whole route, as the modifier [`cache`](#cache) does of a "
            "step."},
    {.name = "limit",
     .also = "rate_limit",
     .type = OPTION_STRING,
     .offset = ROUTE(limits.limit),
     .doc = "How many requests one client may send to the route: `10/minute`. Further requests get "
            "429."},
    {.name = "limits",
     .type = OPTION_NODE,
     .offset = ROUTE(limits.limits),
     .schema = "{\"type\":\"array\",\"items\":{\"$ref\":\"#/$defs/limit\"}}",
     .doc = "[Limits](#limit) of requests, all of which hold: "
            "`[{rate: 1000/day, by: key}]`; [limits.md](limits.md) says more."},
    CONCURRENCY_OPTIONS(ROUTE(concurrency), "requests that run the chain"),
    {.name = "as",
     .type = OPTION_ENUM,
     .offset = ROUTE(style),
     .fallback = "langserve",
     .choices = styles,
     .doc = "`langserve`: the endpoints of LangServe below the path. `rest`: one endpoint on the "
            "path itself, whose body is the input and whose answer is the output."},
    {.name = "method",
     .type = OPTION_ENUM,
     .offset = ROUTE(method),
     .fallback = "POST",
     .choices = methods,
     .doc = "The method of a `rest` route. With GET the input is an object of the query's "
            "parameters."},
    {.name = "errors",
     .type = OPTION_ENUM,
     .offset = ROUTE(errors),
     .choices = error_shape_names,
     .doc = "The shape of error bodies; the server's when absent."},
    {.name = "upstream_errors",
     .type = OPTION_ENUM,
     .offset = ROUTE(upstream_errors),
     .choices = upstream_error_names,
     .doc = "`hide` or `tell`; the server's when absent."},
    {.name = NULL},
};

const char route_rule[] =
    "{\"allOf\":[{\"if\":{\"required\":[\"method\"]},\"then\":{\"required\":[\"as\"],"
    "\"properties\":{\"as\":{\"not\":{\"const\":\"langserve\"}}}}},"
    "{\"if\":{\"anyOf\":[{\"required\":[\"endpoints\"]},{\"required\":"
    "[\"disabled_endpoints\"]},{\"required\":[\"resumable\"]}]},\"then\":{\"properties\":{\"as\":{"
    "\"not\":"
    "{\"const\":\"rest\"}}}}}]}";

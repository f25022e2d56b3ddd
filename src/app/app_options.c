/* The tables of the sections of a file that are not runnables. */
#include "app/app.h"
#include "app/route.h"

#define INFO(member) offsetof(struct app_info, member)
#define SERVER(member) offsetof(struct server_options, member)
#define UPSTREAM(member) offsetof(struct upstream_options, member)
#define ROUTE(member) offsetof(struct route_options, member)

static const char *const error_shapes[] = {"langserve", "json", "problem", NULL};
static const char *const upstream_errors[] = {"hide", "tell", NULL};
static const char *const log_formats[] = {"auto", "json", "text", NULL};
static const char *const log_levels[] = {"debug", "info", "warning", "error", NULL};
static const char *const styles[] = {"langserve", "rest", NULL};
static const char *const methods[] = {"POST", "GET", NULL};

const struct option app_options[] = {
    {.name = "title", .type = OPTION_STRING, .offset = INFO(title), .fallback = "langserved",
     .doc = "The API's title."},
    {.name = "version", .type = OPTION_STRING, .offset = INFO(version), .fallback = "1.0",
     .doc = "The API's version."},
    {.name = "description", .type = OPTION_STRING, .offset = INFO(description),
     .doc = "A paragraph for the index and the API's documentation."},
    {.name = NULL},
};

const struct option server_options[] = {
    {.name = "host", .type = OPTION_STRING, .offset = SERVER(host), .fallback = "127.0.0.1",
     .doc = "Name or address to listen on, or `unix:PATH`. `--host` goes before it."},
    {.name = "port", .type = OPTION_INT, .offset = SERVER(port), .fallback = "8000", .min = 0,
     .max = 65535,
     .doc = "TCP port; 0 lets the system choose. `--port` goes before it."},
    {.name = "socket", .type = OPTION_STRING, .offset = SERVER(socket),
     .doc = "Path of a Unix socket to listen on besides."},
    {.name = "workers", .type = OPTION_STRING, .offset = SERVER(workers), .fallback = "auto",
     .doc = "Worker processes: a number, or `auto` for one per processor. `--workers` goes "
            "before it."},
    {.name = "index", .type = OPTION_BOOL, .offset = SERVER(index), .fallback = "true",
     .doc = "Whether `GET /` lists the routes."},
    {.name = "errors", .type = OPTION_ENUM, .offset = SERVER(errors), .fallback = "langserve",
     .choices = error_shapes,
     .doc = "The shape of error bodies: as LangServe's, `{\"error\": {code, message, "
            "request_id}}`, or RFC 9457 problems. A route may choose its own."},
    {.name = "upstream_errors", .type = OPTION_ENUM, .offset = SERVER(upstream_errors),
     .fallback = "hide", .choices = upstream_errors,
     .doc = "Whether a client sees a model provider's failure as a plain 500 (`hide`, as "
            "LangServe does) or with its own status (`tell`): 429 for a rate limit, 504 for a "
            "timeout, 400 for a too long input, 502 for the rest."},
    {.name = "log_format", .type = OPTION_ENUM, .offset = SERVER(log_format), .fallback = "auto",
     .choices = log_formats,
     .doc = "Log lines as JSON or as text; `auto` is text on a terminal."},
    {.name = "log_level", .type = OPTION_ENUM, .offset = SERVER(log_level), .fallback = "info",
     .choices = log_levels,
     .doc = "The lowest level that is logged. Requests are logged at `info`."},
    {.name = "max_body", .type = OPTION_SIZE, .offset = SERVER(max_body), .fallback = "10MB",
     .min = 1, .max = 1 << 30,
     .doc = "Largest request body; larger ones get 413."},
    {.name = "max_headers", .type = OPTION_SIZE, .offset = SERVER(max_headers),
     .fallback = "32KB", .min = 256, .max = 1 << 20,
     .doc = "Largest sum of request headers; larger ones get 431."},
    {.name = "max_url", .type = OPTION_SIZE, .offset = SERVER(max_url), .fallback = "8KB",
     .min = 64, .max = 1 << 20,
     .doc = "Longest request target; longer ones get 414."},
    {.name = "header_timeout", .type = OPTION_DURATION, .offset = SERVER(header_timeout),
     .fallback = "10s", .min = 1, .max = 36e5,
     .doc = "Time to send the headers; slower clients get 408."},
    {.name = "body_timeout", .type = OPTION_DURATION, .offset = SERVER(body_timeout),
     .fallback = "30s", .min = 1, .max = 36e5,
     .doc = "Time to send the body; slower clients get 408."},
    {.name = "idle_timeout", .type = OPTION_DURATION, .offset = SERVER(idle_timeout),
     .fallback = "75s", .min = 1, .max = 36e5,
     .doc = "How long a connection may be idle between requests; then it is closed."},
    {.name = "write_timeout", .type = OPTION_DURATION, .offset = SERVER(write_timeout),
     .fallback = "60s", .min = 1, .max = 36e5,
     .doc = "How long a client may take nothing of its answer; then it is closed."},
    {.name = "max_connections", .type = OPTION_INT, .offset = SERVER(max_connections),
     .fallback = "10000", .min = 1, .max = 1e6,
     .doc = "Connections of one worker; further ones wait to be accepted."},
    {.name = "drain_timeout", .type = OPTION_DURATION, .offset = SERVER(drain_timeout),
     .fallback = "30s", .min = 1, .max = 36e5,
     .doc = "How long running requests may take to end after SIGTERM; then they are cut off."},
    {.name = "upstream", .type = OPTION_NODE, .offset = SERVER(upstream),
     .schema = "{\"$ref\":\"#/$defs/upstream\"}",
     .doc = "Connections to model providers: see [upstream](#upstream)."},
    {.name = NULL},
};

const struct option upstream_options[] = {
    {.name = "max_connections", .type = OPTION_INT, .offset = UPSTREAM(max_connections),
     .fallback = "100", .min = 1, .max = 1e5,
     .doc = "Connections of one worker to all providers; further requests wait."},
    {.name = "max_idle", .type = OPTION_INT, .offset = UPSTREAM(max_idle), .fallback = "20",
     .min = 0, .max = 1e5,
     .doc = "Idle connections kept alive."},
    {.name = NULL},
};

const struct option route_options[] = {
    {.name = "chain", .type = OPTION_NODE, .offset = ROUTE(chain), .required = true,
     .schema = "{\"$ref\":\"#/$defs/expression\"}",
     .doc = "What the route runs: any expression."},
    {.name = "input", .type = OPTION_JSON, .offset = ROUTE(input),
     .schema = "{\"type\":\"object\"}",
     .doc = "JSON Schema of the input, instead of the chain's: checks requests, fills defaults, "
            "draws the playground's form; `{}` takes anything."},
    {.name = "output", .type = OPTION_JSON, .offset = ROUTE(output),
     .schema = "{\"type\":\"object\"}",
     .doc = "JSON Schema of the output, instead of the chain's; an output that does not fit is a "
            "500."},
    {.name = "config_keys", .type = OPTION_STRING_LIST, .offset = ROUTE(config_keys),
     .fallback = "configurable",
     .doc = "Keys of `config` that clients may set: `configurable`, `tags`, `metadata`, "
            "`max_concurrency`, `recursion_limit`, `run_id`. Others are ignored."},
    {.name = "endpoints", .type = OPTION_STRING_LIST, .offset = ROUTE(endpoints),
     .doc = "Endpoints that are on; all when absent."},
    {.name = "as", .type = OPTION_ENUM, .offset = ROUTE(style), .fallback = "langserve",
     .choices = styles,
     .doc = "`langserve`: the endpoints of LangServe below the path. `rest`: one endpoint on the "
            "path itself, whose body is the input and whose answer is the output."},
    {.name = "method", .type = OPTION_ENUM, .offset = ROUTE(method), .fallback = "POST",
     .choices = methods,
     .doc = "The method of a `rest` route. With GET the input is an object of the query's "
            "parameters."},
    {.name = "errors", .type = OPTION_ENUM, .offset = ROUTE(errors), .choices = error_shapes,
     .doc = "The shape of error bodies; the server's when absent."},
    {.name = "upstream_errors", .type = OPTION_ENUM, .offset = ROUTE(upstream_errors),
     .choices = upstream_errors,
     .doc = "`hide` or `tell`; the server's when absent."},
    {.name = NULL},
};

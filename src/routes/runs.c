/* GET /runs/{run_id}/events and POST /runs/{run_id}/cancel, of routes whose streams can be
 * resumed. */
#include "routes/runs.h"

#include <stdlib.h>
#include <string.h>

#include "routes/answers.h"
#include "routes/kept_run.h"
#include "routes/query.h"
#include "routes/relay.h"
#include "routes/reply.h"

void runs_reply_unknown(struct http_exchange *exchange, enum error_shape shape)
{
    reply_sentence(exchange, shape, LS_NOT_FOUND, 404,
                   "No such run: it is unknown, is kept no longer, or ended with its worker");
}

/* The run, if this worker keeps it, `endpoint` (NULL: any) of the route began it, and it is the
 * caller's.  NULL: the request is answered, or will be by another worker. */
static struct kept_run *find(struct service *service, const struct route *route,
                             endpoint_fn *endpoint, struct http_exchange *exchange,
                             const struct uuid *id)
{
    struct kept_run *kept = kept_runs_find(service->kept, id);
    if (kept && kept_run_is_of(kept, route, endpoint) &&
        kept_run_is_for(kept, http_request(exchange)))
        return kept;
    if (kept || !relay_request(service->relays, route, exchange, id))
        runs_reply_unknown(exchange, route->errors);
    return NULL;
}

/* Answers with the events from number `from` on. */
static void follow(struct kept_run *kept, const struct route *route, struct http_exchange *exchange,
                   uint64_t from)
{
    switch (kept_run_part(kept, from)) {
    case PART_END:
    case PART_THERE: kept_run_follow(kept, exchange, from); break;
    case PART_NONE: http_respond(exchange, 204, NULL, "", 0); break;
    case PART_DROPPED:
        reply_sentence(exchange, route->errors, LS_TOO_LATE, err_status(LS_TOO_LATE),
                       ls_strerror(LS_TOO_LATE));
        break;
    case PART_UNTOLD:
        reply_sentence(exchange, route->errors, LS_NOT_FOUND, 404, "No such event");
        break;
    }
}

/* Reads the id at the beginning of a text. */
static bool read_run(struct uuid *run, const char *text)
{
    char id[UUID_LEN + 1];
    size_t len = strnlen(text, UUID_LEN);
    memcpy(id, text, len);
    id[len] = '\0';
    return uuid_parse(run, id);
}

/* Takes the id of an event apart. */
static bool read_id(const char *text, struct uuid *run, uint64_t *number)
{
    if (strlen(text) < UUID_LEN + 2 || !read_run(run, text) || text[UUID_LEN] != ':')
        return false;
    const char *digits = text + UUID_LEN + 1;
    size_t len = strspn(digits, "0123456789");
    if (len == 0 || len > 18 || digits[len] != '\0')
        return false;
    *number = strtoull(digits, NULL, 10);
    return true;
}

bool runs_resume(struct service *service, const struct route *route, endpoint_fn *endpoint,
                 struct http_exchange *exchange)
{
    struct uuid id;
    uint64_t number;
    const char *last =
        route->resumable.on ? http_request_header(http_request(exchange), "last-event-id") : NULL;
    if (!last || !*last)
        return false;
    if (!read_id(last, &id, &number)) {
        runs_reply_unknown(exchange, route->errors);
        return true;
    }
    struct kept_run *kept = find(service, route, endpoint, exchange, &id);
    if (kept)
        follow(kept, route, exchange, number + 1);
    return true;
}

/* The id in ".../runs/{run_id}/events"; false, and answered, when it is none. */
static bool read_path(const struct route *route, struct http_exchange *exchange, struct uuid *id)
{
    const struct http_request *request = http_request(exchange);
    size_t tail = UUID_LEN + RUN_NAME_END;
    if (request->path_len > tail && read_run(id, request->path + request->path_len - tail))
        return true;
    runs_reply_unknown(exchange, route->errors);
    return false;
}

/* Reads which event the client has got last, of the header or else of the query: *from is the one
 * behind it; the first when it names none.  False: it is none of the run's. */
static bool read_from(struct http_exchange *exchange, const struct uuid *id, uint64_t *from)
{
    const struct http_request *request = http_request(exchange);
    json_auto_t *query = query_object(request->query);
    const char *last = http_request_header(request, "last-event-id");
    struct uuid run;
    if (!last || !*last)
        last = json_string_value(json_object_get(query, "last_event_id"));
    *from = 0;
    if (!last || !*last)
        return true;
    if (!read_id(last, &run, from) || memcmp(&run, id, sizeof run) != 0)
        return false;
    ++*from;
    return true;
}

void answer_run_events(struct service *service, const struct route *route,
                       struct http_exchange *exchange)
{
    struct uuid id;
    uint64_t from;
    if (!read_path(route, exchange, &id))
        return;
    if (!read_from(exchange, &id, &from)) {
        runs_reply_unknown(exchange, route->errors);
        return;
    }
    struct kept_run *kept = find(service, route, NULL, exchange, &id);
    if (!kept)
        return;
    /* The `end` event has no data, so an EventSource does not see it and would ask for it again and
     * again: 204 is what makes it stop. */
    if (kept_run_part(kept, from) == PART_END)
        http_respond(exchange, 204, NULL, "", 0);
    else
        follow(kept, route, exchange, from);
}

void answer_run_cancel(struct service *service, const struct route *route,
                       struct http_exchange *exchange)
{
    struct uuid id;
    char text[UUID_LEN + 1];
    struct kept_run *kept =
        read_path(route, exchange, &id) ? find(service, route, NULL, exchange, &id) : NULL;
    if (!kept)
        return;
    uuid_format(text, &id);
    json_auto_t *answer = json_pack("{s:s,s:s}", "run_id", text, "status",
                                    kept_run_cancel(kept) ? "cancelled" : "ended");
    reply_json(exchange, answer);
}

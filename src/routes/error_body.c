#include "routes/error_body.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"

static const char type_json[] = "application/json";
static const char type_problem[] = "application/problem+json";

enum error_shape error_shape_for(const struct http_request *request, enum error_shape shape)
{
    const char *accepted = http_request_header(request, "accept");
    while (accepted && *accepted) {
        accepted += strspn(accepted, " \t,");
        size_t len = strcspn(accepted, "; \t,");
        if (len == sizeof type_problem - 1 && strncasecmp(accepted, type_problem, len) == 0)
            return ERRORS_PROBLEM;
        accepted += strcspn(accepted, ",");
    }
    return shape;
}

json_t *error_body_code(enum ls_err err, int status)
{
    char word[64];
    size_t len = 0;
    if (err_status(err) == status)
        return json_string(err_code(err));
    if (status == 500)
        return json_string(err_code(LS_INTERNAL));
    for (const char *c = http_reason(status); *c && len + 1 < sizeof word; c++)
        word[len++] = (char)(isalpha((unsigned char)*c) ? tolower((unsigned char)*c) : '_');
    return len > 0 ? json_stringn(word, len) : json_sprintf("http_%d", status);
}

/* The status in words. */
static const char *title_of(const struct error_said *said)
{
    const char *reason = http_reason(said->status);
    return *reason ? reason : "Error";
}

/* The error in a few words: of a rate limit its own, as limiters of FastAPI apps say it. */
static const char *error_of(const struct error_said *said)
{
    return said->err == LS_RATE_LIMITED ? said->sentence : title_of(said);
}

/* What is said beyond the title; a failure that is not told says where to find it. */
static const char *detail_of(const struct error_said *said)
{
    return said->status == 500 && strcmp(said->sentence, title_of(said)) == 0
               ? "The server's log has the cause, under the request's id"
               : said->sentence;
}

/* {"error","detail","code","request_id"} */
static json_t *json_shape(const struct error_said *said)
{
    json_t *detail = said->detail ? json_incref(said->detail) : json_string(detail_of(said));
    return json_pack("{s:s,s:o,s:o,s:s}", "error", error_of(said), "detail", detail, "code",
                     error_body_code(said->err, said->status), "request_id", said->request_id);
}

/* RFC 9457 */
static json_t *problem_shape(const struct error_said *said)
{
    return json_pack("{s:s,s:s,s:i,s:s,s:s,s:o,s:O*}", "type", "about:blank", "title",
                     title_of(said), "status", said->status, "detail", detail_of(said), "instance",
                     said->request_id, "code", error_body_code(said->err, said->status), "errors",
                     said->detail);
}

static json_t *langserve_shape(const struct error_said *said)
{
    const char *key = said->err == LS_RATE_LIMITED ? "error" : "detail";
    return said->detail ? json_pack("{s:O}", key, said->detail)
                        : json_pack("{s:s}", key, said->sentence);
}

const char *error_body_print(struct buf *out, const struct error_said *said)
{
    static json_t *(*const shapes[])(const struct error_said *) = {
        [ERRORS_LANGSERVE] = langserve_shape,
        [ERRORS_JSON] = json_shape,
        [ERRORS_PROBLEM] = problem_shape,
    };
    json_auto_t *body = shapes[said->shape](said);
    if (json_print(out, body, JSON_WIRE) != LS_OK) {
        buf_reset(out);
        (void)buf_add_str(out, "{}");
    }
    return said->shape == ERRORS_PROBLEM ? type_problem : type_json;
}

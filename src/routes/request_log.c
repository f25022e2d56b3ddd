#include "routes/request_log.h"

#include <string.h>

#include "base/log.h"
#include "base/money.h"
#include "gates/api_key.h"
#include "observe/secret_path.h"

struct request_note *request_note_new(struct http_exchange *exchange,
                                      const struct path_entry *entry)
{
    struct request_note *note = arena_zalloc(http_arena(exchange), sizeof *note);
    note->entry = entry;
    http_set_mark(exchange, note);
    return note;
}

void request_note_run(const struct http_exchange *exchange, const struct run *run)
{
    struct request_note *note = http_mark(exchange);
    if (note && note->runs++ == 0)
        uuid_format(note->run_id, &run->id);
}

void request_note_ended(const struct http_exchange *exchange, const struct run *run)
{
    struct request_note *note = http_mark(exchange);
    if (note)
        tally_add(&note->took, &run->tally);
}

/* Whether the target was read: of a request that was refused before, the path is "/". */
static bool is_read(const struct http_request *request)
{
    return request->path_len > 1 || strlen(request->target) < 2 || request->target[1] == '?';
}

/* Adds a path without what stands where config hashes do. */
static void add_without_hashes(struct buf *space, const char *path, size_t len)
{
    static const char before[] = "/c/";
    const char *end = path + len, *hash;
    while ((hash = memmem(path, (size_t)(end - path), before, sizeof before - 1))) {
        hash += sizeof before - 1;
        buf_add(space, path, (size_t)(hash - path));
        buf_add_str(space, "{config_hash}");
        path = memchr(hash, '/', (size_t)(end - hash));
        path = path ? path : end;
    }
    buf_add(space, path, (size_t)(end - path));
}

/* Whether the query stays out: for there are no inputs in the log, or it may be a secret. */
static bool hides_query(const struct http_request *request)
{
    const char *query = strchr(request->target, '?');
    return query && (log_hides_inputs() || strstr(request->path, "/token_feedback") ||
                     secret_query(query + 1));
}

/* Whether a target may begin with a name and a password, as URLs do. */
static bool has_password(const char *target)
{
    return *target != '/' && strchr(target, '@');
}

/* A path as it was sent; without a config hash, for that holds what was configured, and without a
 * query that is to be hidden.  What nobody has read is told as far as it hides nothing. */
static struct log_field shown_path(const struct http_request *request,
                                   const struct path_entry *entry, struct buf *space)
{
    const char *target = request->target, *path = request->path;
    if (entry && secret_path(entry->template))
        return log_str("path", entry->template);
    if (has_password(target))
        return log_str("path", "");
    if (is_read(request) && (entry || !strstr(path, "/c/")))
        return log_strn("path", target, strcspn(target, hides_query(request) ? "?" : ""));
    if (is_read(request))
        add_without_hashes(space, path, strlen(path));
    else
        add_without_hashes(space, target, strcspn(target, "?%"));
    return log_strn("path", buf_str(space), space->len);
}

static struct log_field count(const char *name, int64_t number)
{
    return number > 0 ? log_int(name, number) : log_str(name, NULL);
}

void request_log(const struct http_record *record, const struct request_note *note,
                 const char *client, bool relayed)
{
    static const char *const uses[] = {NULL, "hit", "miss"};
    static const struct request_note none;
    enum log_level level = relayed ? LOG_DEBUG : LOG_INFO;
    if (!log_wants(level))
        return;
    const struct http_request *request = record->request;
    char cost[MONEY_SIZE] = "";
    struct buf space;
    note = note ? note : &none;
    buf_init(&space, 64 << 10);
    if (note->took.priced)
        money_print(cost, note->took.cost);
    const struct log_field fields[] = {
        log_str("method", request->method),
        shown_path(request, note->entry, &space),
        log_str("route", note->entry ? note->entry->template : NULL),
        log_int("status", record->status),
        log_int("bytes", (int64_t)record->sent),
        log_thousandths("ms", record->took_us),
        log_str("client", client),
        log_str("caller", request->caller ? request->caller->name : NULL),
        log_str("request_id", request->id),
        log_str("run_id", note->runs > 0 ? note->run_id : NULL),
        count("runs", note->runs > 1 ? note->runs : 0),
        log_str("trace_id", *request->trace.trace_id ? request->trace.trace_id : NULL),
        count("input_tokens", note->took.input_tokens),
        count("output_tokens", note->took.output_tokens),
        log_decimal("cost", note->took.priced ? cost : NULL),
        log_str("aborted", record->aborted ? "yes" : NULL),
        log_str("cache", uses[note->took.cache]),
        log_str("note", record->note),
    };
    log_fields(level, "request", fields, sizeof fields / sizeof fields[0]);
    buf_fini(&space);
}

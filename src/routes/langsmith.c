#include "routes/langsmith.h"

#include "base/json.h"
#include "loop/fetch.h"

enum { MAX_ANSWER = 1 << 20 };

struct langsmith_call {
    struct fetch *fetch; /* NULL once it has ended */
    langsmith_fn *fn;
    void *owner;
    int status;
    struct buf answer;
};

static void on_head(void *owner, struct fetch *fetch, int status)
{
    struct langsmith_call *call = owner;
    (void)fetch;
    call->status = status;
}

static bool on_data(void *owner, struct fetch *fetch, const char *data, size_t len)
{
    struct langsmith_call *call = owner;
    (void)fetch;
    (void)buf_add(&call->answer, data, len);
    return true;
}

static void on_done(void *owner, const struct fetch_result *result)
{
    struct langsmith_call *call = owner;
    json_auto_t *answer = NULL;
    call->fetch = NULL;
    if (result->err) {
        call->fn(call->owner, 0, NULL, result->message);
        return;
    }
    if (json_read(&answer, buf_str(&call->answer), call->answer.len, NULL) != LS_OK)
        answer = NULL;
    call->fn(call->owner, call->status, answer, "LangSmith refuses");
}

static const struct fetch_events events = {on_head, on_data, on_done};

static void drop_answer(void *ptr)
{
    buf_fini(ptr);
}

struct langsmith_call *langsmith_ask(struct service *service, struct arena *arena,
                                     const char *method, const char *path, const json_t *body,
                                     langsmith_fn *fn, void *owner)
{
    const struct langsmith *langsmith = service->site->langsmith;
    struct langsmith_call *call = arena_zalloc(arena, sizeof *call);
    const char *headers[] = {"Content-Type: application/json", "Accept: application/json",
                             langsmith->key ? arena_printf(arena, "x-api-key: %s", langsmith->key)
                                            : NULL,
                             NULL};
    struct buf text;
    *call = (struct langsmith_call){.fn = fn, .owner = owner};
    buf_init(&call->answer, MAX_ANSWER);
    arena_defer(arena, drop_answer, &call->answer);
    buf_init(&text, 64 << 20);
    (void)json_print(&text, body, JSON_WIRE);
    const struct fetch_request request = {
        .method = method,
        .url = arena_printf(arena, "%s%s", langsmith->url, path),
        .headers = headers,
        .body = buf_str(&text),
        .body_len = text.len,
        .timeouts = {.connect = 5000, .total = 20000},
    };
    call->fetch = fetch_start(service->resources->pool, &request, &events, call);
    buf_fini(&text);
    return call;
}

void langsmith_stop(struct langsmith_call *call)
{
    if (call->fetch)
        fetch_stop(call->fetch);
    call->fetch = NULL;
}

/* Design: a take stands between a transfer and its owner.  It hands on what it hears and keeps a
 * copy, which becomes one line when the exchange is over: because the transfer ended, or because
 * the owner had heard all it wanted.  What the owner gave up (its client left) is no line. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "models/scribe.h"
#include "models/tape_line.h"
#include "run/run.h"

enum { MAX_BODY = 64 << 20 };

/* The headers that an answer's reader may look at. */
static const char *const headers[] = {"content-type", "retry-after", "retry-after-ms"};

struct take {
    struct take_request request;
    const struct fetch_events *events;
    void *owner;
    struct loop *loop;
    const struct run_services *services;
    int64_t since; /* the loop's time when the request was sent */
    json_t *asked; /* the request's body */
    struct buf head, body;
    struct fetch_piece *pieces;
    size_t room;
    struct fetch_known answer; /* its texts are in the buffers until it is printed */
    bool over;
};

static int64_t elapsed(const struct take *take)
{
    return loop_now(take->loop) - take->since;
}

/* ---- the line ---- */

static void hide(struct buf *text, const char *secret)
{
    if (secret && strlen(secret) >= TEXT_LEAST_SECRET)
        text_hide(text->data, text->len, secret);
}

static void print(struct take *take)
{
    struct fetch_known *answer = &take->answer;
    struct buf line;
    hide(&take->head, take->request.secret);
    hide(&take->body, take->request.secret);
    answer->head = buf_str(&take->head);
    answer->head_len = take->head.len;
    answer->body = buf_str(&take->body);
    answer->pieces = take->pieces;
    buf_init(&line, TAPE_MAX_LINE);
    if (take->head.full || take->body.full ||
        tape_line_print(&line, take->request.path, take->asked, answer) != LS_OK)
        log_event(LOG_WARNING, "record_failed", "%s: an answer is too long",
                  tape_path(take->request.tape));
    else
        scribe_append(take->services->scribe, take->request.tape, buf_str(&line), line.len);
    buf_fini(&line);
}

static void end(struct take *take, enum ls_err err, const char *message)
{
    if (take->over)
        return;
    take->over = true;
    take->answer.end_ms = elapsed(take);
    take->answer.err = err;
    take->answer.message = message;
    print(take);
}

void take_end(struct take *take)
{
    if (take && take->answer.status > 0)
        end(take, LS_OK, "");
}

void take_drop(struct take *take)
{
    if (take)
        take->over = true;
}

/* ---- what the transfer brings ---- */

static void on_head(void *owner, struct fetch *fetch, int status)
{
    struct take *take = owner;
    take->answer.status = status;
    take->answer.head_ms = elapsed(take);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        const char *value = fetch_header(fetch, headers[i]);
        if (value && text_is_utf8(value, strlen(value)) &&
            buf_printf(&take->head, "%s: %s", headers[i], value) == LS_OK)
            (void)buf_add_char(&take->head, '\0');
    }
    take->events->on_head(take->owner, fetch, status);
}

static bool on_data(void *owner, struct fetch *fetch, const char *data, size_t len)
{
    struct take *take = owner;
    struct fetch_known *answer = &take->answer;
    if (take->body.full)
        return take->events->on_data(take->owner, fetch, data, len);
    if (answer->count == take->room) {
        take->room = take->room ? take->room * 2 : 64;
        take->pieces = mem_resize(take->pieces, take->room, sizeof *take->pieces);
    }
    (void)buf_add(&take->body, data, len);
    take->pieces[answer->count++] = (struct fetch_piece){elapsed(take), take->body.len};
    return take->events->on_data(take->owner, fetch, data, len);
}

static void on_done(void *owner, const struct fetch_result *result)
{
    struct take *take = owner;
    end(take, result->err, result->message);
    take->events->on_done(take->owner, result);
}

static const struct fetch_events take_events = {on_head, on_data, on_done};

static void drop(void *ptr)
{
    struct take *take = ptr;
    buf_fini(&take->head);
    buf_fini(&take->body);
    free(take->pieces);
    json_decref(take->asked);
}

struct fetch *take_start(struct take **out, const struct take_request *request, struct scope *scope,
                         const struct fetch_request *sent, const struct fetch_events *events,
                         void *owner)
{
    struct take *take = arena_zalloc(scope->arena, sizeof *take);
    take->request = *request;
    take->events = events;
    take->owner = owner;
    take->loop = scope_loop(scope);
    take->services = scope->run->services;
    take->since = loop_now(take->loop);
    buf_init(&take->head, MAX_BODY);
    buf_init(&take->body, MAX_BODY);
    take->over = json_read(&take->asked, sent->body, sent->body_len, NULL) != LS_OK;
    arena_defer(scope->arena, drop, take);
    *out = take;
    return fetch_start(take->services->pool, sent, &take_events, take);
}

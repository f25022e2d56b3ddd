#include "routes/follower.h"

#include <stdio.h>

#include "base/list.h"
#include "routes/sse_out.h"

/* Lives in the arena of its exchange. */
struct follower {
    struct hub_reader reader;
    struct http_exchange *exchange; /* NULL: over */
    struct sse_out out;
};

static enum flow on_event(struct hub_reader *reader, uint64_t number, const struct chunk *event)
{
    struct follower *follower = container_of(reader, struct follower, reader);
    (void)number;
    return sse_out_write(&follower->out, json_string_value(event->value),
                         json_string_length(event->value));
}

static size_t print_late(char *out, size_t size)
{
    return (size_t)snprintf(
        out, size, "event: error\r\ndata: {\"status_code\": %d, \"message\": \"%s\"}\r\n\r\n",
        err_status(LS_TOO_LATE), ls_strerror(LS_TOO_LATE));
}

/* The run's end is among its events; what only this reader must hear is that it was too slow. */
static void on_end(struct hub_reader *reader, const struct outcome *outcome)
{
    char late[160];
    struct follower *follower = container_of(reader, struct follower, reader);
    bool well = outcome->kind == OUTCOME_WELL;
    if (outcome->kind == OUTCOME_ERROR && outcome->err == LS_TOO_LATE)
        (void)sse_out_write(&follower->out, late, print_late(late, sizeof late));
    if (!well)
        http_note(follower->exchange, err_code(outcome->err));
    sse_out_end(&follower->out, well);
}

static const struct hub_reader_ops ops = {on_event, on_end};

static void on_gone(void *owner)
{
    struct follower *follower = owner;
    follower->exchange = NULL;
    sse_out_end(&follower->out, false);
    hub_leave(&follower->reader);
}

static void on_writable(void *owner)
{
    hub_resume(&((struct follower *)owner)->reader);
}

void follower_begin(struct loop *loop, struct hub *hub, struct http_exchange *exchange,
                    uint64_t from)
{
    struct follower *follower = arena_zalloc(http_arena(exchange), sizeof *follower);
    follower->exchange = exchange;
    http_set_gone(exchange, on_gone, follower);
    http_set_writable(exchange, on_writable, follower);
    sse_out_begin(&follower->out, loop, &follower->exchange);
    hub_read(hub, &follower->reader, &ops, from);
}

#include "routes/sse_out.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/list.h"

enum { PING_MS = 15000 };

/* ": ping - 2026-11-23 14:45:59.832000", as sse-starlette writes it. */
static void send_ping(struct sse_out *out)
{
    char now[25], line[64];
    clock_format_iso(now, clock_wall_us());
    int len = snprintf(line, sizeof line, ": ping - %.10s %.12s000\r\n\r\n", now, now + 11);
    (void)sse_out_write(out, line, (size_t)len);
}

/* The timer is not moved at each event: it fires, sees how long ago the last was, and waits for the
 * rest. */
static void on_ping(struct timer *timer)
{
    struct sse_out *out = container_of(timer, struct sse_out, ping);
    if (!*out->exchange)
        return;
    if (loop_now(timer->loop) - out->quiet_since >= PING_MS)
        send_ping(out);
    timer_start(timer, out->quiet_since + PING_MS - loop_now(timer->loop));
}

void sse_out_begin(struct sse_out *out, struct loop *loop, struct http_exchange **exchange)
{
    out->exchange = exchange;
    (void)http_add_header(*exchange, "cache-control", "no-cache");
    (void)http_add_header(*exchange, "x-accel-buffering", "no");
    http_stream_start(*exchange, 200, "text/event-stream; charset=utf-8");
    timer_init(&out->ping, loop, on_ping);
    timer_start(&out->ping, PING_MS);
    out->quiet_since = loop_now(loop);
}

enum flow sse_out_write(struct sse_out *out, const char *data, size_t len)
{
    if (!*out->exchange)
        return FLOW_STOP;
    out->quiet_since = loop_now(out->ping.loop);
    return http_stream_write(*out->exchange, data, len) ? FLOW_ON : FLOW_FULL;
}

void sse_out_end(struct sse_out *out, bool clean)
{
    struct http_exchange *exchange = *out->exchange;
    timer_stop(&out->ping);
    *out->exchange = NULL;
    if (exchange)
        http_stream_end(exchange, clean);
}

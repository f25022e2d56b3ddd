/* /health and /ready, with the bodies that the book's servers give. */
#include "base/buf.h"
#include "base/clock.h"
#include "routes/answers.h"
#include "routes/health.h"
#include "routes/reply.h"
#include "routes/service.h"

void answer_health(struct service *service, const struct route *route,
                   struct http_exchange *exchange)
{
    (void)service, (void)route;
    json_auto_t *body =
        json_pack("{s:s,s:f}", "status", "healthy", "timestamp", (double)clock_wall_us() / 1e6);
    (void)http_add_header(exchange, "cache-control", "no-store");
    reply_json(exchange, body);
}

void answer_ready(struct service *service, const struct route *route,
                  struct http_exchange *exchange)
{
    struct buf faults;
    (void)route;
    buf_init(&faults, 1 << 16);
    if (service->leaving)
        buf_add_str(&faults, "shutting down");
    else if (service->health)
        health_faults(service->health, &faults);
    bool ready = faults.len == 0;
    json_auto_t *body =
        ready ? json_pack("{s:s}", "status", "ready")
              : json_pack("{s:s,s:s}", "status", "not ready", "error", buf_str(&faults));
    buf_fini(&faults);
    (void)http_add_header(exchange, "cache-control", "no-store");
    if (ready)
        reply_json(exchange, body);
    else
        reply_json_status(exchange, 503, body);
}

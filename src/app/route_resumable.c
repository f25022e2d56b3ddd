#include "app/route_resumable.h"

struct limits {
    int64_t events, bytes, keep, grace;
    int on_disconnect;
};

#define LIMIT(member) offsetof(struct limits, member)

static const char *const on_disconnect[] = {"cancel", "continue", NULL};

const struct option resumable_options[] = {
    {.name = "events",
     .type = OPTION_INT,
     .offset = LIMIT(events),
     .fallback = "65536",
     .min = 2,
     .max = 1e7,
     .doc = "How many events of one run are kept. A run whose readers are all half of that behind "
            "waits for them."},
    {.name = "size",
     .type = OPTION_SIZE,
     .offset = LIMIT(bytes),
     .fallback = "8MB",
     .min = 1 << 10,
     .max = 1 << 30,
     .doc = "How many bytes of events of one run are kept: more than lies between the server and a "
            "slow client, where several megabytes may be on their way."},
    {.name = "keep",
     .type = OPTION_DURATION,
     .offset = LIMIT(keep),
     .fallback = "60s",
     .min = 0,
     .max = 864e5,
     .doc = "How long a run is kept after its end."},
    {.name = "on_disconnect",
     .type = OPTION_ENUM,
     .offset = LIMIT(on_disconnect),
     .fallback = "cancel",
     .choices = on_disconnect,
     .doc = "What becomes of a run that nobody reads: `cancel` ends it when the grace is over, "
            "`continue` lets it come to its end."},
    {.name = "grace",
     .type = OPTION_DURATION,
     .offset = LIMIT(grace),
     .fallback = "10s",
     .min = 0,
     .max = 36e5,
     .doc = "How long a run waits for a reader to come back before it is cancelled."},
    {.name = NULL},
};

struct resumption build_resumption(struct builder *builder, const struct node *node)
{
    struct limits limits = {0};
    bool is_map = node && node->kind == NODE_MAP;
    if (node && !is_map && node->kind != NODE_BOOL && node->kind != NODE_NULL)
        problems_error(builder->problems, node->place,
                       "resumable: expected true, false or a mapping, not %s",
                       node_kind_name(node->kind));
    options_read(resumable_options, is_map ? node : NULL, &limits, NULL, "resumable",
                 builder->arena, builder->problems);
    return (struct resumption){
        .on = is_map || (node && node->kind == NODE_BOOL && node->as.boolean),
        .events = (size_t)limits.events,
        .bytes = (size_t)limits.bytes,
        .keep = limits.keep,
        .grace = limits.grace,
        .goes_on = limits.on_disconnect == 1,
    };
}

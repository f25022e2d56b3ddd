#include "stages/cache_key.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "stages/config_spec.h"

enum { MAX_INPUT = 64 << 20 };

struct cache_reads {
    json_t *ids;                   /* of `configurable`; an object of nulls */
    json_t *by;                    /* likewise: those that a run must have */
    const struct runnable *reader; /* of all of the config, tags and metadata; NULL: of no more */
};

struct cache_reads *cache_reads_new(const struct runnable *bound, const char *const *by,
                                    size_t by_count)
{
    struct cache_reads *reads = mem_zalloc(1, sizeof *reads);
    struct config_specs specs;
    const char *id;
    json_t *spec;
    reads->ids = json_object();
    reads->reader = runnable_reads_config(bound) ? bound : NULL;
    config_specs_init(&specs);
    config_specs_of(bound, &specs);
    json_object_foreach(specs.by_id, id, spec)
        json_object_set_new(reads->ids, id, json_null());
    config_specs_fini(&specs);
    reads->by = json_object();
    for (size_t i = 0; i < by_count; i++)
        json_object_set_new(reads->by, by[i], json_null());
    return reads;
}

void cache_reads_add_specs(const struct cache_reads *reads, struct config_specs *specs)
{
    const char *id;
    json_t *null;
    json_object_foreach(reads->by, id, null) {
        const struct config_label label = {.id = id};
        if (!json_object_get(specs->by_id, id))
            config_specs_add(specs, id, config_spec_value(&label, json_object(), json_null()));
    }
}

void cache_reads_free(struct cache_reads *reads)
{
    json_decref(reads->ids);
    json_decref(reads->by);
    free(reads);
}

/* The values of `ids` that the run has, in the order of the ids; false when it lacks one. */
static bool add_values(json_t *values, json_t *ids, const struct call *call)
{
    const char *id;
    json_t *null;
    bool all = true;
    json_object_foreach(ids, id, null) {
        json_t *value = configurable_get(call, id);
        bool has = value && !json_is_null(value) &&
                   !(json_is_string(value) && json_string_length(value) == 0);
        all &= has;
        if (value)
            json_object_set(values, id, value);
    }
    return all;
}

/* What is read by name of `configurable` (new reference); NULL when the caller is not told. */
static json_t *read_values(const struct cache_reads *reads, const struct call *call)
{
    json_t *values = json_object();
    add_values(values, reads->ids, call);
    if (add_values(values, reads->by, call))
        return values;
    json_decref(values);
    return NULL;
}

static json_t *or_null(json_t *value)
{
    return value ? json_incref(value) : json_null();
}

bool cache_key(char out[DIGEST_HEX + 1], const char *identity, const struct cache_reads *reads,
               const struct call *call, const json_t *input)
{
    unsigned char digest[DIGEST_LEN];
    struct buf text;
    json_t *values = read_values(reads, call);
    if (!values)
        return false;
    json_auto_t *all = json_array();
    json_array_append_new(all, json_string(identity));
    json_array_append_new(all, values);
    json_array_append_new(all, or_null(call->kwargs));
    json_array_append_new(all, reads->reader ? call_config(call, reads->reader) : json_null());
    json_array_append_new(all, or_null((json_t *)input));
    buf_init(&text, MAX_INPUT);
    bool well = json_print(&text, all, JSON_WIRE) == LS_OK;
    if (well) {
        digest_bytes(digest, text.data, text.len);
        digest_format(out, digest);
    }
    buf_fini(&text);
    return well;
}

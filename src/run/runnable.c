#include "run/runnable.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "run/observer.h"
#include "run/run.h"
#include "run/scope.h"

void runnable_init(struct runnable *runnable, const struct runnable_ops *ops, const char *name)
{
    *runnable = (struct runnable){.ops = ops, .refs = 1, .depth = 1};
    runnable->name = mem_strdup(name ? name : ops->type);
    if (ops->trace_metadata)
        runnable->told = mem_zalloc(1, sizeof *runnable->told);
}

void runnable_add_inside(struct runnable *runnable, const struct runnable *part)
{
    if (runnable->depth <= part->depth)
        runnable->depth = part->depth + 1;
}

void runnable_add_behind(struct runnable *runnable, const struct runnable *part)
{
    runnable->depth += part->depth;
}

void runnable_set_name(struct runnable *runnable, const char *name)
{
    free(runnable->name);
    runnable->name = mem_strdup(name);
    runnable->named = true;
}

struct runnable *runnable_hold(struct runnable *runnable)
{
    runnable->refs++;
    return runnable;
}

void runnable_rele(struct runnable *runnable)
{
    if (!runnable)
        return;
    assert(runnable->refs > 0);
    if (--runnable->refs > 0)
        return;
    if (runnable->ops->fini)
        runnable->ops->fini(runnable);
    free(runnable->name);
    json_decref(runnable->tags);
    json_decref(runnable->metadata);
    json_decref(runnable->input);
    json_decref(runnable->output);
    if (runnable->told)
        json_decref(*runnable->told);
    free(runnable->told);
    free(runnable);
}

struct sink *runnable_open(const struct runnable *runnable, struct scope *scope,
                           const struct call *call, struct sink *out)
{
    if (scope->run->observers)
        return observed_open(runnable, scope, call, out);
    return runnable->ops->open(runnable, scope, call, out);
}

struct call call_for_part(const struct call *call, const char *tag)
{
    return (struct call){
        .tag = tag,
        .tags = call->tags,
        .metadata = call->metadata,
        .config = call->config,
        .parent = call->parent,
        .streaming = call->streaming,
    };
}

json_t *runnable_trace_metadata(const struct runnable *runnable, const char *name,
                                const json_t *kwargs)
{
    if (json_object_size(kwargs) > 0 || strcmp(name, runnable->name) != 0)
        return runnable->ops->trace_metadata(runnable, name, kwargs);
    if (!*runnable->told)
        *runnable->told = runnable->ops->trace_metadata(runnable, name, NULL);
    return json_incref(*runnable->told);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(json_string_value(*(json_t *const *)a), json_string_value(*(json_t *const *)b));
}

json_t *call_join_tags(json_t *inherited, json_t *own)
{
    if (inherited && !own)
        return json_incref(inherited);
    json_t *tags = inherited ? json_copy(inherited) : json_array();
    if (!own)
        return tags;
    json_array_extend(tags, own);
    size_t count = json_array_size(tags);
    json_t **sorted = mem_zalloc(count + 1, sizeof(json_t *));
    for (size_t i = 0; i < count; i++)
        sorted[i] = json_array_get(tags, i);
    qsort(sorted, count, sizeof(json_t *), by_text);
    json_t *joined = json_array();
    for (size_t i = 0; i < count; i++)
        if (i == 0 || by_text(&sorted[i - 1], &sorted[i]) != 0)
            json_array_append(joined, sorted[i]);
    free(sorted);
    json_decref(tags);
    return joined;
}

json_t *call_join_metadata(json_t *inherited, json_t *own)
{
    if (inherited && json_object_size(own) == 0)
        return json_incref(inherited);
    if (own && json_object_size(inherited) == 0)
        return json_incref(own);
    json_t *metadata = inherited ? json_copy(inherited) : json_object();
    json_object_update_missing(metadata, own);
    return metadata;
}

json_t *call_config(const struct call *call, const struct runnable *runnable)
{
    json_t *config =
        json_pack("{s:o,s:o,s:i,s:{}}", "tags", call_join_tags(call->tags, runnable->tags),
                  "metadata", call_join_metadata(call->metadata, runnable->metadata),
                  "recursion_limit", 25, "configurable");
    const char *key;
    json_t *value;
    json_object_foreach(call->config, key, value)
        if (strcmp(key, "tags") != 0 && strcmp(key, "metadata") != 0)
            json_object_set(config, key, value);
    return config;
}

struct uuid call_run_id(const struct call *call)
{
    return call->run_id ? *call->run_id : uuid_new();
}

json_t *runnable_title(const struct runnable *runnable, const char *suffix)
{
    const char *name = runnable->name;
    if (*name >= 'A' && *name <= 'Z')
        return json_sprintf("%s%s", name, suffix);
    return json_sprintf("%s_%c%s", name, suffix[0] - 'A' + 'a', suffix + 1);
}

char *runnable_trace_word(const char *name, const char *word, bool at_start)
{
    size_t len = strlen(name), cut = strlen(word);
    if (at_start && strncmp(name, word, cut) == 0)
        name += cut, len -= cut;
    else if (len > cut && strcmp(name + len - cut, word) == 0)
        len -= cut;
    char *made = mem_strndup(name, len);
    for (char *c = made; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    return made;
}

json_t *runnable_config_title(const struct runnable *runnable)
{
    if (runnable->ops->titles_config)
        return json_sprintf("%sConfig", runnable->ops->type);
    return runnable_title(runnable, "Config");
}

json_t *runnable_any_schema(const struct runnable *runnable, const char *suffix)
{
    return json_pack("{s:o}", "title", runnable_title(runnable, suffix));
}

json_t *runnable_object_schema(const struct runnable *runnable, const char *suffix)
{
    return json_pack("{s:b,s:o,s:s}", "additionalProperties", 1, "title",
                     runnable_title(runnable, suffix), "type", "object");
}

json_t *runnable_input_schema(const struct runnable *runnable)
{
    if (runnable->input)
        return json_incref(runnable->input);
    return runnable->ops->input_schema ? runnable->ops->input_schema(runnable)
                                       : runnable_any_schema(runnable, "Input");
}

json_t *runnable_output_schema(const struct runnable *runnable)
{
    if (runnable->output)
        return json_incref(runnable->output);
    return runnable->ops->output_schema ? runnable->ops->output_schema(runnable)
                                        : runnable_any_schema(runnable, "Output");
}

bool runnable_reads_config(const struct runnable *runnable)
{
    const struct runnable *part;
    const char *label;
    bool found = runnable->ops->reads_config;
    for (unsigned i = 0;
         !found && runnable->ops->part && (part = runnable->ops->part(runnable, i, &label)); i++)
        found = runnable_reads_config(part);
    return found;
}

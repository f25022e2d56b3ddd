/* `measure`, which counts and times a step. */
#include <string.h>

#include "app/build_metrics.h"
#include "stages/measure.h"

struct measure_fields {
    const char *counter, *duration;
    json_t *labels;
};

const struct option measure_options[] = {
    {.name = "counter",
     .type = OPTION_STRING,
     .offset = offsetof(struct measure_fields, counter),
     .doc = "A counter of `metrics:` to which each run of the step adds 1 when it has its input."},
    {.name = "duration",
     .type = OPTION_STRING,
     .offset = offsetof(struct measure_fields, duration),
     .doc = "A histogram of `metrics:` that is given the seconds from the step's first input to "
            "its end, be that an error."},
    {.name = "labels",
     .type = OPTION_STRING_MAP,
     .offset = offsetof(struct measure_fields, labels),
     .doc = "The values of both metrics' labels: templates over the step's input, "
            "`{source_lang: \"{source_lang}\"}`. One that cannot be made is `unknown`."},
    {.name = NULL},
};

/* Tells of labels that neither metric has. */
static void check_labels(struct builder *builder, const struct measure_fields *fields,
                         const struct app_metric *const both[2], const struct node *node)
{
    const char *key;
    json_t *value;
    const char *known[2 * METRIC_LABELS + 1];
    size_t count = 0;
    for (size_t i = 0; i < 2; i++)
        for (size_t l = 0; both[i] && both[i]->def.labels[l] && l < METRIC_LABELS; l++)
            known[count++] = both[i]->def.labels[l];
    known[count] = NULL;
    json_object_foreach(fields->labels, key, value) {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i] && count > 0)
            problems_unknown(builder->problems, node_get(node, "labels")->place, "label", key,
                             known);
        else if (!known[i])
            problems_error(builder->problems, node_get(node, "labels")->place,
                           "labels: neither metric has any");
    }
}

/* The templates of a metric's labels, in its order; what is missing or wrong is told. */
static void read_templates(struct builder *builder, const struct measure_fields *fields,
                           const struct app_metric *metric, const struct node *node,
                           struct measured *measured)
{
    char why[TEMPLATE_WHY_SIZE];
    measured->metric = &metric->metric;
    for (size_t i = 0; metric->def.labels[i] && i < METRIC_LABELS; i++) {
        const json_t *text = json_object_get(fields->labels, metric->def.labels[i]);
        if (!text)
            problems_error(builder->problems, node->place, "measure: labels: '%s' of %s is missing",
                           metric->def.labels[i], metric->def.name);
        else if (template_compile(&measured->labels[i], TEMPLATE_FSTRING, json_string_value(text),
                                  json_string_length(text), why) != LS_OK)
            problems_error(builder->problems, node_get(node, "labels")->place, "labels: '%s': %s",
                           metric->def.labels[i], why);
        measured->count = i + 1;
    }
}

/* The metric of that name and type; what is wrong is told. */
static const struct app_metric *find(struct builder *builder, const char *name,
                                     enum metric_type type, const struct node *place)
{
    const struct app_metric *metric = app_metric_named(builder, name, place->place);
    if (!metric || metric->def.type == type)
        return metric;
    problems_error(builder->problems, place->place, "measure: %s is no %s", name,
                   type == METRIC_COUNTER ? "counter" : "histogram");
    return NULL;
}

struct runnable *wrap_measure(struct builder *builder, const struct node *node,
                              struct runnable *bound)
{
    struct measure_fields fields = {0};
    struct measured measured[2] = {{0}, {0}};
    if (node->kind != NODE_MAP) {
        problems_error(builder->problems, node->place, "measure: expected a mapping, not %s",
                       node_kind_name(node->kind));
        return bound;
    }
    options_read(measure_options, node, &fields, NULL, "measure", builder->arena,
                 builder->problems);
    const struct app_metric *const both[2] = {
        fields.counter ? find(builder, fields.counter, METRIC_COUNTER, node_get(node, "counter"))
                       : NULL,
        fields.duration
            ? find(builder, fields.duration, METRIC_HISTOGRAM, node_get(node, "duration"))
            : NULL,
    };
    if (!fields.counter && !fields.duration)
        problems_error(builder->problems, node->place,
                       "measure: expected `counter`, `duration` or both");
    if ((both[0] || !fields.counter) && (both[1] || !fields.duration))
        check_labels(builder, &fields, both, node);
    for (size_t i = 0; i < 2; i++)
        if (both[i])
            read_templates(builder, &fields, both[i], node, &measured[i]);
    return measure_new(bound, &measured[0], &measured[1]);
}

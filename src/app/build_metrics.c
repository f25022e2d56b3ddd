#include "app/build_metrics.h"

#include <math.h>
#include <string.h>

struct given {
    int type; /* enum metric_type */
    const char *help;
    struct option_strings labels;
    json_t *buckets;
};

static const char *const types[] = {"counter", "gauge", "histogram", NULL};

/* Those of Prometheus' clients. */
static const double usual_buckets[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

enum { MOST_SERIES = 200 };

const struct option metric_options[] = {
    {.name = "type",
     .type = OPTION_ENUM,
     .offset = offsetof(struct given, type),
     .required = true,
     .choices = types,
     .doc = "What it is."},
    {.name = "help",
     .type = OPTION_STRING,
     .offset = offsetof(struct given, help),
     .doc = "What it counts, in a sentence."},
    {.name = "labels",
     .type = OPTION_STRING_LIST,
     .offset = offsetof(struct given, labels),
     .doc = "Names of its labels, at most 8. The values of at most 200 series are kept apart; "
            "what has other values is counted in the series `other`."},
    {.name = "buckets",
     .type = OPTION_JSON,
     .offset = offsetof(struct given, buckets),
     .schema = "{\"type\":\"array\",\"items\":{\"type\":\"number\"},\"minItems\":1,"
               "\"maxItems\":48}",
     .doc = "The upper bounds of a histogram's buckets, ascending; 0.005 to 10 when absent."},
    {.name = NULL},
};

/* What is wrong with a name, or NULL. */
static const char *name_fault(const char *name, enum metric_type type)
{
    static const char *const ours[] = {"langserved_", "http_", "process_"};
    static const char *const endings[] = {"_bucket", "_count", "_sum"};
    size_t len = strlen(name);
    if (!metric_name_is_well(name) || len > METRIC_NAME_MAX)
        return "expected letters, digits and _ (at most 64, no digit first)";
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strncmp(name, ours[i], strlen(ours[i])) == 0)
            return "names that begin with langserved_, http_ and process_ are the server's own";
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (len >= strlen(endings[i]) && strcmp(name + len - strlen(endings[i]), endings[i]) == 0)
            return "names that end in _bucket, _count and _sum are parts of histograms";
    bool total = len > 6 && strcmp(name + len - 6, "_total") == 0;
    if (total != (type == METRIC_COUNTER))
        return total ? "only a counter's name ends in _total" : "a counter's name ends in _total";
    return NULL;
}

static void read_labels(struct metric_def *def, const struct given *given, struct place place,
                        struct arena *arena, struct problems *problems)
{
    const char **labels = arena_zalloc(arena, (given->labels.count + 1) * sizeof *labels);
    for (size_t i = 0; i < given->labels.count; i++) {
        labels[i] = given->labels.items[i];
        if (!metric_label_is_well(labels[i]))
            problems_error(problems, place,
                           "labels: '%s': expected letters, digits and _ (at most 64, no digit and "
                           "no __ first; not le, quantile)",
                           labels[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(labels[i], labels[j]) == 0)
                problems_error(problems, place, "labels: '%s' stands there twice", labels[i]);
    }
    if (given->labels.count > METRIC_LABELS)
        problems_error(problems, place, "labels: at most %d", METRIC_LABELS);
    def->labels = labels;
}

static void read_buckets(struct metric_def *def, const struct given *given, struct place place,
                         struct arena *arena, struct problems *problems)
{
    size_t count = json_array_size(given->buckets);
    double *buckets = arena_zalloc(arena, (count + 1) * sizeof *buckets);
    bool well = count > 0 && count <= METRIC_BUCKETS;
    if (given->buckets && def->type != METRIC_HISTOGRAM)
        problems_error(problems, place, "buckets: only a histogram has them");
    for (size_t i = 0; well && i < count; i++) {
        const json_t *bound = json_array_get(given->buckets, i);
        buckets[i] = json_number_value(bound);
        well = json_is_number(bound) && (i == 0 || buckets[i] > buckets[i - 1]);
    }
    if (given->buckets && !well)
        problems_error(problems, place, "buckets: expected a list of 1 to %d ascending numbers",
                       METRIC_BUCKETS);
    def->buckets = given->buckets ? buckets : usual_buckets;
    def->bucket_count = given->buckets ? count : sizeof usual_buckets / sizeof *usual_buckets;
    if (def->type != METRIC_HISTOGRAM)
        def->bucket_count = 0;
}

static void read_metric(struct app_metric *metric, const struct node_member *member,
                        struct arena *arena, struct problems *problems)
{
    struct given given = {0};
    struct metric_def *def = &metric->def;
    size_t before = problems->told;
    if (member->value->kind != NODE_MAP) {
        problems_error(problems, member->key_place,
                       "metrics: '%s': expected a mapping: {type: counter, help: …, labels: […]}",
                       member->key);
        return;
    }
    options_read(metric_options, member->value, &given, NULL, "metric", arena, problems);
    const char *fault =
        problems->told == before ? name_fault(member->key, (enum metric_type)given.type) : NULL;
    if (fault)
        problems_error(problems, member->key_place, "metrics: '%s': %s", member->key, fault);
    def->name = member->key;
    def->help = given.help ? given.help : member->key;
    def->type = (enum metric_type)given.type;
    def->series = given.labels.count > 0 ? MOST_SERIES : 1;
    read_labels(def, &given, member->key_place, arena, problems);
    read_buckets(def, &given, member->key_place, arena, problems);
}

const struct app_metrics *build_metrics(const struct node *section, struct arena *arena,
                                        struct problems *problems)
{
    struct app_metrics *all = arena_zalloc(arena, sizeof *all);
    size_t count = section ? section->as.map.count : 0;
    all->items = arena_zalloc(arena, (count + 1) * sizeof *all->items);
    for (size_t i = 0; i < count; i++) {
        struct app_metric *metric = &all->items[all->count];
        read_metric(metric, &section->as.map.members[i], arena, problems);
        all->count += metric->def.name != NULL;
    }
    return all;
}

void app_metrics_declare(const struct app_metrics *all)
{
    for (size_t i = 0; i < all->count; i++)
        all->items[i].metric = metric_declare(&all->items[i].def);
}

const struct app_metric *app_metric_named(struct builder *builder, const char *name,
                                          struct place place)
{
    const struct app_metrics *all = builder->metrics;
    const char **known = arena_zalloc(builder->arena, (all->count + 1) * sizeof *known);
    for (size_t i = 0; i < all->count; i++) {
        if (strcmp(all->items[i].def.name, name) == 0)
            return &all->items[i];
        known[i] = all->items[i].def.name;
    }
    if (all->count > 0)
        problems_unknown(builder->problems, place, "metric", name, known);
    else
        problems_error(builder->problems, place, "unknown metric '%s': there is none in `metrics:`",
                       name);
    return NULL;
}

#include "yaml/option_value.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "yaml/interpolate.h"
#include "yaml/option_refuse.h"
#include "yaml/units.h"
#include "yaml/yaml_scalar.h"

/* The readers of one type; they return false when they have told a problem. */
typedef bool read_fn(struct option_work *work, const struct node *node, void *field);

/* Scalars */

/* The scalar that the text of a string spells, so that a number may come from the environment. */
static const struct node *spelled(struct option_work *work, const struct node *node)
{
    if (node->kind != NODE_STRING)
        return node;
    struct problems ignored;
    problems_init(&ignored);
    node =
        yaml_scalar(work->arena, node->as.string.text, node->as.string.len, node->place, &ignored);
    problems_fini(&ignored);
    return node;
}

static bool read_string(struct option_work *work, const struct node *node, void *field)
{
    if (node->kind == NODE_INT || node->kind == NODE_REAL || node->kind == NODE_BOOL)
        return option_refuse(work, node, "text", "put it in quotes");
    if (node->kind != NODE_STRING)
        return option_refuse(work, node, "text", "write one string");
    if (memchr(node->as.string.text, '\0', node->as.string.len))
        return option_refuse(work, node, "usable text", "take the character \\0 out");
    *(const char **)field = arena_strndup(work->arena, node->as.string.text, node->as.string.len);
    return true;
}

/* What YAML 1.1 took for true and false. */
static const char *bool_advice(struct option_work *work, const struct node *node)
{
    static const char *const yes[] = {"yes", "Yes", "YES", "on", "On", "ON", "y", "Y", NULL};
    static const char *const no[] = {"no", "No", "NO", "off", "Off", "OFF", "n", "N", NULL};
    if (!option_is_open_text(work, node))
        return "write one of the two";
    for (size_t i = 0; yes[i]; i++) {
        if (!strcmp(yes[i], node->as.string.text))
            return "write true";
        if (!strcmp(no[i], node->as.string.text))
            return "write false";
    }
    return "write one of the two";
}

static bool read_bool(struct option_work *work, const struct node *node, void *field)
{
    const struct node *value = spelled(work, node);
    if (value->kind != NODE_BOOL)
        return option_refuse(work, node, "true or false", bool_advice(work, node));
    *(bool *)field = value->as.boolean;
    return true;
}

static bool is_text(const struct node *node)
{
    return node->kind == NODE_STRING && !memchr(node->as.string.text, '\0', node->as.string.len);
}

static bool read_whole(struct option_work *work, const struct node *node, const char *wanted,
                       void *field)
{
    char advice[PROBLEMS_QUOTE];
    const struct node *value = spelled(work, node);
    if (value->kind != NODE_INT)
        return option_refuse(work, node, wanted,
                             option_range_advice(work->row, "write digits only, like 10", advice));
    if (!option_in_range(work, node, (double)value->as.integer))
        return false;
    *(int64_t *)field = value->as.integer;
    return true;
}

static bool read_int(struct option_work *work, const struct node *node, void *field)
{
    return read_whole(work, node, "a whole number", field);
}

static bool read_count(struct option_work *work, const struct node *node, void *field)
{
    if (!is_text(node) || strcmp(node->as.string.text, "auto") != 0)
        return read_whole(work, node, "a number, or auto", field);
    *(int64_t *)field = 0;
    return true;
}

static bool read_real(struct option_work *work, const struct node *node, void *field)
{
    char advice[PROBLEMS_QUOTE];
    const struct node *value = spelled(work, node);
    if (value->kind != NODE_INT && value->kind != NODE_REAL)
        return option_refuse(work, node, "a number",
                             option_range_advice(work->row, "write it like 0.5", advice));
    double real = value->kind == NODE_INT ? (double)value->as.integer : value->as.real;
    if (!option_in_range(work, node, real))
        return false;
    *(double *)field = real;
    return true;
}

static bool read_duration(struct option_work *work, const struct node *node, void *field)
{
    int64_t ms = 0;
    bool read = node->kind == NODE_INT ? duration_from_seconds((double)node->as.integer, &ms)
                : node->kind == NODE_REAL
                    ? duration_from_seconds(node->as.real, &ms)
                    : is_text(node) && duration_parse(node->as.string.text, &ms);
    if (!read)
        return option_refuse(work, node, "a duration", "write it like 30s, 1m30s or 250ms");
    if (!option_in_range(work, node, (double)ms))
        return false;
    *(int64_t *)field = ms;
    return true;
}

static bool read_size(struct option_work *work, const struct node *node, void *field)
{
    int64_t bytes = node->kind == NODE_INT ? node->as.integer : -1;
    if (is_text(node) && !size_parse(node->as.string.text, &bytes))
        bytes = -1;
    if (bytes < 0)
        return option_refuse(work, node, "a size", "write it like 10MB, 64KB or 512B");
    if (!option_in_range(work, node, (double)bytes))
        return false;
    *(int64_t *)field = bytes;
    return true;
}

static bool refuse_choice(struct option_work *work, const struct node *node)
{
    struct buf advice;
    buf_init(&advice, 4096);
    const char *near = option_is_open_text(work, node)
                           ? text_nearest(node->as.string.text, work->row->choices)
                           : NULL;
    if (near)
        buf_printf(&advice, "did you mean %s?", near);
    for (const char *const *choice = work->row->choices; !near && *choice; choice++)
        buf_printf(&advice, "%s%s", choice == work->row->choices ? "write one of: " : ", ",
                   *choice);
    option_refuse(work, node, "one of the choices", buf_str(&advice));
    buf_fini(&advice);
    return false;
}

/* The index of a choice; -1 when it is none. */
static int find_choice(const struct option_work *work, const struct node *node)
{
    const char *const *choices = work->row->choices;
    for (int i = 0; is_text(node) && choices[i]; i++)
        if (!strcmp(choices[i], node->as.string.text))
            return i;
    return -1;
}

static bool read_enum(struct option_work *work, const struct node *node, void *field)
{
    int choice = find_choice(work, node);
    if (choice < 0)
        return refuse_choice(work, node);
    *(int *)field = choice;
    return true;
}

/* An item of a list of strings. */
static bool read_item(struct option_work *work, const struct node *node, void *field)
{
    if (work->row->choices && find_choice(work, node) < 0)
        return refuse_choice(work, node);
    return read_string(work, node, field);
}

/* Interpolation goes in front of a scalar's reader. */
static bool read_scalar(struct option_work *work, const struct node *node, void *field,
                        read_fn *read)
{
    size_t before = work->problems->told;
    if (node->kind == NODE_STRING && !work->literal) {
        struct node *text = arena_alloc(work->arena, sizeof *text);
        *text = *node;
        text->secret |= work->row->secret;
        node = interpolate(work->arena, text, work->problems);
    }
    return work->problems->told == before && read(work, node, field);
}

/* Lists and mappings */

static bool read_strings(struct option_work *work, const struct node *node, void *field)
{
    struct node *const one[] = {(struct node *)node};
    bool is_list = node->kind == NODE_LIST;
    if (node->kind == NODE_MAP)
        return option_refuse(work, node, "a list of strings", "write it like [a, b]");
    size_t count = is_list ? node->as.list.count : 1;
    struct node *const *items = is_list ? node->as.list.items : one;
    struct option_strings strings = {.count = count};
    strings.items = arena_zalloc(work->arena, (count + 1) * sizeof *strings.items);
    bool read = true;
    for (size_t i = 0; i < count; i++)
        read &= read_scalar(work, items[i], &strings.items[i], read_item);
    if (read)
        *(struct option_strings *)field = strings;
    return read;
}

static void wipe_strings(void *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
        explicit_bzero((char *)json_string_value(value), json_string_length(value));
}

/* Its texts may be secrets: headers. */
static bool read_string_map(struct option_work *work, const struct node *node, void *field)
{
    if (node->kind != NODE_MAP)
        return option_refuse(work, node, "a mapping of strings", "write it like {name: text}");
    json_t *object = arena_give_json(work->arena, json_object());
    arena_defer(work->arena, wipe_strings, object); /* comes first */
    bool read = true;
    for (size_t i = 0; i < node->as.map.count; i++) {
        const struct node_member *member = &node->as.map.members[i];
        const char *text = "";
        read &= read_scalar(work, member->value, &text, read_string);
        json_object_set_new_nocheck(object, member->key, json_string_nocheck(text));
    }
    if (read)
        *(json_t **)field = object;
    return read;
}

static bool read_json(struct option_work *work, const struct node *node, void *field)
{
    *(json_t **)field = arena_give_json(work->arena, node_to_json(node));
    return true;
}

static bool read_node(struct option_work *work, const struct node *node, void *field)
{
    (void)work;
    *(const struct node **)field = node;
    return true;
}

static bool read_value(struct option_work *work, const struct node *node, void *field)
{
    static const struct {
        read_fn *read;
        bool whole; /* the reader does the interpolation, or there is none */
    } readers[] = {
        [OPTION_STRING] = {read_string, false},
        [OPTION_BOOL] = {read_bool, false},
        [OPTION_INT] = {read_int, false},
        [OPTION_COUNT] = {read_count, false},
        [OPTION_REAL] = {read_real, false},
        [OPTION_DURATION] = {read_duration, false},
        [OPTION_SIZE] = {read_size, false},
        [OPTION_ENUM] = {read_enum, false},
        [OPTION_STRING_LIST] = {read_strings, true},
        [OPTION_STRING_MAP] = {read_string_map, true},
        [OPTION_JSON] = {read_json, true},
        [OPTION_NODE] = {read_node, true},
    };
    enum option_type type = work->row->type;
    if (readers[type].whole)
        return readers[type].read(work, node, field);
    return read_scalar(work, node, field, readers[type].read);
}

void option_read(const struct option *row, const struct node *node, void *field,
                 struct arena *arena, struct problems *problems)
{
    struct option_work work = {.row = row, .arena = arena, .problems = problems};
    if (problems_has(problems, node->place))
        problems->told++; /* it is wrong, and that is known */
    else
        read_value(&work, node, field);
}

void option_fall_back(const struct option *row, void *field, struct arena *arena)
{
    if (row->type == OPTION_REAL)
        *(double *)field = NAN;
    if (!row->fallback)
        return;
    struct problems problems;
    problems_init(&problems);
    struct option_work work = {.row = row, .arena = arena, .problems = &problems, .literal = true};
    struct place nowhere = {0};
    size_t len = strlen(row->fallback);
    bool any = row->type == OPTION_JSON || row->type == OPTION_NODE;
    bool read = read_value(&work,
                           any ? yaml_scalar(arena, row->fallback, len, nowhere, &problems)
                               : node_new_string(arena, row->fallback, len, nowhere),
                           field);
    assert(read);
    (void)read;
    problems_fini(&problems);
}

#include "observe/event_filter.h"

#include <string.h>

static bool has(json_t *list, const char *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
        if (json_is_string(item) && strcmp(json_string_value(item), text) == 0)
            return true;
    return false;
}

/* Whether the list has a tag of the step's. */
static bool has_tag(json_t *list, const struct step *step)
{
    size_t i;
    json_t *text;
    if (!list)
        return false;
    json_array_foreach(step_tags(step), i, text)
        if (has(list, json_string_value(text)))
            return true;
    return false;
}

bool event_filter_allows(const struct event_filter *filter, const struct step *step)
{
    return !filter->allowed_names || !step->parent || has(filter->allowed_names, step->name);
}

bool event_filter_passes(const struct event_filter *filter, const struct step *step,
                         const char *type)
{
    bool included = (!filter->include_names && !filter->include_types && !filter->include_tags) ||
                    has(filter->include_names, step->name) || has(filter->include_types, type) ||
                    has_tag(filter->include_tags, step);
    bool excluded = has(filter->exclude_names, step->name) || has(filter->exclude_types, type) ||
                    has_tag(filter->exclude_tags, step);
    return included && !excluded && event_filter_allows(filter, step);
}

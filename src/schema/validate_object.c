#include <string.h>

#include "schema/validator.h"

bool check_max_properties(struct check *check, const struct rule *rule, json_t *value,
                          const struct at *at, struct marks *marks)
{
    (void)marks;
    double most = json_number_value(rule->value);
    return (double)json_object_size(value) <= most ||
           check_fail(check, rule, at, "has more than %.0f members", most);
}

bool check_min_properties(struct check *check, const struct rule *rule, json_t *value,
                          const struct at *at, struct marks *marks)
{
    (void)marks;
    double least = json_number_value(rule->value);
    return (double)json_object_size(value) >= least ||
           check_fail(check, rule, at, "has fewer than %.0f members", least);
}

static bool has_all(struct check *check, const struct rule *rule, json_t *names, json_t *value,
                    const struct at *at)
{
    bool fits = true;
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name)
        if (check_spend(check, 1) && !json_object_get(value, json_string_value(name)))
            fits = check_fail(check, rule, at, "has no member '%s'", json_string_value(name));
    return fits;
}

bool check_required(struct check *check, const struct rule *rule, json_t *value,
                    const struct at *at, struct marks *marks)
{
    (void)marks;
    return has_all(check, rule, rule->value, value, at);
}

bool check_dependent_required(struct check *check, const struct rule *rule, json_t *value,
                              const struct at *at, struct marks *marks)
{
    (void)marks;
    bool fits = true;
    const char *key;
    json_t *names;
    json_object_foreach(rule->value, key, names)
        if (json_object_get(value, key))
            fits &= has_all(check, rule, names, value, at);
    return fits;
}

bool check_dependent_schemas(struct check *check, const struct rule *rule, json_t *value,
                             const struct at *at, struct marks *marks)
{
    bool fits = true;
    const char *key;
    json_t *part;
    size_t i = 0;
    json_object_foreach(rule->value, key, part) {
        if (json_object_get(value, key))
            fits &= check_node(check, rule->parts[i], value, at, marks);
        i++;
    }
    return fits;
}

static bool check_member(struct check *check, const struct vnode *node, json_t *member,
                         const char *key, const struct at *at, struct marks *marks)
{
    struct at here = {at, key, 0};
    mark_member(marks, key);
    return check_node(check, node, member, &here, NULL);
}

bool check_properties(struct check *check, const struct rule *rule, json_t *value,
                      const struct at *at, struct marks *marks)
{
    bool fits = true;
    const char *key;
    json_t *part, *member;
    size_t i = 0;
    json_object_foreach(rule->value, key, part) {
        member = json_object_get(value, key);
        if (member)
            fits &= check_member(check, rule->parts[i], member, key, at, marks);
        if (check->exhausted || (!fits && !check->errors))
            break;
        i++;
    }
    return fits;
}

bool check_pattern_properties(struct check *check, const struct rule *rule, json_t *value,
                              const struct at *at, struct marks *marks)
{
    bool fits = true;
    const char *key;
    json_t *member;
    size_t count = json_object_size(rule->value);
    json_object_foreach(value, key, member)
        for (size_t i = 0; i < count && check_spend(check, 1); i++)
            if (check_pattern(check, rule->patterns[i], key, strlen(key)))
                fits &= check_member(check, rule->parts[i], member, key, at, marks);
    return fits;
}

/* Whether properties or patternProperties of the same schema speak of `key`. */
static bool is_declared(struct check *check, const struct rule *properties,
                        const struct rule *patterns, const char *key)
{
    if (properties && json_object_get(properties->value, key))
        return true;
    for (size_t i = 0; patterns && i < json_object_size(patterns->value); i++)
        if (check_spend(check, 1) && check_pattern(check, patterns->patterns[i], key, strlen(key)))
            return true;
    return false;
}

bool check_additional(struct check *check, const struct rule *rule, json_t *value,
                      const struct at *at, struct marks *marks)
{
    const struct rule *properties = rule_sibling(rule, "properties");
    const struct rule *patterns = rule_sibling(rule, "patternProperties");
    bool fits = true;
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member) {
        if (is_declared(check, properties, patterns, key))
            continue;
        fits &= check_member(check, rule->parts[0], member, key, at, marks);
        if (check->exhausted || (!fits && !check->errors))
            break;
    }
    return fits;
}

bool check_property_names(struct check *check, const struct rule *rule, json_t *value,
                          const struct at *at, struct marks *marks)
{
    (void)marks;
    bool fits = true;
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member) {
        struct at here = {at, key, 0};
        json_t *name = json_string(key);
        fits &= check_node(check, rule->parts[0], name, &here, NULL);
        json_decref(name);
        if (check->exhausted || (!fits && !check->errors))
            break;
    }
    return fits;
}

bool check_unevaluated_properties(struct check *check, const struct rule *rule, json_t *value,
                                  const struct at *at, struct marks *marks)
{
    bool fits = true;
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member) {
        if (json_object_get(marks->members, key))
            continue;
        fits &= check_member(check, rule->parts[0], member, key, at, marks);
        if (check->exhausted || (!fits && !check->errors))
            break;
    }
    return fits;
}

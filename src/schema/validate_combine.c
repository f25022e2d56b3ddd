/* Schemas that apply to the same value: references, unions and conditions. */
#include "schema/validator.h"

bool check_all_of(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                  struct marks *marks)
{
    bool fits = true;
    for (size_t i = 0; i < json_array_size(rule->value); i++) {
        fits &= check_node(check, rule->parts[i], value, at, marks);
        if (check->exhausted || (!fits && !check->errors))
            break;
    }
    return fits;
}

bool check_any_of(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                  struct marks *marks)
{
    bool fits = false; /* when somebody asks what is evaluated, all that fit count */
    for (size_t i = 0; i < json_array_size(rule->value) && (!fits || marks); i++)
        fits |= check_quietly(check, rule->parts[i], value, at, marks);
    return fits || check_fail(check, rule, at, "fits none of the schemas");
}

bool check_one_of(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
                  struct marks *marks)
{
    size_t fitting = 0;
    for (size_t i = 0; i < json_array_size(rule->value) && fitting < 2; i++)
        fitting += check_quietly(check, rule->parts[i], value, at, marks);
    return fitting == 1 || check_fail(check, rule, at, "fits %s of the schemas",
                                      fitting == 0 ? "none" : "more than one");
}

bool check_not(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
               struct marks *marks)
{
    (void)marks;
    return !check_quietly(check, rule->parts[0], value, at, NULL) ||
           check_fail(check, rule, at, "fits a schema that it must not fit");
}

bool check_if(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
              struct marks *marks)
{
    bool fits = check_quietly(check, rule->parts[0], value, at, marks);
    const struct rule *next = rule_sibling(rule, fits ? "then" : "else");
    return !next || check_node(check, next->parts[0], value, at, marks);
}

/* $dynamicRef: the outermost schema on the way here that has the anchor. */
static const struct vnode *target_of(const struct check *check, const struct rule *rule)
{
    const struct vnode *target = rule->parts[0];
    if (!rule->dynamic)
        return target;
    for (const struct dynamic_scope *scope = check->scope; scope; scope = scope->up) {
        const struct anchor *anchor = anchor_find(scope->resource, rule->dynamic);
        if (anchor && anchor->is_dynamic)
            target = anchor->node;
    }
    return target;
}

bool check_ref(struct check *check, const struct rule *rule, json_t *value, const struct at *at,
               struct marks *marks)
{
    return check_node(check, target_of(check, rule), value, at, marks);
}

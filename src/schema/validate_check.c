/* The driver of checks. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "schema/validator.h"

enum { POINTER_MAX = 1 << 16 };

bool check_spend(struct check *check, size_t steps)
{
    if (check->steps_left < steps)
        check->exhausted = "this takes too many steps";
    check->steps_left -= check->exhausted ? 0 : steps;
    return !check->exhausted;
}

bool check_pattern(struct check *check, const struct pattern *pattern, const char *text, size_t len)
{
    bool found = false;
    if (pattern_search(pattern, text, len, &check->pattern_cost, &found) != LS_OK)
        check->exhausted = "a pattern took too long";
    return found;
}

static void print_at(struct buf *out, const struct at *at)
{
    if (!at)
        return;
    print_at(out, at->up);
    if (!at->key) {
        buf_printf(out, "/%zu", at->index);
        return;
    }
    buf_add_char(out, '/');
    for (const char *c = at->key; *c; c++) {
        if (*c == '~' || *c == '/')
            buf_add_str(out, *c == '~' ? "~0" : "~1");
        else
            buf_add_char(out, *c);
    }
}

static void add_error(struct check *check, const struct vnode *node, const char *keyword,
                      const struct at *at, const char *sentence)
{
    struct buf where;
    if (!check->errors || json_array_size(check->errors) >= VALIDATE_MAX_ERRORS)
        return;
    buf_init(&where, POINTER_MAX);
    print_at(&where, at);
    json_t *schema =
        json_sprintf("%s#%s%s%s", node->resource->uri, node->place, *keyword ? "/" : "", keyword);
    json_array_append_new(check->errors,
                          json_pack("{s:s,s:o,s:s}", "instanceLocation", buf_str(&where),
                                    "schemaLocation", schema, "error", sentence));
    buf_fini(&where);
}

bool check_fail(struct check *check, const struct rule *rule, const struct at *at,
                const char *format, ...)
{
    if (!check->errors || check->exhausted)
        return false;
    char *sentence;
    va_list args;
    va_start(args, format);
    if (vasprintf(&sentence, format, args) < 0)
        abort();
    va_end(args);
    add_error(check, rule->node, rule->keyword->name, at, sentence);
    free(sentence);
    return false;
}

void mark_item(struct marks *marks, const json_t *array, size_t i)
{
    if (!marks)
        return;
    if (!marks->items)
        marks->items = mem_zalloc(json_array_size(array), sizeof *marks->items);
    marks->items[i] = true;
}

void mark_member(struct marks *marks, const char *key)
{
    if (!marks)
        return;
    if (!marks->members)
        marks->members = json_object();
    json_object_set_new(marks->members, key, json_true());
}

/* What was evaluated below counts above; `own` is used up. */
static void marks_move(struct marks *own, struct marks *to, const json_t *value)
{
    for (size_t i = 0; to && own->items && i < json_array_size(value); i++)
        if (own->items[i])
            mark_item(to, value, i);
    if (to && own->members && !to->members)
        to->members = json_incref(own->members);
    else if (to && own->members)
        json_object_update(to->members, own->members);
    free(own->items);
    json_decref(own->members);
}

const struct rule *rule_sibling(const struct rule *rule, const char *name)
{
    for (size_t i = 0; i < rule->node->count; i++)
        if (strcmp(rule->node->rules[i].keyword->name, name) == 0)
            return &rule->node->rules[i];
    return NULL;
}

static bool is_subject(const json_t *value, enum subject subject)
{
    switch (subject) {
    case OF_NUMBER: return json_is_number(value);
    case OF_STRING: return json_is_string(value);
    case OF_ARRAY: return json_is_array(value);
    case OF_OBJECT: return json_is_object(value);
    default: return true;
    }
}

static bool check_rules(struct check *check, const struct vnode *node, json_t *value,
                        const struct at *at, struct marks *marks)
{
    bool fits = true;
    if (json_is_false(node->json) && !check->exhausted)
        add_error(check, node, "", at, "nothing is allowed here");
    for (size_t i = 0; i < node->count && !check->exhausted; i++) {
        const struct rule *rule = &node->rules[i];
        if (!rule->keyword->check || !is_subject(value, rule->keyword->subject) ||
            !check_spend(check, 1))
            continue;
        fits &= rule->keyword->check(check, rule, value, at, marks);
        if (!fits && !check->errors)
            break;
    }
    return fits && !json_is_false(node->json) && !check->exhausted;
}

bool check_node(struct check *check, const struct vnode *node, json_t *value, const struct at *at,
                struct marks *marks)
{
    const struct dynamic_scope *outer = check->scope;
    struct dynamic_scope here = {outer, node->resource};
    struct marks own = {NULL, NULL};
    bool asked = marks || node->is_unevaluated;
    if (!check_spend(check, 1))
        return false;
    if (check->depth >= VALIDATE_MAX_DEPTH) {
        check->exhausted = "this is nested too deeply";
        return false;
    }
    if (!outer || outer->resource != node->resource)
        check->scope = &here;
    check->depth++;
    bool fits = check_rules(check, node, value, at, asked ? &own : NULL);
    check->depth--;
    check->scope = outer;
    marks_move(&own, fits ? marks : NULL, value);
    return fits;
}

bool check_quietly(struct check *check, const struct vnode *node, json_t *value,
                   const struct at *at, struct marks *marks)
{
    json_t *errors = check->errors;
    check->errors = NULL;
    bool fits = check_node(check, node, value, at, marks);
    check->errors = errors;
    return fits;
}

enum ls_err validator_check(const struct validator *validator, json_t *value, json_t **errors)
{
    struct check check = {.errors = errors ? json_array() : NULL,
                          .steps_left = validator->max_steps};
    bool fits = check_node(&check, validator->root, value, NULL, NULL);
    if (check.exhausted)
        add_error(&check, validator->root, "", NULL, check.exhausted);
    if (errors)
        *errors = fits ? NULL : json_incref(check.errors);
    json_decref(check.errors);
    return check.exhausted ? LS_TOO_BIG : fits ? LS_OK : LS_BAD_INPUT;
}

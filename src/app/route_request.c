#include "app/route_request.h"

#include <string.h>

#include "app/route_config_from.h"
#include "http/checks.h"

struct requiring {
    const struct node *headers, *cookies;
};

#define RULES "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/$defs/require_rule\"}}"

const struct option require_options[] = {
    {.name = "headers",
     .type = OPTION_NODE,
     .offset = offsetof(struct requiring, headers),
     .schema = RULES,
     .doc = "Headers that every request must send, by name: `x-token: {equals: \"${TOKEN}\"}`."},
    {.name = "cookies",
     .type = OPTION_NODE,
     .offset = offsetof(struct requiring, cookies),
     .schema = RULES,
     .doc = "Cookies that every request must send."},
    {.name = NULL},
};

struct rule {
    const char *header, *cookie;
    struct option_strings equals;
    int64_t status;
    const char *detail;
};

#define EQUALS                                                                                 \
    {                                                                                          \
        .name = "equals", .type = OPTION_STRING_LIST, .offset = offsetof(struct rule, equals), \
        .secret = true,                                                                        \
        .doc = "The value, or a list of values, that the rule is about; any when absent."      \
    }
#define STATUS                                                                                   \
    {                                                                                            \
        .name = "status", .type = OPTION_INT, .offset = offsetof(struct rule, status),           \
        .fallback = "403", .min = 400, .max = 599, .doc = "The status that refuses the request." \
    }
#define DETAIL                                                                            \
    {                                                                                     \
        .name = "detail", .type = OPTION_STRING, .offset = offsetof(struct rule, detail), \
        .fallback = "Forbidden", .doc = "The sentence that says why."                     \
    }
#define HEADER(struct_)                                                                      \
    {                                                                                        \
        .name = "header", .type = OPTION_STRING, .offset = offsetof(struct struct_, header), \
        .doc = "The name of a header; this or `cookie`."                                     \
    }
#define COOKIE(struct_)                                                                      \
    {                                                                                        \
        .name = "cookie", .type = OPTION_STRING, .offset = offsetof(struct struct_, cookie), \
        .doc = "The name of a cookie."                                                       \
    }

const struct option rule_options[] = {EQUALS, STATUS, DETAIL, {.name = NULL}};

const struct option deny_options[] = {
    HEADER(rule), COOKIE(rule), EQUALS, STATUS, DETAIL, {.name = NULL},
};

/* The name of a header (in lower case) or cookie; NULL, and told, when it cannot be one. */
static const char *sent_name(struct builder *builder, struct place place, const char *name)
{
    if (!check_is_token(name)) {
        problems_error(builder->problems, place, "'%s' is no name of a header or cookie", name);
        return NULL;
    }
    return arena_strdup(builder->arena, name);
}

static void to_lower(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text | 0x20);
}

bool build_sent(struct builder *builder, struct place place, const char *header, const char *cookie,
                struct sent *sent)
{
    const char *name = header ? header : cookie;
    if (!header == !cookie) {
        problems_error(builder->problems, place, "expected `header` or `cookie`, and not both");
        return false;
    }
    *sent = (struct sent){.cookie = !header, .name = sent_name(builder, place, name)};
    if (sent->name && header)
        to_lower((char *)sent->name);
    return sent->name != NULL;
}

static bool is_kind(struct builder *builder, const struct node *node, enum node_kind kind,
                    const char *what)
{
    if (node->kind == kind)
        return true;
    problems_error(builder->problems, node->place, "%s: expected %s, not %s", what,
                   kind == NODE_MAP ? "a mapping" : "a list", node_kind_name(node->kind));
    return false;
}

/* An empty value is mostly a variable that nobody has set: it would open what it should close. */
static void check_values(struct builder *builder, const struct node *map, const struct rule *rule)
{
    for (size_t i = 0; i < rule->equals.count; i++)
        if (*rule->equals.items[i] == '\0')
            problems_error(builder->problems, node_get(map, "equals")->place,
                           "equals: a value is empty");
}

static struct sent_rule rule_of(struct sent sent, const struct rule *rule)
{
    return (struct sent_rule){
        .sent = sent,
        .values = rule->equals.items,
        .count = rule->equals.count,
        .status = (int)rule->status,
        .detail = rule->detail,
    };
}

/* Adds the rules of `headers` or `cookies` to `rules`; the new number of them. */
static size_t add_rules(struct builder *builder, const struct node *node, bool cookie,
                        struct sent_rule *rules, size_t count)
{
    const char *what = cookie ? "cookies" : "headers";
    if (!node || node->kind == NODE_NULL || !is_kind(builder, node, NODE_MAP, what))
        return count;
    for (size_t i = 0; i < node->as.map.count; i++) {
        const struct node_member *member = &node->as.map.members[i];
        struct rule rule = {0};
        struct sent sent;
        options_read(rule_options, member->value, &rule, NULL, "rule", builder->arena,
                     builder->problems);
        check_values(builder, member->value, &rule);
        if (build_sent(builder, member->key_place, cookie ? NULL : member->key,
                       cookie ? member->key : NULL, &sent))
            rules[count++] = rule_of(sent, &rule);
    }
    return count;
}

static size_t size_of(const struct node *node)
{
    return node && node->kind == NODE_MAP ? node->as.map.count : 0;
}

const struct requirements *build_requirements(struct builder *builder, const struct node *node)
{
    struct requiring parts = {0};
    if (!node || node->kind == NODE_NULL || !is_kind(builder, node, NODE_MAP, "require"))
        return NULL;
    options_read(require_options, node, &parts, NULL, "require", builder->arena, builder->problems);
    size_t most = size_of(parts.headers) + size_of(parts.cookies);
    struct sent_rule *rules = arena_zalloc(builder->arena, (most + 1) * sizeof *rules);
    size_t count = add_rules(builder, parts.headers, false, rules, 0);
    count = add_rules(builder, parts.cookies, true, rules, count);
    struct requirements *required = arena_alloc(builder->arena, sizeof *required);
    *required = (struct requirements){rules, count};
    return required;
}

static void read_deny(struct builder *builder, const struct node *node,
                      struct config_modifier *modifier)
{
    if (!node || node->kind == NODE_NULL || !is_kind(builder, node, NODE_LIST, "deny"))
        return;
    struct sent_rule *rules =
        arena_zalloc(builder->arena, (node->as.list.count + 1) * sizeof *rules);
    for (size_t i = 0; i < node->as.list.count; i++) {
        const struct node *item = node->as.list.items[i];
        struct rule rule = {0};
        struct sent sent;
        if (!is_kind(builder, item, NODE_MAP, "deny"))
            continue;
        options_read(deny_options, item, &rule, NULL, "deny", builder->arena, builder->problems);
        check_values(builder, item, &rule);
        if (build_sent(builder, item->place, rule.header, rule.cookie, &sent))
            rules[modifier->deny_count++] = rule_of(sent, &rule);
    }
    modifier->deny = rules;
}

const struct config_modifier *build_modifier(struct builder *builder, const struct route *route,
                                             const struct node *sources, const struct node *deny)
{
    if (!sources && !deny)
        return NULL;
    struct config_modifier *modifier = arena_zalloc(builder->arena, sizeof *modifier);
    if (sources && sources->kind == NODE_NATIVE)
        *modifier = *(const struct config_modifier *)sources->as.native;
    else
        build_sources(builder, route, sources, modifier);
    read_deny(builder, deny, modifier);
    return modifier;
}

#include "app/route_request.h"

#include <string.h>

#include "app/wraps.h"
#include "http/checks.h"
#include "routes/config.h"

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

struct source {
    const char *header, *cookie;
    int type;
    bool required;
};

static const char *const source_types[] = {"string", "number", "integer", "boolean", NULL};

const struct option source_options[] = {
    HEADER(source),
    COOKIE(source),
    {.name = "type",
     .type = OPTION_ENUM,
     .offset = offsetof(struct source, type),
     .fallback = "string",
     .choices = source_types,
     .doc = "What the text is read as."},
    {.name = "required",
     .type = OPTION_BOOL,
     .offset = offsetof(struct source, required),
     .fallback = "false",
     .doc = "Whether a request without it is a 422."},
    {.name = NULL},
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

/* Who sends it: the one of `header` and `cookie` that is given.  False, and told, otherwise. */
static bool read_sent(struct builder *builder, struct place place, const char *header,
                      const char *cookie, struct sent *sent)
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
        if (read_sent(builder, member->key_place, cookie ? NULL : member->key,
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

static void free_schema(void *ptr)
{
    struct schema *schema = ptr;
    schema_free(&schema);
}

/* The schema of a source's values, which the arena owns. */
static struct schema *schema_of(struct builder *builder, int type)
{
    char why[256];
    struct schema *schema = NULL;
    json_auto_t *json = json_pack("{s:s}", "type", source_types[type]);
    if (schema_compile(&schema, json, why) == LS_OK)
        arena_defer(builder->arena, free_schema, schema);
    return schema;
}

/* Takes "configurable.temperature" apart; false, and told, when a config has no such key. */
static bool read_key(struct builder *builder, const struct runnable *runnable,
                     const struct node_member *member, struct config_source *source)
{
    static const char *const known[] = {"configurable.…",  "metadata.…", "max_concurrency",
                                        "recursion_limit", "run_id",     NULL};
    const char *dot = strchr(member->key, '.');
    size_t len = dot ? (size_t)(dot - member->key) : strlen(member->key);
    source->key = arena_strndup(builder->arena, member->key, len);
    source->member = dot ? arena_strdup(builder->arena, dot + 1) : NULL;
    bool configurable = strcmp(source->key, "configurable") == 0;
    bool has_members = configurable || strcmp(source->key, "metadata") == 0;
    bool well = has_members ? dot && dot[1] : false;
    for (int i = 2; known[i] && !has_members; i++)
        well |= !dot && strcmp(known[i], source->key) == 0;
    if (!well)
        problems_unknown(builder->problems, member->key_place, "key of a config", member->key,
                         known);
    else if (configurable)
        check_configurable(builder, runnable, member->key_place, source->member);
    return well;
}

static bool read_source(struct builder *builder, const struct runnable *runnable,
                        const struct node_member *member, struct config_source *source)
{
    struct source given = {0};
    if (!is_kind(builder, member->value, NODE_MAP, member->key))
        return false;
    options_read(source_options, member->value, &given, NULL, "config_from", builder->arena,
                 builder->problems);
    *source = (struct config_source){.required = given.required};
    source->schema = schema_of(builder, given.type);
    bool keyed = read_key(builder, runnable, member, source);
    return read_sent(builder, member->value->place, given.header, given.cookie, &source->sent) &&
           keyed;
}

static void read_sources(struct builder *builder, const struct runnable *runnable,
                         const struct node *node, struct config_modifier *modifier)
{
    if (!node || node->kind == NODE_NULL || !is_kind(builder, node, NODE_MAP, "config_from"))
        return;
    struct config_source *sources =
        arena_zalloc(builder->arena, (node->as.map.count + 1) * sizeof *sources);
    for (size_t i = 0; i < node->as.map.count; i++)
        if (read_source(builder, runnable, &node->as.map.members[i],
                        &sources[modifier->source_count]))
            modifier->source_count++;
    modifier->sources = sources;
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
        if (read_sent(builder, item->place, rule.header, rule.cookie, &sent))
            rules[modifier->deny_count++] = rule_of(sent, &rule);
    }
    modifier->deny = rules;
}

const struct config_modifier *build_modifier(struct builder *builder,
                                             const struct runnable *runnable,
                                             const struct node *sources, const struct node *deny)
{
    if (!sources && !deny)
        return NULL;
    struct config_modifier *modifier = arena_zalloc(builder->arena, sizeof *modifier);
    if (sources && sources->kind == NODE_NATIVE)
        *modifier = *(const struct config_modifier *)sources->as.native;
    else
        read_sources(builder, runnable, sources, modifier);
    read_deny(builder, deny, modifier);
    return modifier;
}

/* For tests of stages: trees of runnables from a few words of JSON, which also print them.
 *
 * "pass" and the parsers of parser_trees.h; {"value": v}, {"pick": "k"}, {"pick": ["k", …]},
 * the prompts of prompt_trees.h; {"fake": {options}}; {"seq": [t, …]},
 * {"par": {"k": t, …}}, {"assign": {"k": t, …}}, {"timeout": [ms, t]}, {"label": t};
 * {"limited": [most, t]}: all with the same number share their slots; 3 and 4 are rates;
 * {"branch": [if, then, …, else]}, {"each": t}, {"router": {"k": t, …}}, {"bind": t};
 * {"retry": [attempts, t]}, {"fallbacks": [t, …]}, {"fallbacks_key": [t, …]};
 * {"heard": t}: with listeners; {"measured": t}; {"choice": [t, …]}: alternatives;
 * {"fields": t}: configurable;
 * {"history": [options, t]}; {"cache": t}, {"cache": [options, t]};
 * {"remote": "URL"};
 * {"openai"|"azure"|"openai-completion"|"anthropic"|"ollama": "base URL" or a list};
 * {"fake-completion": {options}}; {"tool": t} with the argument "a", {"bare_tool": t} with any;
 * {"retriever": t}; {"guard": action};
 * {"plain"|"blocking"|"async"|"generator": {options}} and {"await": t} are C lambdas
 * (lambda_trees.h); {"lua": source}, {"emits": source} may invoke what tree_find() finds;
 * {"transforms": source} is a generator that takes its input in chunks */
#pragma once

#include "lua/lua_lambda.h"
#include "run/run_stand.h"
#include "stages/alternatives.h"
#include "stages/assign.h"
#include "stages/bind.h"
#include "stages/branch.h"
#include "stages/cache.h"
#include "stages/each.h"
#include "stages/fallbacks.h"
#include "stages/fields.h"
#include "stages/guard_trees.h"
#include "stages/history.h"
#include "stages/labelled.h"
#include "stages/lambda_trees.h"
#include "stages/limited.h"
#include "stages/listeners.h"
#include "stages/measure.h"
#include "stages/model_trees.h"
#include "stages/parallel.h"
#include "stages/parser_trees.h"
#include "stages/passthrough.h"
#include "stages/pick.h"
#include "stages/prompt_trees.h"
#include "stages/remote.h"
#include "stages/retry.h"
#include "stages/router.h"
#include "stages/sequence.h"
#include "stages/timeout.h"
#include "stages/value.h"

enum { MOST_TREE_PARTS = 8 };

static inline struct runnable *tree_parallel(json_t *words)
{
    const char *keys[MOST_TREE_PARTS], *key;
    struct runnable *branches[MOST_TREE_PARTS];
    size_t count = 0;
    json_t *branch;
    json_object_foreach(words, key, branch) {
        keys[count] = key;
        branches[count++] = tree_of(branch);
    }
    return parallel_new(keys, branches, count);
}

static inline struct runnable *tree_sequence(json_t *words)
{
    struct runnable *parts[MOST_TREE_PARTS];
    size_t i;
    json_t *part;
    json_array_foreach(words, i, part)
        parts[i] = tree_of(part);
    return sequence_new(parts, json_array_size(words));
}

static inline struct runnable *tree_assign(json_t *words)
{
    return assign_new(tree_parallel(words));
}

static inline struct runnable *tree_value(json_t *words)
{
    return value_new(words);
}

static inline struct runnable *tree_pick(json_t *words)
{
    return json_is_string(words) ? pick_one_new(json_string_value(words)) : pick_many_new(words);
}

static inline struct runnable *tree_timeout(json_t *words)
{
    return timeout_new(tree_of(json_array_get(words, 1)),
                       json_integer_value(json_array_get(words, 0)));
}

static inline struct runnable *tree_limited(json_t *words)
{
    static const struct slots_rule rules[] = {
        {.key = NULL},
        {.key = &rules[1], .max = 1, .queue = 1, .timeout = 5},
        {.key = &rules[2], .max = 2, .queue = 9, .timeout = 50},
        {.key = &rules[3], .queue = 9, .timeout = 50, .requests = {.count = 1, .window = 9}},
        {.key = &rules[4], .queue = 9, .timeout = 50, .tokens = {.count = 40, .window = 9}},
    };
    return limited_new(tree_of(json_array_get(words, 1)),
                       &rules[json_integer_value(json_array_get(words, 0))]);
}

static inline struct runnable *tree_measured(json_t *words)
{
    static const struct metric *nobody;
    struct measured counter = {.metric = &nobody, .count = 1}, duration = {0};
    counter.labels[0] = tree_template("{a}");
    return measure_new(tree_of(words), &counter, &duration);
}

static inline struct runnable *tree_labelled(json_t *words)
{
    struct runnable *labelled = labelled_new(tree_of(words));
    runnable_set_name(labelled, "labelled");
    labelled->tags = json_pack("[s]", "own");
    labelled->metadata = json_pack("{s:i}", "m", 1);
    return labelled;
}

/* `words` as runnables; how many there are. */
static inline size_t tree_list(json_t *words, struct runnable *parts[MOST_TREE_PARTS])
{
    size_t i;
    json_t *part;
    json_array_foreach(words, i, part)
        parts[i] = tree_of(part);
    return i;
}

static inline struct runnable *tree_branch(json_t *words)
{
    struct branch_arm arms[MOST_TREE_PARTS];
    struct runnable *parts[MOST_TREE_PARTS];
    size_t count = tree_list(words, parts);
    assert_int_equal(count % 2, 1);
    for (size_t i = 0; i < count / 2; i++)
        arms[i] = (struct branch_arm){parts[2 * i], parts[2 * i + 1]};
    return branch_new(arms, count / 2, parts[count - 1]);
}

static inline struct runnable *tree_each(json_t *words)
{
    return each_new(tree_of(words));
}

static inline struct runnable *tree_router(json_t *words)
{
    const char *keys[MOST_TREE_PARTS], *key;
    struct runnable *parts[MOST_TREE_PARTS];
    size_t count = 0;
    json_t *part;
    json_object_foreach(words, key, part) {
        keys[count] = key;
        parts[count++] = tree_of(part);
    }
    return router_new(keys, parts, count);
}

static inline struct runnable *tree_bind(json_t *words)
{
    json_auto_t *kwargs = json_pack("{s:[s]}", "stop", "x");
    return bind_new(tree_of(words), kwargs);
}

static inline struct runnable *tree_retry(json_t *words)
{
    const struct retry_options options = {
        .attempts = (unsigned)json_integer_value(json_array_get(words, 0)),
        .jitter = true,
        .initial = 4,
        .max = 8,
    };
    return retry_new(tree_of(json_array_get(words, 1)), &options);
}

static inline struct runnable *tree_fallbacks(json_t *words)
{
    struct runnable *parts[MOST_TREE_PARTS];
    size_t count = tree_list(words, parts);
    return fallbacks_new(parts, count, &(struct fallbacks_options){.key = NULL});
}

static inline struct runnable *tree_fallbacks_key(json_t *words)
{
    struct runnable *parts[MOST_TREE_PARTS];
    size_t count = tree_list(words, parts);
    return fallbacks_new(parts, count, &(struct fallbacks_options){.key = "error"});
}

static inline struct runnable *tree_heard(json_t *words)
{
    const struct listeners_of to = {.start = passthrough_new(),
                                    .end = passthrough_new(),
                                    .error = passthrough_new()};
    return listeners_new(tree_of(words), &to);
}

static inline struct runnable *tree_choice(json_t *words)
{
    static const char *const keys[MOST_TREE_PARTS] = {"0", "1", "2", "3", "4", "5", "6", "7"};
    struct runnable *parts[MOST_TREE_PARTS];
    size_t count = tree_list(words, parts);
    const struct alternatives_options options = {.id = "id",
                                                 .default_key = "0",
                                                 .prefix_keys = true};
    return alternatives_new(&options, keys, parts, count);
}

static inline struct runnable *tree_make(void *owner, json_t *values, struct arena *arena,
                                         const char **why)
{
    (void)owner, (void)arena, (void)why;
    return value_new(values);
}

/* Under a config, so that it is the other runnable that runs. */
static inline struct runnable *tree_fields(json_t *words)
{
    const struct field field = {.name = "a", .label = {.id = "a"}};
    json_auto_t *config = json_pack("{s:{s:i}}", "configurable", "a", 1);
    struct runnable *fields = fields_new(tree_of(words), &field, 1, tree_make, NULL);
    struct runnable *labelled = labelled_new(fields);
    labelled_set_config(labelled, config);
    return labelled;
}

/* With the fields "session_id", or those listed under "session"; all else as in the options. */
/* What a tree is called is what it is: its words. */
static inline struct runnable *tree_cache(json_t *words)
{
    json_t *given = json_is_array(words) ? json_array_get(words, 0) : NULL;
    json_t *inner = given ? json_array_get(words, 1) : words;
    json_t *ttl = json_object_get(given, "ttl");
    const char *by = json_string_value(json_object_get(given, "by"));
    char *identity = json_dumps(inner, JSON_ENCODE_ANY);
    const struct cache_options options = {.ttl = ttl ? json_integer_value(ttl) : 60000,
                                          .mark = json_string_value(json_object_get(given, "mark")),
                                          .by = &by,
                                          .by_count = by ? 1 : 0,
                                          .identity = identity};
    struct runnable *made = cache_new(tree_of(inner), &options);
    free(identity);
    return made;
}

static inline struct runnable *tree_history(json_t *words)
{
    struct config_label fields[MOST_TREE_PARTS] = {{.id = "session_id"}};
    json_t *given = json_array_get(words, 0), *session = json_object_get(given, "session"), *field;
    json_int_t window = json_integer_value(json_object_get(given, "window"));
    size_t i;
    json_array_foreach(session, i, field)
        fields[i] = (struct config_label){.id = json_string_value(field)};
    const struct history_options options = {
        .input = json_string_value(json_object_get(given, "input")),
        .output = json_string_value(json_object_get(given, "output")),
        .history = json_string_value(json_object_get(given, "history")),
        .fields = fields,
        .field_count = session ? json_array_size(session) : 1,
        .space = "default",
        .window = window > 0 ? (size_t)window : 100,
        .ttl = json_integer_value(json_object_get(given, "ttl")),
    };
    return history_new(tree_of(json_array_get(words, 1)), &options);
}

static inline struct runnable *tree_await(json_t *words)
{
    return lambda_await(tree_of(words));
}

static inline struct runnable *tree_remote(json_t *words)
{
    const struct remote_setup setup = {0};
    return remote_new(json_string_value(words), &setup);
}

static inline struct runnable *tree_word(const char *word)
{
    struct runnable *parser = parser_word(word);
    return parser ? parser : passthrough_new();
}

/* [parser, chain] */
static inline struct runnable *tree_mending(json_t *words, enum fixing_sort sort)
{
    const struct fixing_options options = {.sort = sort, .instructions = "i", .max_retries = 2};
    return parse_fixing_new(tree_of(json_array_get(words, 0)), tree_of(json_array_get(words, 1)),
                            &options);
}

static inline struct runnable *tree_fixing(json_t *words)
{
    return tree_mending(words, FIXING);
}

static inline struct runnable *tree_retry_parser(json_t *words)
{
    return tree_mending(words, RETRY_WITH_ERROR);
}

static inline struct runnable *tree_lua_of(json_t *words, bool emits, bool streams)
{
    const struct box_limits limits = {.memory = 4 << 20, .time_ms = 60000};
    const struct box_source source = {.file = "tree",
                                      .text = json_string_value(words),
                                      .len = json_string_length(words)};
    const struct lua_lambda_traits traits = {.emits = emits,
                                             .streams = streams,
                                             .wants_config = true};
    struct box *box = box_new(&limits, NULL);
    char *why = NULL;
    if (box_load_text(box, &source, &why) != LS_OK)
        fail_msg("%s", why);
    return lua_lambda_new(box, &traits);
}

static inline struct runnable *tree_lua(json_t *words)
{
    return tree_lua_of(words, false, false);
}

static inline struct runnable *tree_emits(json_t *words)
{
    return tree_lua_of(words, true, false);
}

static inline struct runnable *tree_transforms(json_t *words)
{
    return tree_lua_of(words, true, true);
}

/* The tree that `words` (borrowed) describes. */
static inline struct runnable *tree_of(json_t *words)
{
    static const struct {
        const char *word;
        struct runnable *(*make)(json_t *words);
    } kinds[] = {
        {"value", tree_value},
        {"pick", tree_pick},
        {"prompt", tree_prompt},
        {"mustache", tree_mustache},
        {"few_shot", tree_few_shot},
        {"few_shot_chat", tree_few_shot_chat},
        {"computed", tree_computed},
        {"fixing", tree_fixing},
        {"retry_parser", tree_retry_parser},
        {"schema", parser_of_schema},
        {"regex", parser_of_regex},
        {"format", parser_of_format},
        {"one_of", parser_of_values},
        {"tools", parser_of_tools},
        {"seq", tree_sequence},
        {"par", tree_parallel},
        {"template", tree_plain_template},
        {"assign", tree_assign},
        {"timeout", tree_timeout},
        {"limited", tree_limited},
        {"label", tree_labelled},
        {"fake", tree_fake},
        {"lua", tree_lua},
        {"emits", tree_emits},
        {"transforms", tree_transforms},
        {"branch", tree_branch},
        {"each", tree_each},
        {"router", tree_router},
        {"bind", tree_bind},
        {"retry", tree_retry},
        {"heard", tree_heard},
        {"measured", tree_measured},
        {"choice", tree_choice},
        {"fields", tree_fields},
        {"history", tree_history},
        {"cache", tree_cache},
        {"fallbacks", tree_fallbacks},
        {"fallbacks_key", tree_fallbacks_key},
        {"plain", lambda_plain},
        {"blocking", lambda_blocking},
        {"async", lambda_async},
        {"await", tree_await},
        {"generator", lambda_generator},
        {"transforms_c", lambda_transform},
        {"remote", tree_remote},
        {"openai", tree_openai},
        {"azure", tree_azure},
        {"openai-completion", tree_openai_text},
        {"anthropic", tree_anthropic},
        {"ollama", tree_ollama},
        {"fake-completion", tree_fake_text},
        {"tool", tree_tool},
        {"bare_tool", tree_bare_tool},
        {"retriever", tree_retriever},
        {"guard", tree_guard},
    };
    if (json_is_string(words))
        return tree_word(json_string_value(words));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        json_t *inner = json_object_get(words, kinds[i].word);
        if (inner)
            return kinds[i].make(inner);
    }
    fail_msg("no such kind");
    return NULL;
}

static inline struct runnable *tree_from(const char *text)
{
    json_auto_t *words = json_of(text);
    return tree_of(words);
}

/* Runnables by name, for lambdas: the owner is a list of pairs of a name and its words, which is
 * filled with what they stand for when it is asked. */
struct tree_name {
    const char *name, *words;
    struct runnable *tree;
};

static inline const struct runnable *tree_find(const void *owner, const char *name)
{
    for (struct tree_name *row = (struct tree_name *)owner; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row->tree ? row->tree : (row->tree = tree_from(row->words));
    return NULL;
}

static inline void tree_names_free(struct tree_name *names)
{
    for (; names->name; names++) {
        runnable_rele(names->tree);
        names->tree = NULL;
    }
}

/* The value as text, with the ids of runs made equal; NULL for none.  free() it. */
static inline char *tree_value_text(json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    for (char *at = text ? strstr(text, "lc_run--") : NULL; at; at = strstr(at + 1, "lc_run--"))
        memset(at + 8, 'x', UUID_LEN);
    return text;
}

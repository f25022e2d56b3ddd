/* For tests of stages: trees of runnables from a few words of JSON, which also print them.
 *
 * "pass", "str", "json", "list"; {"value": v}, {"pick": "k"}, {"pick": ["k", …]},
 * {"prompt": "text"}, {"template": "text"}, {"fake": {options}}; {"seq": [t, …]},
 * {"par": {"k": t, …}}, {"assign": {"k": t, …}}, {"timeout": [ms, t]}, {"label": t};
 * {"openai": "base URL"}, {"remote": "URL"} */
#pragma once

#include "models/fake.h"
#include "models/openai.h"
#include "run/run_stand.h"
#include "stages/assign.h"
#include "stages/labelled.h"
#include "stages/parallel.h"
#include "stages/parse_json.h"
#include "stages/parse_list.h"
#include "stages/parse_str.h"
#include "stages/passthrough.h"
#include "stages/pick.h"
#include "stages/prompt.h"
#include "stages/prompt_template.h"
#include "stages/remote.h"
#include "stages/sequence.h"
#include "stages/timeout.h"
#include "stages/value.h"

enum { MOST_TREE_PARTS = 8 };

static inline struct runnable *tree_of(json_t *words);

static inline struct template *tree_template(json_t *text)
{
    struct template *template = NULL;
    char why[TEMPLATE_WHY_SIZE];
    if (template_compile(&template, json_string_value(text), json_string_length(text), why))
        fail_msg("%s", why);
    return template;
}

static inline struct runnable *tree_prompt(json_t *text)
{
    struct prompt_part parts[] = {{.role = PROMPT_SYSTEM, .template = NULL},
                                  {.role = PROMPT_HUMAN, .template = tree_template(text)}};
    json_auto_t *greeting = json_string("Be brief.");
    parts[0].template = tree_template(greeting);
    return prompt_new(parts, 2);
}

static inline struct runnable *tree_fake(json_t *words)
{
    json_auto_t *none = json_pack("[s]", "hello");
    json_t *responses = json_object_get(words, "responses");
    json_t *after = json_object_get(words, "error_after");
    struct fake_options options = {
        .responses = responses ? responses : none,
        .unit = json_is_true(json_object_get(words, "words")) ? FAKE_WORDS : FAKE_CHARS,
        .delay = json_integer_value(json_object_get(words, "delay")),
        .error = json_string_value(json_object_get(words, "error")),
        .error_after = after ? json_integer_value(after) : -1,
        .echo = json_is_true(json_object_get(words, "echo")),
    };
    return fake_new(&options);
}

static inline struct runnable *tree_openai(json_t *url)
{
    const struct openai_options options = {
        .base_url = json_string_value(url), .model = "m", .max_retries = 1};
    return openai_new(&options);
}

static inline struct runnable *tree_remote(json_t *url)
{
    return remote_new(json_string_value(url));
}

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

static inline struct runnable *tree_plain_template(json_t *words)
{
    return prompt_template_new(tree_template(words));
}

static inline struct runnable *tree_timeout(json_t *words)
{
    return timeout_new(tree_of(json_array_get(words, 1)),
                       json_integer_value(json_array_get(words, 0)));
}

static inline struct runnable *tree_labelled(json_t *words)
{
    struct runnable *labelled = labelled_new(tree_of(words));
    runnable_set_name(labelled, "labelled");
    labelled->tags = json_pack("[s]", "own");
    labelled->metadata = json_pack("{s:i}", "m", 1);
    return labelled;
}

static inline struct runnable *tree_word(const char *word)
{
    return strcmp(word, "str") == 0    ? parse_str_new()
           : strcmp(word, "json") == 0 ? parse_json_new()
           : strcmp(word, "list") == 0 ? parse_list_new()
                                       : passthrough_new();
}

/* The tree that `words` (borrowed) describes. */
static inline struct runnable *tree_of(json_t *words)
{
    static const struct {
        const char *word;
        struct runnable *(*make)(json_t *words);
    } kinds[] = {
        {"value", tree_value},   {"pick", tree_pick},       {"prompt", tree_prompt},
        {"seq", tree_sequence},  {"par", tree_parallel},    {"template", tree_plain_template},
        {"assign", tree_assign}, {"timeout", tree_timeout}, {"label", tree_labelled},
        {"fake", tree_fake},     {"openai", tree_openai},   {"remote", tree_remote},
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

/* The value as text, with the ids of runs made equal; NULL for none.  free() it. */
static inline char *tree_value_text(json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    for (char *at = text ? strstr(text, "lc_run--") : NULL; at; at = strstr(at + 1, "lc_run--"))
        memset(at + 8, 'x', UUID_LEN);
    return text;
}

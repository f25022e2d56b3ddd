#include "app/build_guard.h"

#include <stdlib.h>
#include <string.h>

#include "app/build.h"
#include "base/folded.h"
#include "base/mem.h"

struct given {
    int action;
    struct option_strings fields, phrases, patterns;
    bool known;
    const char *mark;
};

#define GUARD(member) offsetof(struct given, member)

static const char *const actions[] = {"reject", "strip", "neutralise", "flag", NULL};

const struct option guard_options[] = {
    {.name = "action",
     .type = OPTION_ENUM,
     .offset = GUARD(action),
     .fallback = "reject",
     .choices = actions,
     .doc = "What happens when something is found: the run fails with 400 (`reject`), it is taken "
            "out (`strip`), its signs are replaced by others that look alike (`neutralise`), or "
            "nothing but a line in the log (`flag`)."},
    {.name = "fields",
     .type = OPTION_STRING_LIST,
     .offset = GUARD(fields),
     .doc = "Members of an input object that are looked at; all texts when absent."},
    {.name = "known",
     .type = OPTION_BOOL,
     .offset = GUARD(known),
     .fallback = "true",
     .doc =
         "Whether to look for the attempts that are known: orders to ignore orders, other roles, "
         "questions for the instructions, markers of roles and templates, in several languages."},
    {.name = "phrases",
     .type = OPTION_STRING_LIST,
     .offset = GUARD(phrases),
     .doc = "Texts that are looked for besides, whatever their case, marks, width and blanks."},
    {.name = "patterns",
     .type = OPTION_STRING_LIST,
     .offset = GUARD(patterns),
     .doc = "Regular expressions that are looked for besides, in the text as it is compared: small "
            "letters without marks, one blank between words."},
    {.name = "mark",
     .type = OPTION_STRING,
     .offset = GUARD(mark),
     .doc = "The member of the output that is true where something was found and false else, when "
            "that is an object."},
    {.name = NULL},
};

static void add_pattern(struct builder *builder, struct guard_rules *rules, struct place place,
                        const char *text, size_t len)
{
    char why[256];
    if (pattern_compile(&rules->patterns[rules->count], text, len, PATTERN_NO_CASE, why) == LS_OK)
        rules->count++;
    else
        problems_error(builder->problems, place, "guard: '%s' is no regular expression: %s", text,
                       why);
}

/* A phrase as a pattern: folded as texts are, and taken literally. */
static void add_phrase(struct builder *builder, struct guard_rules *rules, struct place place,
                       const char *phrase)
{
    struct folded folded;
    struct buf quoted;
    folded_init(&folded, phrase, strlen(phrase));
    buf_init(&quoted, SIZE_MAX);
    pattern_add_literal(&quoted, buf_str(&folded.text), folded.text.len);
    if (folded.text.len > 0)
        add_pattern(builder, rules, place, buf_str(&quoted), quoted.len);
    else
        problems_error(builder->problems, place, "guard: a phrase without a letter");
    buf_fini(&quoted);
    folded_fini(&folded);
}

static char **copied(const struct option_strings *strings)
{
    char **list = mem_zalloc(strings->count + 1, sizeof *list);
    for (size_t i = 0; i < strings->count; i++)
        list[i] = mem_strdup(strings->items[i]);
    return list;
}

static void read_map(struct builder *builder, const struct node *value, struct given *given)
{
    bool map = value->kind == NODE_MAP;
    options_read(guard_options, map ? value : NULL, given, NULL, "guard", builder->arena,
                 builder->problems);
    for (int i = 0; value->kind == NODE_STRING && actions[i]; i++)
        if (strcmp(value->as.string.text, actions[i]) == 0) {
            given->action = i;
            return;
        }
    if (value->kind == NODE_STRING)
        problems_unknown(builder->problems, value->place, "action of a guard",
                         value->as.string.text, actions);
    else if (!map)
        problems_error(builder->problems, value->place,
                       "guard: expected an action (reject, strip, neutralise, flag) or a mapping, "
                       "not %s",
                       node_kind_name(value->kind));
}

bool read_guard(struct builder *builder, const struct node *value, struct guard_rules *rules)
{
    struct given given = {0};
    size_t errors = builder->problems->told;
    size_t known = 0;
    read_map(builder, value, &given);
    while (given.known && guard_known_patterns[known])
        known++;
    size_t most = known + given.phrases.count + given.patterns.count;
    *rules = (struct guard_rules){
        .action = (enum guard_action)given.action,
        .patterns = mem_zalloc(most + 1, sizeof *rules->patterns),
        .fields = copied(&given.fields),
        .field_count = given.fields.count,
        .mark = given.mark ? mem_strdup(given.mark) : NULL,
    };
    for (size_t i = 0; i < known; i++)
        add_pattern(builder, rules, value->place, guard_known_patterns[i],
                    strlen(guard_known_patterns[i]));
    for (size_t i = 0; i < given.phrases.count; i++)
        add_phrase(builder, rules, value->place, given.phrases.items[i]);
    for (size_t i = 0; i < given.patterns.count; i++)
        add_pattern(builder, rules, value->place, given.patterns.items[i],
                    strlen(given.patterns.items[i]));
    return builder->problems->told == errors;
}

struct runnable *build_guard(struct builder *builder, const struct node *value,
                             const struct node *map)
{
    struct guard_rules rules;
    bool well = read_guard(builder, value, &rules);
    struct runnable *guard = guard_new(&rules);
    (void)map;
    if (!well)
        runnable_rele(guard);
    return well ? guard : NULL;
}

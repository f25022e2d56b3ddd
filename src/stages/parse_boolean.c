#include "stages/parse_boolean.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "stages/parse_whole.h"

struct parse_boolean {
    struct parse_whole whole;
    struct pattern *words; /* group 1: the word for true, group 2: the one for false */
    char *true_val, *false_val;
};

static struct parse_boolean *as_boolean(const struct runnable *runnable)
{
    return container_of(runnable, struct parse_boolean, whole.runnable);
}

enum { MAX_WORD = 1024, WHOLE_MATCH = 0, TRUE_GROUP = 1, FALSE_GROUP = 2, GROUPS = 3 };

/* Which of the two words the text has. */
static enum ls_err find_words(const struct parse_boolean *parser, const char *text, size_t len,
                              bool *is_true, bool *is_false)
{
    uint64_t spent = 0;
    struct match_span groups[GROUPS];
    bool found = true;
    enum ls_err err = LS_OK;
    for (size_t at = 0; !err && found && at <= len && !(*is_true && *is_false);) {
        err = pattern_match(parser->words, text, len, at, &spent, groups, GROUPS, &found);
        if (err || !found)
            break;
        *is_true |= groups[TRUE_GROUP].start != PATTERN_NO_GROUP;
        *is_false |= groups[FALSE_GROUP].start != PATTERN_NO_GROUP;
        at = groups[WHOLE_MATCH].end;
    }
    return err;
}

static enum ls_err boolean_parse(const struct runnable *runnable, const char *text, size_t len,
                                 json_t **value, struct buf *why)
{
    const struct parse_boolean *parser = as_boolean(runnable);
    bool is_true = false, is_false = false;
    enum ls_err err = find_words(parser, text, len, &is_true, &is_false);
    if (err)
        return err;
    if (is_true != is_false) {
        *value = json_boolean(is_true);
        return LS_OK;
    }
    if (is_true) {
        buf_printf(why, "Ambiguous response. Both %s and %s in received: ", parser->true_val,
                   parser->false_val);
        return parse_fail(why, "", text, len, ".");
    }
    buf_printf(why, "BooleanOutputParser expected output value to include either %s or %s. ",
               parser->true_val, parser->false_val);
    return parse_fail(why, "Received ", text, len, ".");
}

static json_t *boolean_output_schema(const struct runnable *runnable)
{
    json_t *schema = runnable_any_schema(runnable, "Output");
    json_object_set_new(schema, "type", json_string("boolean"));
    return schema;
}

static void boolean_fini(struct runnable *runnable)
{
    struct parse_boolean *parser = as_boolean(runnable);
    pattern_free(&parser->words);
    free(parser->true_val);
    free(parser->false_val);
}

static const struct runnable_ops boolean_ops = {
    .type = "BooleanOutputParser",
    .step = STEP_PARSER,
    .open = parse_whole_open,
    .input_schema = parse_input_schema,
    .output_schema = boolean_output_schema,
    .fini = boolean_fini,
};

static enum ls_err compile_words(struct pattern **words, const char *true_val,
                                 const char *false_val, char why[256])
{
    struct buf text;
    buf_init(&text, 4 * MAX_WORD);
    buf_add_str(&text, "(?i)\\b(?:(");
    pattern_add_literal(&text, true_val, strlen(true_val));
    buf_add_str(&text, ")|(");
    pattern_add_literal(&text, false_val, strlen(false_val));
    buf_add_str(&text, "))\\b");
    enum ls_err err = LS_BAD_CONFIG;
    if (text.full || !*true_val || !*false_val)
        (void)snprintf(why, 256, "the words for true and false are empty or too long");
    else
        err = pattern_compile(words, buf_str(&text), text.len, PATTERN_PYTHON, why);
    buf_fini(&text);
    return err;
}

enum ls_err parse_boolean_new(struct runnable **out, const char *true_val, const char *false_val,
                              char why[256])
{
    struct pattern *words = NULL;
    enum ls_err err = compile_words(&words, true_val, false_val, why);
    if (err)
        return err;
    struct parse_boolean *parser = mem_alloc(sizeof *parser);
    runnable_init(&parser->whole.runnable, &boolean_ops, NULL);
    parser->whole.parse = boolean_parse;
    parser->words = words;
    parser->true_val = mem_strdup(true_val);
    parser->false_val = mem_strdup(false_val);
    *out = &parser->whole.runnable;
    return LS_OK;
}

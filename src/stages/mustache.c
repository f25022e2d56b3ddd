/* Prints a template.  The values that sections are within are a list from the innermost out, which
 * grows at its head and is never changed: what a repeated section does to it is gone behind it. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pyprint.h"
#include "base/text.h"
#include "stages/mustache_internal.h"

/* What a section is within; the value NULL is Python's "", which is falsy. */
struct level {
    json_t *value;
    const struct level *outer;
};

struct printer {
    const struct mustache *mustache;
    struct buf *out;
    struct level *levels; /* room for one of each section, and the outermost */
    size_t used;
    long steps; /* that are left */
};

static bool is_zero(const json_t *value)
{
    return json_is_false(value) || (json_is_integer(value) && json_integer_value(value) == 0) ||
           (json_is_real(value) && json_real_value(value) == 0);
}

static bool is_falsy(const json_t *value)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_NULL: return true;
    case JSON_STRING: return json_string_length(value) == 0;
    case JSON_ARRAY: return json_array_size(value) == 0;
    case JSON_OBJECT: return json_object_size(value) == 0;
    default: return is_zero(value);
    }
}

/* Python's int() of a name, as an index into `list`; NULL when it is none. */
static json_t *list_item(const json_t *list, const char *name)
{
    size_t len = strlen(name), value = 0, count = json_array_size(list);
    text_strip(&name, &len);
    bool negative = len > 0 && *name == '-', digit = false;
    size_t at = len > 0 && (*name == '-' || *name == '+');
    for (; at < len; at++) {
        bool joins = name[at] == '_' && digit && at + 1 < len;
        digit = name[at] >= '0' && name[at] <= '9';
        if (!digit && !joins)
            return NULL;
        if (digit && value <= count)
            value = value * 10 + (size_t)(name[at] - '0');
    }
    if (!digit || value > count)
        return NULL;
    return json_array_get(list, negative && value > 0 ? count - value : value);
}

/* Follows a key's names from `value`; false when they lead nowhere. */
static bool walk(struct printer *printer, json_t *value, const struct mustache_token *token,
                 json_t **found)
{
    const char *part = token->text;
    for (unsigned i = 0; i < token->parts && !is_zero(value); i++) {
        printer->steps--;
        value = json_is_array(value) ? list_item(value, part) : json_object_get(value, part);
        if (!value)
            return false;
        part = mustache_next_part(part);
    }
    *found = is_falsy(value) && !is_zero(value) ? NULL : value;
    return true;
}

/* The value of a tag's key: of the innermost level that has it; NULL for "". */
static json_t *look_up(struct printer *printer, const struct mustache_token *token,
                       const struct level *level)
{
    json_t *found = NULL;
    if (token->is_dot)
        return level->value;
    for (; level && !walk(printer, level->value, token, &found); level = level->outer)
        printer->steps--;
    return found;
}

static enum ls_err add_escaped(struct buf *out, const char *text, size_t len)
{
    enum ls_err err = LS_OK;
    for (size_t at = 0; at < len && !err;) {
        size_t plain = at;
        while (plain < len && !memchr("&\"<>", text[plain], 4))
            plain++;
        err = buf_add(out, text + at, plain - at);
        if (!err && plain < len)
            err = buf_add_str(out, text[plain] == '&'   ? "&amp;"
                                   : text[plain] == '"' ? "&quot;"
                                   : text[plain] == '<' ? "&lt;"
                                                        : "&gt;");
        at = plain + 1;
    }
    return err;
}

static enum ls_err add_value(struct buf *out, const json_t *value, bool raw)
{
    if (!value)
        return LS_OK;
    if (raw)
        return pyprint(out, value, PYPRINT_STR);
    if (json_is_string(value))
        return add_escaped(out, json_string_value(value), json_string_length(value));
    struct buf text;
    buf_init(&text, out->limit);
    enum ls_err err = pyprint(&text, value, PYPRINT_STR);
    if (!err)
        err = add_escaped(out, buf_str(&text), text.len);
    buf_fini(&text);
    return err;
}

static const struct level *push_level(struct printer *printer, json_t *value,
                                      const struct level *outer)
{
    struct level *level = &printer->levels[printer->used++];
    *level = (struct level){value, outer};
    return level;
}

static enum ls_err print_range(struct printer *printer, size_t from, size_t to,
                               const struct level *level);

/* A section over a list, up to the token `end`. */
static enum ls_err print_list(struct printer *printer, size_t section, size_t end,
                              const json_t *list, const struct level *level)
{
    enum ls_err err = LS_OK;
    size_t used = printer->used;
    for (size_t i = 0; i < json_array_size(list) && !err; i++) {
        printer->steps--;
        const struct level *item = push_level(printer, json_array_get(list, i), level);
        err = print_range(printer, section + 1, end, item);
        printer->used = used;
    }
    return err;
}

static enum ls_err print_variable(struct printer *printer, const struct mustache_token *token,
                                  const struct level *level)
{
    json_t *value = look_up(printer, token, level);
    bool raw = token->tag == MUSTACHE_RAW;
    /* What {{^x}} put there is a `true` that nobody means: LangChain takes what is around it. */
    if (!raw && token->is_dot && json_is_true(value) && level->outer)
        value = level->outer->value;
    return add_value(printer->out, value, raw);
}

/* The tokens from `from` up to `to`, within `level`. */
static enum ls_err print_range(struct printer *printer, size_t from, size_t to,
                               const struct level *level)
{
    enum ls_err err = LS_OK;
    for (size_t i = from; i < to && !err; i++) {
        const struct mustache_token *token = &printer->mustache->tokens[i];
        if (!level)
            return LS_BAD_VALUE;
        if (--printer->steps < 0)
            return LS_TOO_BIG;
        bool opens = token->tag == MUSTACHE_SECTION || token->tag == MUSTACHE_INVERTED;
        json_t *value;
        if (token->tag == MUSTACHE_END) {
            level = level->outer;
        } else if (is_falsy(level->value) && level->outer) {
            level = opens ? push_level(printer, NULL, level) : level;
        } else if (token->tag == MUSTACHE_LITERAL) {
            err = buf_add(printer->out, token->text, token->len);
        } else if (token->tag == MUSTACHE_INVERTED) {
            value = look_up(printer, token, level);
            level = push_level(printer, is_falsy(value) ? json_true() : NULL, level);
        } else if (token->tag == MUSTACHE_SECTION) {
            value = look_up(printer, token, level);
            size_t end = token->end < to ? token->end : to;
            if (json_is_array(value) && !is_falsy(value)) {
                err = print_list(printer, i, end, value, level);
                i = end;
            } else {
                level = push_level(printer, value, level);
            }
        } else if (token->tag != MUSTACHE_SILENT) {
            err = print_variable(printer, token, level);
        }
    }
    return err;
}

enum ls_err mustache_print(const struct mustache *mustache, json_t *variables, struct buf *out,
                           char why[TEMPLATE_WHY_SIZE])
{
    struct printer printer = {.mustache = mustache,
                              .out = out,
                              .levels = mem_zalloc(mustache->sections + 1, sizeof(struct level)),
                              .steps = MUSTACHE_MAX_STEPS};
    const struct level *outermost = push_level(&printer, variables, NULL);
    enum ls_err err = print_range(&printer, 0, mustache->count, outermost);
    const char *sentence = err == LS_BAD_VALUE ? "a section ends that is not open: {{#x}} repeats "
                                                 "its text up to the end of a {{^x}} inside"
                           : err && printer.steps < 0 ? "the template repeats too much"
                                                      : "";
    (void)snprintf(why, TEMPLATE_WHY_SIZE, "%s", sentence);
    free(printer.levels);
    return err;
}

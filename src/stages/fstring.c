#include "stages/fstring.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pyprint.h"
#include "stages/pyformat.h"

/* Text, then perhaps a field. */
struct part {
    char *text; /* braces already unescaped */
    size_t len;
    size_t variable; /* index of the name; only when has_field */
    bool has_field;
    char conversion; /* 'r', 's', 'a', or 0 */
    struct pyformat_spec spec;
};

struct fstring {
    struct part *parts;
    size_t part_count;
    char **names;
    size_t name_count;
};

struct reader {
    const char *at, *end;
    char *why;
    json_t *indices; /* of the names so far */
};

static enum ls_err refuse(const struct reader *reader, const char *sentence)
{
    (void)snprintf(reader->why, TEMPLATE_WHY_SIZE, "%s", sentence);
    return LS_BAD_SYNTAX;
}

/* How many bytes of a name go into a sentence: whole characters, at most `most` bytes. */
static int quoted_len(const char *name, int most)
{
    int len = (int)strnlen(name, (size_t)most + 1);
    if (len <= most)
        return len;
    for (len = most; len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80;)
        len--;
    return len;
}

/* Literal text up to the next field or the end, into the part. */
static enum ls_err read_text(struct reader *reader, struct part *part)
{
    struct buf text;
    buf_init(&text, (size_t)(reader->end - reader->at));
    enum ls_err err = LS_OK;
    while (!err && reader->at < reader->end) {
        char c = *reader->at;
        if (c == '{' || c == '}') {
            bool is_double = reader->at + 1 < reader->end && reader->at[1] == c;
            if (c == '{' && !is_double)
                break;
            if (!is_double) {
                err = refuse(reader, "Single '}' encountered in format string");
                break;
            }
            reader->at++;
        }
        err = buf_add_char(&text, c);
        reader->at++;
    }
    part->len = text.len;
    part->text = buf_take(&text);
    return err;
}

static bool is_power_of_two(size_t n)
{
    return (n & (n - 1)) == 0;
}

static size_t find_or_add_name(struct fstring *template, const struct reader *reader, size_t len)
{
    size_t count = template->name_count;
    char *name = mem_strndup(reader->at, len);
    const json_t *index = json_object_get(reader->indices, name);
    if (index) {
        free(name);
        return (size_t)json_integer_value(index);
    }
    if (is_power_of_two(count))
        template->names = mem_resize(template->names, 2 * count + 1, sizeof *template->names);
    template->names[template->name_count++] = name;
    json_object_set_new_nocheck(reader->indices, name, json_integer((json_int_t)count));
    return count;
}

static enum ls_err read_name(struct fstring *template, struct reader *reader, struct part *part)
{
    const char *name = reader->at;
    size_t len = 0, digits = 0, rest = (size_t)(reader->end - name);
    while (len < rest && !memchr("{}:!", name[len], 4)) {
        if (memchr(".[]", name[len], 3) || name[len] == '\0') {
            (void)snprintf(reader->why, TEMPLATE_WHY_SIZE,
                           "Invalid variable name in f-string template at '%.*s'. Variable names "
                           "cannot contain attribute access (.) or indexing ([]).",
                           quoted_len(name, 60), name);
            return LS_BAD_SYNTAX;
        }
        digits += name[len] >= '0' && name[len] <= '9';
        len++;
    }
    if (len == rest)
        return refuse(reader, "expected '}' before end of string");
    if (name[len] == '{')
        return refuse(reader, "unexpected '{' in field name");
    if (digits == len)
        return refuse(reader, "Invalid variable name in f-string template. Variable names cannot "
                              "be empty or all digits as they are positional arguments.");
    part->variable = find_or_add_name(template, reader, len);
    reader->at += len;
    return LS_OK;
}

/* What stands behind the name, from '!' or ':' through the closing brace. */
static enum ls_err read_format(struct reader *reader, struct part *part)
{
    if (*reader->at == '!') {
        if (reader->end - reader->at < 3)
            return refuse(reader, "end of string while looking for conversion specifier");
        part->conversion = reader->at[1];
        if (!memchr("rsa", part->conversion, 3))
            return refuse(reader, "Unknown conversion specifier: only !r, !s and !a exist");
        reader->at += 2;
        if (*reader->at != ':' && *reader->at != '}')
            return refuse(reader, "expected ':' after conversion specifier");
    }
    const char *spec = reader->at + (*reader->at == ':');
    const char *close = memchr(spec, '}', (size_t)(reader->end - spec));
    size_t len = (size_t)((close ? close : reader->end) - spec);
    if (memchr(spec, '{', len))
        return refuse(reader, "Invalid format specifier in f-string template. Nested replacement "
                              "fields are not allowed.");
    if (!close)
        return refuse(reader, "expected '}' before end of string");
    const char *problem;
    if (pyformat_parse_spec(&part->spec, spec, len, &problem)) {
        (void)snprintf(reader->why, TEMPLATE_WHY_SIZE, "Invalid format specifier: %s", problem);
        return LS_BAD_SYNTAX;
    }
    reader->at = close + 1;
    return LS_OK;
}

static enum ls_err read_part(struct fstring *template, struct reader *reader, struct part *part)
{
    enum ls_err err = read_text(reader, part);
    if (err || reader->at == reader->end)
        return err;
    reader->at++; /* the opening brace */
    if (reader->at == reader->end)
        return refuse(reader, "Single '{' encountered in format string");
    err = read_name(template, reader, part);
    if (!err)
        err = read_format(reader, part);
    part->has_field = !err;
    return err;
}

enum ls_err fstring_compile(struct fstring **out, const char *text, size_t len,
                            char why[TEMPLATE_WHY_SIZE])
{
    why[0] = '\0';
    struct fstring *template = *out = mem_zalloc(1, sizeof *template);
    /* A NUL behind the text lets messages quote from the place of the fault. */
    char *copy = mem_strndup(text, len);
    json_auto_t *indices = json_object();
    struct reader reader = {copy, copy + len, why, indices};
    enum ls_err err = LS_OK;
    while (!err && reader.at < reader.end) {
        size_t count = template->part_count++;
        if (is_power_of_two(count))
            template->parts = mem_resize(template->parts, 2 * count + 1, sizeof *template->parts);
        template->parts[count] = (struct part){.text = NULL};
        err = read_part(template, &reader, &template->parts[count]);
    }
    free(copy);
    if (err)
        fstring_free(out);
    return err;
}

void fstring_free(struct fstring **ptr)
{
    struct fstring *template = *ptr;
    *ptr = NULL;
    if (!template)
        return;
    for (size_t i = 0; i < template->part_count; i++)
        free(template->parts[i].text);
    for (size_t i = 0; i < template->name_count; i++)
        free(template->names[i]);
    free(template->parts);
    free(template->names);
    free(template);
}

size_t fstring_variables(const struct fstring *template, const char *const **names)
{
    *names = (const char *const *)template->names;
    return template->name_count;
}

/* The names of what is missing and of what is there, as Python would list them. */
static enum ls_err tell_missing(const struct fstring *template, const json_t *variables,
                                char why[TEMPLATE_WHY_SIZE])
{
    json_auto_t *received = json_array();
    struct buf text;
    buf_init(&text, TEMPLATE_WHY_SIZE - 1);
    (void)buf_add_str(&text, "missing variables {");
    const char *comma = "";
    for (size_t i = 0; i < template->name_count; i++) {
        const char *name = template->names[i];
        if (json_object_get(variables, name))
            continue;
        (void)buf_add_str(&text, comma);
        (void)pyprint_string(&text, name, strlen(name), PYPRINT_REPR);
        comma = ", ";
    }
    (void)buf_add_str(&text, "}");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)variables, key, value)
        (void)json_array_append_new(received, json_string(key));
    size_t whole = text.len;
    if (buf_add_str(&text, "; received: ") || pyprint(&text, received, PYPRINT_STR))
        text.data[whole] = '\0'; /* better without the list than with half of it */
    (void)snprintf(why, TEMPLATE_WHY_SIZE, "%s", buf_str(&text));
    buf_fini(&text);
    return LS_BAD_VALUE;
}

static enum ls_err print_field(const struct fstring *template, const struct part *part,
                               const json_t *value, struct buf *out, char why[TEMPLATE_WHY_SIZE])
{
    const char *problem = "the text is too long", *name = template->names[part->variable];
    enum ls_err err;
    if (part->conversion) {
        struct buf text;
        buf_init(&text, out->limit);
        err = pyprint(&text, value,
                      part->conversion == 's'   ? PYPRINT_STR
                      : part->conversion == 'r' ? PYPRINT_REPR
                                                : PYPRINT_ASCII);
        json_auto_t *converted = json_stringn_nocheck(buf_str(&text), text.len);
        buf_fini(&text);
        if (!err)
            err = pyformat_print_spec(out, converted, &part->spec, &problem);
    } else {
        err = pyformat_print_spec(out, value, &part->spec, &problem);
    }
    if (err)
        (void)snprintf(why, TEMPLATE_WHY_SIZE, "{%.*s}: %s", quoted_len(name, 100), name, problem);
    return err;
}

enum ls_err fstring_print(const struct fstring *template, const json_t *variables, struct buf *out,
                          char why[TEMPLATE_WHY_SIZE])
{
    why[0] = '\0';
    enum ls_err err = LS_OK;
    for (size_t i = 0; i < template->part_count && !err; i++) {
        const struct part *part = &template->parts[i];
        err = buf_add(out, part->text, part->len);
        if (err || !part->has_field)
            continue;
        const json_t *value = json_object_get(variables, template->names[part->variable]);
        err = value ? print_field(template, part, value, out, why)
                    : tell_missing(template, variables, why);
    }
    return err;
}

/* Reads a template into tokens.  The order of questions is chevron's, on which LangChain's module
 * stands: what it makes of odd templates is kept. */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"
#include "stages/mustache_internal.h"

/* A run of bytes within the template. */
struct span {
    char *at;
    size_t len;
};

struct reader {
    struct mustache *mustache;
    char *at, *end;
    struct span left, right; /* the delimiters; the left one may become empty, and is in no text */
    bool standalone;         /* the last tag stood on a line of its own */
    size_t *open;            /* sections, from the outermost */
    size_t open_count;
    unsigned depth;     /* of names in open sections */
    json_t *repeatable; /* the innermost open {{#x}} by its key */
    char *why;
};

static int quoted(const char *text, size_t len)
{
    size_t most = len < 60 ? len : 60;
    while (most < len && most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return (int)most;
}

static enum ls_err refuse(const struct reader *reader, const char *sentence)
{
    size_t line = 1;
    for (const char *at = reader->mustache->text; at < reader->at; at++)
        line += *at == '\n';
    (void)snprintf(reader->why, TEMPLATE_WHY_SIZE, "%s, at line %zu of it", sentence, line);
    return LS_BAD_SYNTAX;
}

static enum ls_err refuse_key(const struct reader *reader, struct span key, const char *what)
{
    char sentence[TEMPLATE_WHY_SIZE - 60];
    (void)snprintf(sentence, sizeof sentence, "the section '%.*s' %s", quoted(key.at, key.len),
                   key.at, what);
    return refuse(reader, sentence);
}

static char *find(char *at, const char *end, struct span what)
{
    return what.len ? memmem(at, (size_t)(end - at), what.at, what.len) : NULL;
}

/* How many bytes of white space `text` begins with. */
static size_t count_space(const char *text, size_t len)
{
    size_t at = 0;
    int32_t code = 0;
    while (at < len && text[at] != '\n') {
        const utf8proc_uint8_t *here = (const utf8proc_uint8_t *)text + at;
        utf8proc_ssize_t size = utf8proc_iterate(here, (utf8proc_ssize_t)(len - at), &code);
        if (size <= 0 || !text_is_space(code))
            break;
        at += (size_t)size;
    }
    return at;
}

/* Whether only white space stands between the line's beginning and the tag behind `literal`. */
static bool begins_line(const struct reader *reader, struct span literal)
{
    const char *line = literal.len ? memrchr(literal.at, '\n', literal.len) : NULL;
    if (!line && !reader->standalone)
        return false;
    const char *from = line ? line + 1 : literal.at;
    size_t len = (size_t)(literal.at + literal.len - from);
    return count_space(from, len) == len;
}

/* Whether only white space stands between the tag and the line's end; *rest begins the next line,
 * where there is one. */
static bool ends_line(const struct reader *reader, char **rest)
{
    size_t len = (size_t)(reader->end - reader->at), space = count_space(reader->at, len);
    if (space < len && reader->at[space] != '\n')
        return false;
    *rest = space < len ? reader->at + space + 1 : reader->at;
    return true;
}

static struct mustache_token *add_token(struct reader *reader, enum mustache_tag tag,
                                        struct span text)
{
    struct mustache *mustache = reader->mustache;
    size_t count = mustache->count;
    if ((count & (count - 1)) == 0)
        mustache->tokens = mem_resize(mustache->tokens, 2 * count + 1, sizeof *mustache->tokens);
    struct mustache_token *token = &mustache->tokens[mustache->count++];
    *token = (struct mustache_token){.tag = tag, .text = text.at, .len = text.len};
    return token;
}

/* Takes a key apart, in place: dots and what stands behind it become NULs. */
static void split_key(struct mustache_token *token)
{
    token->is_dot = token->len == 1 && *token->text == '.';
    token->parts = 1;
    for (size_t i = 0; i < token->len; i++)
        if (token->text[i] == '.') {
            token->text[i] = '\0';
            token->parts++;
        }
    token->text[token->len] = '\0';
}

static void open_section(struct reader *reader, const struct mustache_token *token, const char *key)
{
    struct mustache *mustache = reader->mustache;
    size_t index = (size_t)(token - mustache->tokens);
    reader->open[reader->open_count++] = index;
    reader->depth += token->parts;
    mustache->sections++;
    if (token->tag != MUSTACHE_SECTION)
        return;
    const json_t *outer = json_object_get(reader->repeatable, key);
    mustache->tokens[index].end = (size_t)json_integer_value(outer);
    json_object_set_new_nocheck(reader->repeatable, key, json_integer((json_int_t)index + 1));
}

/* The end of the innermost open {{#key}} is the token to be added, where one is repeated: the ends
 * of {{^key}} count, too. */
static void end_repeatable(struct reader *reader, const char *key)
{
    struct mustache *mustache = reader->mustache;
    size_t inner = (size_t)json_integer_value(json_object_get(reader->repeatable, key));
    if (inner == 0)
        return;
    struct mustache_token *section = &mustache->tokens[inner - 1];
    json_object_set_new_nocheck(reader->repeatable, key, json_integer((json_int_t)section->end));
    section->end = mustache->count;
}

static enum ls_err close_section(struct reader *reader, struct span key)
{
    struct mustache *mustache = reader->mustache;
    if (reader->open_count == 0)
        return refuse_key(reader, key, "is ended and was not opened");
    const struct mustache_token *open = &mustache->tokens[reader->open[--reader->open_count]];
    bool same = open->len == key.len;
    for (size_t i = 0; same && i < key.len; i++)
        same = open->text[i] == (key.at[i] == '.' ? '\0' : key.at[i]);
    reader->depth -= open->parts;
    return same ? LS_OK : refuse_key(reader, key, "is ended and was not opened last");
}

static void set_delimiters(struct reader *reader, struct span key)
{
    char *last = key.len ? memrchr(key.at, ' ', key.len) : NULL;
    char *first = key.len ? memchr(key.at, ' ', key.len) : NULL;
    reader->left = (struct span){key.at, first ? (size_t)(first - key.at) : key.len};
    reader->right = last ? (struct span){last + 1, (size_t)(key.at + key.len - last - 1)} : key;
}

static bool is_default(struct span delimiter, const char *text)
{
    return delimiter.len == 2 && memcmp(delimiter.at, text, 2) == 0;
}

/* What the tag's first character says, which is taken off; the rest of a triple brace too. */
static enum ls_err read_sort(struct reader *reader, struct span *tag, enum mustache_tag *sort,
                             char *sign)
{
    *sign = *tag->at;
    *sort = MUSTACHE_VARIABLE;
    if (!*sign || !strchr("!#^/>={&", *sign))
        return LS_OK;
    tag->at++;
    tag->len--;
    *sort = *sign == '#'   ? MUSTACHE_SECTION
            : *sign == '^' ? MUSTACHE_INVERTED
            : *sign == '/' ? MUSTACHE_END
            : *sign == '&' ? MUSTACHE_RAW
                           : MUSTACHE_SILENT;
    if (*sign == '=') {
        if (tag->len == 0 || tag->at[tag->len - 1] != '=')
            return refuse(reader, "unclosed set delimiter tag");
        tag->len--;
    } else if (*sign == '{' && is_default(reader->left, "{{") && is_default(reader->right, "}}") &&
               reader->at < reader->end && *reader->at == '}') {
        reader->at++;
        *sort = MUSTACHE_RAW;
    }
    return LS_OK;
}

/* Adds a tag with a key. */
static enum ls_err add_tag(struct reader *reader, enum mustache_tag sort, struct span key)
{
    if (memchr(key.at, '\0', key.len))
        return refuse(reader, "a tag holds a NUL");
    char *whole = mem_strndup(key.at, key.len);
    enum ls_err err = sort == MUSTACHE_END ? close_section(reader, key) : LS_OK;
    if (!err && sort == MUSTACHE_END)
        end_repeatable(reader, whole);
    if (!err) {
        struct mustache_token *token = add_token(reader, sort, key);
        split_key(token);
        if (sort != MUSTACHE_END && reader->depth + token->parts > MUSTACHE_MAX_DEPTH)
            err = refuse(reader, "sections and names stand more than 100 deep inside each other");
        else if (sort == MUSTACHE_SECTION || sort == MUSTACHE_INVERTED)
            open_section(reader, token, whole);
    }
    free(whole);
    return err;
}

/* Reads the tag behind `literal`, and adds both. */
static enum ls_err read_tag(struct reader *reader, struct span literal)
{
    enum mustache_tag sort;
    char sign, *close = find(reader->at, reader->end, reader->right);
    if (!close)
        return refuse(reader, "unclosed tag");
    struct span tag = {reader->at, (size_t)(close - reader->at)};
    bool may_stand_alone = begins_line(reader, literal);
    const char *text = tag.at;
    size_t len = tag.len;
    text_strip(&text, &len);
    if (len == 0)
        return refuse(reader, "empty tag");
    reader->at = close + reader->right.len;
    enum ls_err err = read_sort(reader, &tag, &sort, &sign);
    if (err)
        return err;
    text = tag.at;
    text_strip(&text, &tag.len);
    tag.at += text - tag.at;
    if (sign == '=')
        set_delimiters(reader, tag);
    reader->standalone = may_stand_alone && sort != MUSTACHE_VARIABLE && sort != MUSTACHE_RAW &&
                         ends_line(reader, &reader->at);
    while (reader->standalone && sign != '>' && literal.len && literal.at[literal.len - 1] == ' ')
        literal.len--;
    if (literal.len)
        (void)add_token(reader, MUSTACHE_LITERAL, literal);
    return sign == '!' || sign == '=' ? LS_OK : add_tag(reader, sort, tag);
}

static enum ls_err read_all(struct reader *reader)
{
    enum ls_err err = LS_OK;
    while (!err && reader->at < reader->end) {
        char *open = find(reader->at, reader->end, reader->left);
        struct span literal = {reader->at, (size_t)((open ? open : reader->end) - reader->at)};
        reader->at = open ? open + reader->left.len : reader->end;
        if (reader->at == reader->end) {
            (void)add_token(reader, MUSTACHE_LITERAL, literal);
            break;
        }
        err = read_tag(reader, literal);
    }
    if (err || reader->open_count == 0)
        return err;
    const struct mustache_token *open =
        &reader->mustache->tokens[reader->open[reader->open_count - 1]];
    struct span key = {open->text, strlen(open->text)};
    return refuse_key(reader, key, "is never closed");
}

enum ls_err mustache_compile(struct mustache **out, const char *text, size_t len,
                             char why[TEMPLATE_WHY_SIZE])
{
    static char left[] = "{{", right[] = "}}";
    size_t open[MUSTACHE_MAX_DEPTH + 1];
    struct mustache *mustache = *out = mem_zalloc(1, sizeof *mustache);
    json_auto_t *repeatable = json_object();
    why[0] = '\0';
    mustache->text = mem_strndup(text, len);
    struct reader reader = {.mustache = mustache,
                            .at = mustache->text,
                            .end = mustache->text + len,
                            .left = {left, 2},
                            .right = {right, 2},
                            .standalone = true,
                            .open = open,
                            .repeatable = repeatable,
                            .why = why};
    enum ls_err err = read_all(&reader);
    if (err)
        mustache_free(out);
    return err;
}

void mustache_free(struct mustache **ptr)
{
    struct mustache *mustache = *ptr;
    *ptr = NULL;
    if (!mustache)
        return;
    free(mustache->text);
    free(mustache->tokens);
    free(mustache);
}

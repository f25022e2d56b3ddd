#include "yaml/yaml_error.h"

#include <string.h>

#include "base/text.h"

/* What libyaml says, what we say, and whether the mistake is where the construct began (its
 * "context") and not where libyaml noticed.  The first row that fits both texts is taken; a NULL
 * fits any. */
static const struct wording {
    const char *problem, *context;
    const char *sentence;
    bool at_context;
} wordings[] = {
    {"found character that cannot start any token", NULL,
     "a value cannot begin with this character; put the value in quotes", false},
    {"could not find expected ':'", NULL, "expected ':' and a value behind this key", true},
    {"mapping values are not allowed in this context", NULL,
     "a ':' cannot stand here; check the indentation, and put a text that holds ': ' in quotes",
     false},
    {"block sequence entries are not allowed in this context", NULL,
     "a '- ' item cannot stand here; put it on a line of its own", false},
    {"mapping keys are not allowed in this context", NULL,
     "a '?' key cannot stand here; write 'key: value'", false},
    {"found unexpected end of stream", "while scanning a quoted scalar",
     "this quote is never closed", true},
    {"found unexpected document indicator", NULL,
     "this quote is not closed before the document ends", true},
    {"found unknown escape character", NULL,
     "this escape is unknown; write \\\\ for a backslash, or use single quotes", false},
    {"did not find expected hexdecimal number", NULL,
     "this escape needs hexadecimal digits: \\x41, \\u0041 or \\U00000041", false},
    {"found invalid Unicode character escape code", NULL, "this escape is no Unicode character",
     false},
    {"did not find expected alphabetic or numeric character", "while scanning an anchor",
     "an anchor needs a name, like &defaults; put a text that begins with '&' in quotes", true},
    {"did not find expected alphabetic or numeric character", "while scanning an alias",
     "an alias needs a name, like *defaults; put a text that begins with '*' in quotes", true},
    {"did not find expected comment or line break", "while scanning a block scalar",
     "the text of a '|' or '>' block begins on the next line", false},
    {"found an indentation indicator equal to 0", NULL,
     "the digit behind '|' or '>' is the indentation, 1 to 9", false},
    {"did not find expected ',' or ']'", NULL,
     "expected ',' or ']' in this list; is the '[' closed?", true},
    {"did not find expected ',' or '}'", NULL,
     "expected ',' or '}' in this mapping; is the '{' closed?", true},
    {"did not find expected key", NULL,
     "expected a key here; give the keys of one mapping the same indentation, and leave nothing "
     "behind a closing quote or bracket",
     false},
    {"did not find expected '-' indicator", NULL,
     "expected '- ' here; give the items of one list the same indentation, and leave nothing "
     "behind a closing quote or bracket",
     false},
    {"did not find expected <document start>", NULL,
     "this does not belong to what stands above it; check the indentation", false},
    {"did not find expected node content", NULL,
     "expected a value here; is every '[' and '{' closed?", false},
    {"found undefined tag handle", NULL,
     "tags like !this are not supported; put a text that begins with '!' in quotes", false},
    {"found incompatible YAML document", NULL, "only YAML 1.1 and 1.2 can be read", false},
};

struct place yaml_place(const char *file, yaml_mark_t mark)
{
    return (struct place){.file = file, .line = (int)mark.line + 1, .column = (int)mark.column + 1};
}

/* The place of the byte at `offset`. */
static struct place place_of(const char *file, const char *data, size_t offset)
{
    struct place place = {.file = file, .line = 1, .column = 1};
    size_t line_start = 0;
    for (size_t i = 0; i < offset; i++)
        if (data[i] == '\n' || (data[i] == '\r' && data[i + 1] != '\n')) {
            place.line++;
            line_start = i + 1;
        }
    place.column += (int)text_count(data + line_start, offset - line_start);
    return place;
}

static bool fits(const struct wording *wording, const yaml_parser_t *parser)
{
    if (strcmp(wording->problem, parser->problem) != 0)
        return false;
    return !wording->context || (parser->context && !strcmp(wording->context, parser->context));
}

static const struct wording *find_wording(const yaml_parser_t *parser)
{
    for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++)
        if (fits(&wordings[i], parser))
            return &wordings[i];
    return NULL;
}

/* The byte at libyaml's mark, which counts code points; NUL at the end. */
static char byte_at_mark(const yaml_parser_t *parser, const char *data, size_t len)
{
    size_t at = 0;
    for (size_t i = 0; i < parser->problem_mark.index && at < len; i++)
        at += text_char_len(data + at, len - at);
    return at < len ? data[at] : '\0';
}

static bool is_about_tab(const yaml_parser_t *parser, const char *data, size_t len)
{
    if (strstr(parser->problem, "tab character"))
        return true;
    return !strcmp(parser->problem, "found character that cannot start any token") &&
           byte_at_mark(parser, data, len) == '\t';
}

static bool is_about_empty_key(const yaml_parser_t *parser, const char *data, size_t len)
{
    bool in_block = !strcmp(parser->problem, "did not find expected key");
    bool in_flow = !strcmp(parser->problem, "did not find expected node content");
    return (in_block || in_flow) && byte_at_mark(parser, data, len) == ':';
}

static void report_grammar(const yaml_parser_t *parser, const char *file, struct problems *problems)
{
    const struct wording *wording = find_wording(parser);
    struct place found = yaml_place(file, parser->problem_mark);
    struct place began = yaml_place(file, parser->context_mark);
    if (!wording)
        problems_error(problems, found, "this is not YAML: %s%s%s", parser->problem,
                       parser->context ? " " : "", parser->context ? parser->context : "");
    else if (wording->at_context && found.line != began.line)
        problems_error(problems, began, "%s (noticed on line %d)", wording->sentence, found.line);
    else
        problems_error(problems, wording->at_context ? began : found, "%s", wording->sentence);
}

void yaml_error_report(const yaml_parser_t *parser, const char *file, const char *data, size_t len,
                       struct problems *problems)
{
    if (parser->error == YAML_READER_ERROR)
        problems_error(problems, place_of(file, data, parser->problem_offset),
                       "the control character U+%04X cannot stand in YAML; in double quotes it is "
                       "written \\x%02x",
                       (unsigned)parser->problem_value, (unsigned)parser->problem_value);
    else if (parser->error == YAML_MEMORY_ERROR)
        problems_error(problems, (struct place){.file = file}, "not enough memory to read this");
    else if (is_about_tab(parser, data, len))
        problems_error(problems, yaml_place(file, parser->problem_mark),
                       "a tab cannot indent in YAML; use spaces");
    else if (is_about_empty_key(parser, data, len))
        problems_error(problems, yaml_place(file, parser->problem_mark), YAML_EMPTY_KEY);
    else
        report_grammar(parser, file, problems);
}

/* Bytes of the valid code points at the start of `text`. */
static size_t valid_prefix(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t step = 1;
        while (step <= 4 && step <= len - at && !text_is_utf8(text + at, step))
            step++;
        if (step > 4 || step > len - at)
            break;
        at += step;
    }
    return at;
}

bool yaml_is_utf8(const char *file, const char *data, size_t len, struct problems *problems)
{
    if (text_is_utf8(data, len))
        return true;
    if (len >= 2 && (!memcmp(data, "\xff\xfe", 2) || !memcmp(data, "\xfe\xff", 2))) {
        problems_error(problems, (struct place){.file = file},
                       "this is UTF-16 text; save the file as UTF-8");
        return false;
    }
    size_t bad = valid_prefix(data, len);
    problems_error(problems, place_of(file, data, bad),
                   "the byte 0x%02x is not UTF-8; save the file as UTF-8",
                   (unsigned)(unsigned char)data[bad]);
    return false;
}

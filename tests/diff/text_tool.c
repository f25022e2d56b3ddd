/* Runs the functions on text for the differential tests: a line {"op": …, arguments} on standard
 * input gives one line of JSON on standard output. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_fault.h"
#include "base/lz_string.h"
#include "base/partial_json.h"
#include "base/pyprint.h"
#include "base/text.h"
#include "stages/list_parser.h"
#include "stages/pyformat.h"
#include "stages/template.h"
#include "stages/variables.h"

enum { LIMIT = 64 << 20 };

/* {"error" or "refused": sentence}; a sentence that is no UTF-8 is a fault of its own. */
static json_t *told(const char *key, const char *why)
{
    bool is_text = why && *why && text_is_utf8(why, strlen(why));
    return json_pack("{s:s}", is_text ? key : "fault", is_text ? why : "no sentence in UTF-8");
}

/* {"text": what was printed}, or what went wrong. */
static json_t *printed(struct buf *out, enum ls_err err, const char *why)
{
    json_t *answer =
        err ? told("error", why) : json_pack("{s:o}", "text", json_stringn(buf_str(out), out->len));
    buf_fini(out);
    return answer ? answer : told("fault", "the text is no UTF-8");
}

static json_t *run_template(const json_t *asked)
{
    const json_t *text = json_object_get(asked, "template");
    bool mustache = json_is_true(json_object_get(asked, "mustache"));
    char why[TEMPLATE_WHY_SIZE];
    struct template *template = NULL;
    if (template_compile(&template, mustache ? TEMPLATE_MUSTACHE : TEMPLATE_FSTRING,
                         json_string_value(text), json_string_length(text), why))
        return told("refused", why);
    json_auto_t *names = json_object();
    template_names(template, names);
    struct buf out;
    buf_init(&out, LIMIT);
    enum ls_err err = template_print(template, json_object_get(asked, "variables"), &out, why);
    json_t *schema = template_schema(template);
    template_free(&template);
    json_t *answer = printed(&out, err, why);
    json_object_set_new(answer, "names", variables_sorted(names, NULL));
    if (schema)
        json_object_set_new(answer, "schema", schema);
    return answer;
}

static json_t *run_pyformat(const json_t *asked)
{
    static const char *const styles[] = {"str", "repr", "ascii"};
    const json_t *value = json_object_get(asked, "value"), *text = json_object_get(asked, "spec");
    const char *style = json_get_string(asked, "style"), *why = NULL;
    struct pyformat_spec spec;
    struct buf out;
    enum ls_err err = LS_BAD_VALUE;
    if (!style &&
        pyformat_parse_spec(&spec, json_string_value(text), json_string_length(text), &why))
        return told("refused", why);
    buf_init(&out, LIMIT);
    if (!style)
        err = pyformat_print_spec(&out, value, &spec, &why);
    for (int i = 0; style && i < 3; i++)
        if (strcmp(style, styles[i]) == 0)
            err = pyprint(&out, value, (enum pyprint_style)i);
    return printed(&out, err, why);
}

static void finish_partial(json_t *answer, struct partial_json *partial)
{
    json_t *value = NULL;
    char why[PARTIAL_JSON_WHY_SIZE];
    if (partial_json_finish(partial, &value, why) == LS_OK) {
        json_object_set_new(answer, "value", value);
        return;
    }
    json_t *error = told("error", why);
    json_object_update(answer, error);
    json_decref(error);
}

static json_t *run_partial_json(const json_t *asked)
{
    const json_t *text = json_object_get(asked, "text");
    struct partial_json *partial = partial_json_new(LIMIT);
    json_t *answer = json_object();
    (void)!partial_json_feed(partial, json_string_value(text), json_string_length(text));
    finish_partial(answer, partial);
    partial_json_free(&partial);
    return answer;
}

/* A list with a snapshot, or null where there was none, for each piece. */
static json_t *run_partial_json_stream(const json_t *asked)
{
    struct partial_json *partial = partial_json_new(LIMIT);
    json_t *answer = json_object(), *snapshots = json_array(), *piece;
    size_t i;
    json_array_foreach(json_object_get(asked, "pieces"), i, piece) {
        (void)!partial_json_feed(partial, json_string_value(piece), json_string_length(piece));
        json_t *snapshot = partial_json_snapshot(partial);
        json_array_append_new(snapshots, snapshot ? snapshot : json_null());
    }
    json_object_set_new(answer, "snapshots", snapshots);
    finish_partial(answer, partial);
    partial_json_free(&partial);
    return answer;
}

static json_t *run_list(const json_t *asked)
{
    const json_t *text = json_object_get(asked, "text");
    json_t *items = NULL;
    enum ls_err err = list_parser_parse(&items, json_string_value(text), json_string_length(text));
    if (err) {
        json_decref(items);
        return told("error", err_code(err));
    }
    return json_pack("{s:o}", "items", items);
}

/* The items, and how many had been given after each piece. */
static json_t *run_list_stream(const json_t *asked)
{
    struct list_parser *parser = list_parser_new(LIMIT);
    json_t *items = json_array(), *counts = json_array(), *piece;
    enum ls_err err = LS_OK;
    size_t i;
    json_array_foreach(json_object_get(asked, "pieces"), i, piece) {
        if (!err)
            err = list_parser_feed(parser, json_string_value(piece), json_string_length(piece),
                                   items);
        json_array_append_new(counts, json_integer((json_int_t)json_array_size(items)));
    }
    if (!err)
        err = list_parser_finish(parser, items);
    list_parser_free(&parser);
    json_t *answer = json_pack("{s:o,s:o}", "items", items, "counts", counts);
    if (err)
        json_object_set_new(answer, "error", json_string(err_code(err)));
    return answer;
}

static json_t *print_json(const json_t *value, enum json_style style)
{
    struct buf out;
    buf_init(&out, LIMIT);
    return printed(&out, json_print(&out, value, style), "too big");
}

static json_t *run_json_print(const json_t *asked)
{
    return print_json(json_object_get(asked, "value"), JSON_WIRE);
}

static json_t *run_json_print_sse(const json_t *asked)
{
    return print_json(json_object_get(asked, "value"), JSON_SSE);
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* {"hex": bytes of a JSON text}, printed again. */
static json_t *run_json_read(const json_t *asked)
{
    const json_t *hex = json_object_get(asked, "hex");
    const char *digits = json_string_value(hex), *why = NULL;
    size_t len = json_string_length(hex) / 2;
    char *bytes = malloc(len ? len : 1); /* of just its length: a read behind it is seen */
    json_t *value = NULL;
    for (size_t i = 0; bytes && i < len; i++)
        bytes[i] = (char)(hex_digit(digits[2 * i]) << 4 | hex_digit(digits[2 * i + 1]));
    enum ls_err err = json_read(&value, bytes, len, &why);
    free(bytes);
    json_t *answer = err ? told("refused", why) : print_json(value, JSON_WIRE);
    json_decref(value);
    return answer;
}

/* {"json": text}: what is wrong with it and where, "" and 0 when nothing is. */
static json_t *run_json_fault(const json_t *asked)
{
    const json_t *text = json_object_get(asked, "json");
    size_t place;
    const char *why = json_fault(json_string_value(text), json_string_length(text), &place);
    return json_pack("{s:o}", "text", json_sprintf("%s %zu", why ? why : "", place));
}

/* {"packed": text of LZ-string, "limit": UTF-16 units}; the answer's units are in hex, for they may
 * be no text. */
static json_t *run_lz_string(const json_t *asked)
{
    static const char digits[] = "0123456789abcdef";
    const json_t *packed = json_object_get(asked, "packed");
    struct buf out, hex;
    buf_init(&out, LIMIT);
    buf_init(&hex, LIMIT);
    enum ls_err err = lz_string_unpack(&out, json_string_value(packed), json_string_length(packed),
                                       (size_t)json_integer_value(json_object_get(asked, "limit")));
    for (size_t i = 0; i < out.len; i++) {
        buf_add_char(&hex, digits[(unsigned char)out.data[i] >> 4]);
        buf_add_char(&hex, digits[out.data[i] & 15]);
    }
    buf_fini(&out);
    return printed(&hex, err, err ? err_code(err) : NULL);
}

static const struct {
    const char *op;
    json_t *(*run)(const json_t *asked);
} ops[] = {
    {"template", run_template},
    {"pyformat", run_pyformat},
    {"partial_json", run_partial_json},
    {"partial_json_stream", run_partial_json_stream},
    {"list", run_list},
    {"list_stream", run_list_stream},
    {"json_print", run_json_print},
    {"json_print_sse", run_json_print_sse},
    {"json_read", run_json_read},
    {"json_fault", run_json_fault},
    {"lz_string", run_lz_string},
};

static json_t *answer(const char *line, size_t len)
{
    json_error_t error; /* the question is read without the code under test */
    json_t *asked = json_loadb(line, len, JSON_ALLOW_NUL, &error), *given = NULL;
    const char *op = json_get_string(asked, "op");
    for (size_t i = 0; op && !given && i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].op, op) == 0)
            given = ops[i].run(asked);
    if (!given)
        given = told("fault", asked ? "no such op" : error.text);
    json_decref(asked);
    return given;
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    for (ssize_t len; (len = getline(&line, &cap, stdin)) > 0;) {
        json_t *given = answer(line, (size_t)len);
        char *text = json_dumps(given, JSON_COMPACT | JSON_ENSURE_ASCII);
        json_decref(given);
        if (!text || puts(text) < 0 || fflush(stdout) != 0)
            return 1;
        free(text);
    }
    free(line);
    return 0;
}

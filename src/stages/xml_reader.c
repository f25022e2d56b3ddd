/* Design: Expat finds the tokens; a stack holds the open elements.  Expat reads a token that is
 * not complete anew with each piece, so long ones are held back until they have doubled. */
#include "stages/xml_reader.h"

#include <dlfcn.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "run/gather.h"

enum {
    MAX_TEXT = 16 << 20, /* bytes that are read */
    MAX_NAME = 64 << 10, /* of a tag and its namespace */
    SHORT_TOKEN = 1024,  /* bytes that are read anew without a thought */
    WHY_SIZE = 256,
};

/* An open element. */
struct element {
    json_t *tag;
    json_t *elements; /* those inside: {tag: …} each; of a reader that streams empty */
    bool has_inside;
    struct buf text; /* in front of the first element inside */
};

struct xml_reader {
    XML_Parser parser;
    bool streams;
    bool started, at_angle; /* streams: the first tag was seen; a '<' may be it */
    bool progress;          /* Expat told something since it was last fed */
    size_t fed, unread;     /* bytes in all; fed without progress */
    struct buf held;
    struct element stack[XML_MAX_DEPTH];
    size_t depth;
    json_t *root;
    struct gather pieces;
    bool failed;
    char why[WHY_SIZE];
};

static void stop(struct xml_reader *reader, const char *what)
{
    (void)snprintf(reader->why, WHY_SIZE, "%.200s: line %lu, column %lu", what,
                   (unsigned long)XML_GetCurrentLineNumber(reader->parser),
                   (unsigned long)XML_GetCurrentColumnNumber(reader->parser));
    (void)XML_StopParser(reader->parser, XML_FALSE);
}

static void XMLCALL on_start(void *owner, const XML_Char *name, const XML_Char **attributes)
{
    (void)attributes;
    struct xml_reader *reader = owner;
    bool spaced = strchr(name, '}') != NULL; /* Expat's sign between a namespace and a name */
    reader->progress = true;
    if (reader->depth == XML_MAX_DEPTH || strlen(name) > MAX_NAME) {
        stop(reader, "elements too deep, or a name too long");
        return;
    }
    if (reader->depth > 0)
        reader->stack[reader->depth - 1].has_inside = true;
    struct element *element = &reader->stack[reader->depth++];
    *element = (struct element){.tag = json_sprintf("%s%s", spaced ? "{" : "", name),
                                .elements = json_array()};
    buf_init(&element->text, MAX_TEXT);
}

static json_t *one_member(const json_t *key, json_t *value)
{
    return json_pack("{s:o}", json_string_value(key), value);
}

static json_t *text_of(const struct element *element)
{
    return element->text.len > 0 ? json_stringn(buf_str(&element->text), element->text.len)
                                 : json_null();
}

static bool is_blank(const struct buf *text)
{
    const char *left = buf_str(text);
    size_t len = text->len;
    text_strip(&left, &len);
    return len == 0;
}

/* A root, or one with others inside, shows its text only where that is more than blanks. */
static json_t *value_of(const struct element *element, bool is_root)
{
    bool is_leaf = !element->has_inside && !is_root;
    return is_leaf || !is_blank(&element->text) ? text_of(element) : json_incref(element->elements);
}

static void add_piece(struct xml_reader *reader, const struct element *element)
{
    json_auto_t *piece = one_member(element->tag, text_of(element));
    for (size_t i = reader->depth; i-- > 0;) {
        json_t *around = one_member(reader->stack[i].tag, json_pack("[o]", piece));
        piece = around;
    }
    const struct chunk chunk = chunk_adds(piece);
    gather_add(&reader->pieces, &chunk);
}

static void drop_element(struct element *element)
{
    json_decref(element->tag);
    json_decref(element->elements);
    buf_fini(&element->text);
}

static void XMLCALL on_end(void *owner, const XML_Char *name)
{
    (void)name;
    struct xml_reader *reader = owner;
    reader->progress = true;
    if (reader->depth == 0) /* of one that was refused at its start */
        return;
    struct element *element = &reader->stack[--reader->depth];
    if (reader->streams && !element->has_inside)
        add_piece(reader, element);
    if (!reader->streams) {
        json_t *made = one_member(element->tag, value_of(element, reader->depth == 0));
        if (reader->depth > 0)
            json_array_append_new(reader->stack[reader->depth - 1].elements, made);
        else
            reader->root = made;
    }
    drop_element(element);
}

static void XMLCALL on_text(void *owner, const XML_Char *text, int len)
{
    struct xml_reader *reader = owner;
    reader->progress = true;
    struct element *element = reader->depth > 0 ? &reader->stack[reader->depth - 1] : NULL;
    if (element && !element->has_inside)
        buf_add(&element->text, text, (size_t)len);
}

static void XMLCALL on_other(void *owner, const XML_Char *text, int len)
{
    (void)text, (void)len;
    struct xml_reader *reader = owner;
    reader->progress = true;
}

static void XMLCALL on_declared(void *owner, const XML_Char *name, int is_parameter,
                                const XML_Char *value, int len, const XML_Char *base,
                                const XML_Char *system, const XML_Char *public,
                                const XML_Char *notation)
{
    (void)name, (void)is_parameter, (void)value, (void)len, (void)base, (void)system, (void)public,
        (void)notation;
    stop(owner, "entities may not be declared");
}

static void XMLCALL on_skipped(void *owner, const XML_Char *name, int is_parameter)
{
    (void)is_parameter;
    char what[WHY_SIZE];
    (void)snprintf(what, sizeof what, "undefined entity &%.100s;", name);
    stop(owner, what);
}

/* Expat 2.6, and older ones with its security fixes, hold back the pieces of short tokens as well:
 * what a stream has told would come late. */
static void let_expat_read_at_once(XML_Parser parser)
{
    XML_Bool (*set)(XML_Parser, XML_Bool);
    *(void **)&set = dlsym(RTLD_DEFAULT, "XML_SetReparseDeferralEnabled");
    if (set)
        (void)set(parser, XML_FALSE);
}

struct xml_reader *xml_reader_new(bool streams)
{
    struct xml_reader *reader = mem_zalloc(1, sizeof *reader);
    reader->streams = streams;
    reader->started = !streams;
    reader->parser = XML_ParserCreateNS("UTF-8", '}');
    if (!reader->parser)
        abort();
    let_expat_read_at_once(reader->parser);
    buf_init(&reader->held, MAX_TEXT);
    gather_init(&reader->pieces);
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetDefaultHandlerExpand(reader->parser, on_other);
    XML_SetEntityDeclHandler(reader->parser, on_declared);
    XML_SetSkippedEntityHandler(reader->parser, on_skipped);
    return reader;
}

void xml_reader_free(struct xml_reader **ptr)
{
    struct xml_reader *reader = *ptr;
    *ptr = NULL;
    if (!reader)
        return;
    XML_ParserFree(reader->parser);
    while (reader->depth > 0)
        drop_element(&reader->stack[--reader->depth]);
    json_decref(reader->root);
    gather_fini(&reader->pieces);
    buf_fini(&reader->held);
    free(reader);
}

/* Gives Expat what is held; of a reader that streams only what is wrong inside the root counts. */
static void parse_held(struct xml_reader *reader, bool is_end)
{
    enum XML_Status status = XML_Parse(reader->parser, buf_str(&reader->held),
                                       (int)reader->held.len, is_end ? XML_TRUE : XML_FALSE);
    reader->unread = reader->progress ? 0 : reader->unread + reader->held.len;
    reader->progress = false;
    buf_reset(&reader->held);
    if (status != XML_STATUS_ERROR || (reader->streams && (is_end || reader->depth == 0)))
        return;
    reader->failed = true;
    if (reader->why[0] == '\0')
        stop(reader, XML_ErrorString(XML_GetErrorCode(reader->parser)));
}

/* Passes over text up to a '<' with the beginning of a name behind it. */
static void find_start(struct xml_reader *reader, const char **text, size_t *len)
{
    for (; *len > 0 && !reader->started; ++*text, --*len) {
        unsigned char c = (unsigned char)**text, letter = c | 0x20;
        bool name = (letter >= 'a' && letter <= 'z') || c == ':' || c == '_';
        if (reader->at_angle && name) {
            reader->started = true;
            buf_add_char(&reader->held, '<');
            return;
        }
        reader->at_angle = c == '<';
    }
}

enum ls_err xml_reader_feed(struct xml_reader *reader, const char *text, size_t len)
{
    if (reader->failed)
        return LS_PARSE_FAILED;
    reader->fed += len;
    if (reader->fed > MAX_TEXT)
        return LS_TOO_BIG;
    find_start(reader, &text, &len);
    if (!reader->started || (len == 0 && reader->held.len == 0))
        return LS_OK;
    buf_add(&reader->held, text, len);
    if (reader->unread <= SHORT_TOKEN || reader->held.len >= reader->unread)
        parse_held(reader, false);
    return reader->failed && !reader->streams ? LS_PARSE_FAILED : LS_OK;
}

json_t *xml_reader_take(struct xml_reader *reader)
{
    return gather_take(&reader->pieces);
}

enum ls_err xml_reader_finish(struct xml_reader *reader, json_t **value)
{
    if (!reader->failed && reader->held.len > 0)
        parse_held(reader, false);
    if (!reader->failed)
        parse_held(reader, true);
    if (reader->failed)
        return LS_PARSE_FAILED;
    *value = reader->streams ? xml_reader_take(reader) : json_incref(reader->root);
    return LS_OK;
}

void xml_reader_why(const struct xml_reader *reader, struct buf *why)
{
    buf_add_str(why, reader->why);
}

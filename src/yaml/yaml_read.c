#include "yaml/yaml_read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "yaml/yaml_error.h"
#include "yaml/yaml_tree.h"

/* The content of the one document, whose start was read; a second one is refused. */
static struct node *read_document(struct yaml_reader *reader)
{
    yaml_event_t event;
    if (!yaml_tree_next(reader, &event))
        return NULL;
    int height = 0;
    struct node *root = yaml_tree_read(reader, &event, 0, &height);
    yaml_event_delete(&event);
    for (int i = 0; root && i < 2; i++) { /* the ends of the document and of the stream */
        if (!yaml_tree_next(reader, &event))
            return NULL;
        if (event.type == YAML_DOCUMENT_START_EVENT)
            problems_error(reader->problems, yaml_tree_place(reader, &event),
                           "a second document begins here; write one per file");
        yaml_event_delete(&event);
    }
    return root;
}

static struct node *read_stream(struct yaml_reader *reader)
{
    yaml_event_t event;
    if (!yaml_tree_next(reader, &event)) /* the start of the stream */
        return NULL;
    yaml_event_delete(&event);
    if (!yaml_tree_next(reader, &event))
        return NULL;
    bool empty = event.type == YAML_STREAM_END_EVENT;
    struct place place = yaml_tree_place(reader, &event);
    yaml_event_delete(&event);
    return empty ? node_new(reader->arena, NODE_NULL, place) : read_document(reader);
}

/* Keys may stand in the text: the parser's copies of it are overwritten. */
static void drop_parser(yaml_parser_t *parser)
{
    size_t raw = (size_t)(parser->raw_buffer.end - parser->raw_buffer.start);
    size_t decoded = (size_t)(parser->buffer.end - parser->buffer.start);
    explicit_bzero(parser->raw_buffer.start, raw);
    explicit_bzero(parser->buffer.start, decoded);
    yaml_parser_delete(parser);
}

static struct node *parse(struct yaml_reader *reader)
{
    if (!yaml_parser_initialize(&reader->parser)) {
        problems_error(reader->problems, (struct place){.file = reader->file},
                       "not enough memory to read this");
        return NULL;
    }
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)reader->data, reader->len);
    reader->anchor_index = json_object();
    struct node *root = read_stream(reader);
    json_decref(reader->anchor_index);
    free(reader->anchors);
    drop_parser(&reader->parser);
    return root;
}

struct node *yaml_read(struct arena *arena, const char *file, const char *data, size_t len,
                       struct problems *problems)
{
    struct yaml_reader reader = {.arena = arena, .problems = problems, .data = data, .len = len};
    reader.file = arena_strdup(arena, file);
    if (len > YAML_MAX_BYTES) {
        problems_error(problems, (struct place){.file = reader.file},
                       "the text is too long; at most %d MB", YAML_MAX_BYTES >> 20);
        return NULL;
    }
    if (len >= 3 && !memcmp(data, "\xef\xbb\xbf", 3)) { /* a byte order mark is no content */
        reader.data += 3;
        reader.len -= 3;
    }
    if (!yaml_is_utf8(reader.file, reader.data, reader.len, problems))
        return NULL;
    return parse(&reader);
}

struct node *yaml_read_file(struct arena *arena, const char *path, struct problems *problems)
{
    struct place place = {.file = path};
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "rbe");
    if (!file) {
        problems_error(problems, place, "cannot be opened: %s", strerror(errno));
        return NULL;
    }
    setvbuf(file, NULL, _IONBF, 0);             /* which would keep a copy */
    char *data = mem_alloc(YAML_MAX_BYTES + 1); /* one more shows that there is too much */
    size_t len = fread(data, 1, YAML_MAX_BYTES + 1, file);
    struct node *root = NULL;
    if (ferror(file))
        problems_error(problems, place, "cannot be read: %s", strerror(errno));
    else
        root = yaml_read(arena, path, data, len, problems);
    explicit_bzero(data, len);
    free(data);
    if (!is_stdin)
        fclose(file);
    return root;
}

/* Templates, and what the messages of prompts say. */
#include <string.h>

#include "app/build_file.h"
#include "app/build_prompt.h"

struct file {
    const char *file;
};

static const struct option file_options[] = {
    {.name = "file",
     .type = OPTION_STRING,
     .required = true,
     .offset = offsetof(struct file, file),
     .doc = "A file with a template, relative to this one."},
    {.name = NULL},
};

/* Whether a mapping was meant as the template "{name} …", whose brace YAML reads otherwise. */
static bool lacks_quotes(const struct node *map)
{
    return map->as.map.count == 1 && map->as.map.members[0].value->kind == NODE_NULL &&
           strcmp(map->as.map.members[0].key, file_options[0].name) != 0;
}

/* The text that a node is, or that the file has which it names; NULL, and told, when it is
 * neither. */
static const struct node *text_of(struct builder *builder, const struct node *node)
{
    struct file file = {NULL};
    if (node->kind == NODE_STRING)
        return node;
    if (node->kind != NODE_MAP) {
        problems_error(builder->problems, node->place,
                       "expected a template, or {file: FILE}, not %s", node_kind_name(node->kind));
        return NULL;
    }
    if (lacks_quotes(node)) {
        problems_error(builder->problems, node->place,
                       "expected a template, which begins with a brace only in quotes: \"{%s}\"",
                       node->as.map.members[0].key);
        return NULL;
    }
    options_read(file_options, node, &file, NULL, "template", builder->arena, builder->problems);
    return file.file ? build_file(builder, file.file, node_get(node, "file")->place) : NULL;
}

struct template *build_template_text(struct builder *builder, const struct node *node,
                                     enum template_format format)
{
    struct template *template = NULL;
    char why[TEMPLATE_WHY_SIZE];
    const struct node *text = text_of(builder, node);
    if (text && template_compile(&template, format, text->as.string.text, text->as.string.len, why))
        problems_error(builder->problems, text->place, "in the template: %s", why);
    return template;
}

/* ---- parts ---- */

struct reader {
    struct builder *builder;
    enum template_format format;
    bool failed;
};

static struct stencil *text_stencil(struct reader *reader, const struct node *node)
{
    struct template *template = build_template_text(reader->builder, node, reader->format);
    reader->failed = reader->failed || !template;
    return template ? stencil_of_text(template) : stencil_of_value(json_null());
}

/* Texts in an object, and in lists right within one, are templates; lists within lists are not
 * looked into, as in LangChain. */
static struct stencil *data_stencil(struct reader *reader, const struct node *node, bool in_list)
{
    if (node->kind == NODE_STRING)
        return text_stencil(reader, node);
    if (node->kind == NODE_LIST && !in_list) {
        struct stencil *list = stencil_of_list();
        for (size_t i = 0; i < node->as.list.count; i++)
            stencil_add(list, NULL, data_stencil(reader, node->as.list.items[i], true));
        return list;
    }
    if (node->kind != NODE_MAP)
        return stencil_of_value(node_to_json(node));
    struct stencil *object = stencil_of_object();
    for (size_t i = 0; i < node->as.map.count; i++)
        stencil_add(object, node->as.map.members[i].key,
                    data_stencil(reader, node->as.map.members[i].value, false));
    return object;
}

/* Whether a mapping has `key`, and perhaps `type`, and nothing else. */
static bool is_plain(const struct node *map, const char *key)
{
    return node_get(map, key) && map->as.map.count == 1 + (node_get(map, "type") != NULL);
}

static void refuse(struct reader *reader, struct place place, const char *sentence)
{
    problems_error(reader->builder->problems, place, "%s", sentence);
    reader->failed = true;
}

/* Checks the variables of an image, which LangChain gives to its URL by their names. */
static void check_image(struct reader *reader, const struct node *node, bool bare,
                        const struct stencil *image)
{
    json_auto_t *names = json_object();
    stencil_names(image, names);
    if (bare && json_object_size(names) > 1)
        refuse(reader, node->place,
               "an image_url has one variable at most: write {url: …} for several");
    if (json_object_get(names, "url") || json_object_get(names, "path") ||
        json_object_get(names, "detail"))
        refuse(reader, node->place,
               "the variables of an image cannot be called url, path or detail");
}

static struct stencil *image_stencil(struct reader *reader, const struct node *node)
{
    struct stencil *image = stencil_of_object();
    if (node->kind == NODE_STRING) {
        stencil_add(image, "url", text_stencil(reader, node));
    } else if (node->kind == NODE_MAP) {
        for (size_t i = 0; i < node->as.map.count; i++) {
            const struct node_member *member = &node->as.map.members[i];
            bool known = strcmp(member->key, "url") == 0 || strcmp(member->key, "detail") == 0 ||
                         strcmp(member->key, "path") == 0;
            if (known && member->value->kind == NODE_STRING)
                stencil_add(image, member->key, text_stencil(reader, member->value));
            else if (known)
                refuse(reader, member->value->place, "an image's url and detail are templates");
        }
    } else {
        refuse(reader, node->place, "image_url: expected a template, or {url: …, detail: …}");
    }
    if (!reader->failed)
        check_image(reader, node, node->kind == NODE_STRING, image);
    return image;
}

static void read_part(struct reader *reader, const struct node *node, struct content *content)
{
    if (node->kind == NODE_STRING)
        content_add(content, CONTENT_TEXT, text_stencil(reader, node));
    else if (node->kind != NODE_MAP)
        refuse(reader, node->place,
               "a part of a message is a template, or a mapping such as {type: text, text: …}");
    else if (is_plain(node, "text"))
        content_add(content, CONTENT_TEXT, text_stencil(reader, node_get(node, "text")));
    else if (is_plain(node, "image_url"))
        content_add(content, CONTENT_IMAGE, image_stencil(reader, node_get(node, "image_url")));
    else
        content_add(content, CONTENT_DATA, data_stencil(reader, node, false));
}

struct content *build_content(struct builder *builder, const struct node *node,
                              enum template_format format)
{
    if (node->kind != NODE_LIST) {
        struct template *template = build_template_text(builder, node, format);
        return template ? content_of_text(template) : NULL;
    }
    struct reader reader = {builder, format, false};
    struct content *content = content_of_parts();
    for (size_t i = 0; i < node->as.list.count; i++)
        read_part(&reader, node->as.list.items[i], content);
    if (reader.failed)
        content_free(&content);
    return content;
}

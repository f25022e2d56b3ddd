#include "stages/content.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

enum { MAX_TEXT = 64 << 20 }; /* bytes of one message */

struct part {
    enum content_sort sort;
    struct stencil *stencil;
    json_t *names; /* of its variables: it sees no others */
};

struct content {
    struct stencil *text; /* NULL: parts */
    struct part *parts;
    size_t count;
};

struct content *content_of_text(struct template *template)
{
    struct content *content = mem_zalloc(1, sizeof *content);
    content->text = stencil_of_text(template);
    return content;
}

struct content *content_of_parts(void)
{
    return mem_zalloc(1, sizeof(struct content));
}

void content_add(struct content *content, enum content_sort sort, struct stencil *stencil)
{
    content->parts = mem_resize(content->parts, content->count + 1, sizeof *content->parts);
    struct part *part = &content->parts[content->count++];
    *part = (struct part){sort, stencil, json_object()};
    stencil_names(stencil, part->names);
}

void content_free(struct content **ptr)
{
    struct content *content = *ptr;
    *ptr = NULL;
    if (!content)
        return;
    for (size_t i = 0; i < content->count; i++) {
        stencil_free(&content->parts[i].stencil);
        json_decref(content->parts[i].names);
    }
    stencil_free(&content->text);
    free(content->parts);
    free(content);
}

void content_names(const struct content *content, json_t *names)
{
    if (content->text)
        stencil_names(content->text, names);
    for (size_t i = 0; i < content->count; i++)
        json_object_update(names, content->parts[i].names);
}

/* An image as models take it; what is no text or empty counts as not there. */
static json_t *image_of(const json_t *printed, enum ls_err *err, char why[TEMPLATE_WHY_SIZE])
{
    json_t *url = json_object_get(printed, "url"), *detail = json_object_get(printed, "detail");
    bool has_path = json_string_length(json_object_get(printed, "path")) > 0;
    if (has_path || json_string_length(url) == 0) {
        (void)snprintf(why, TEMPLATE_WHY_SIZE, "%s",
                       has_path ? "an image is given by its url, not by a path"
                                : "the url of an image is empty");
        *err = LS_BAD_VALUE;
        return NULL;
    }
    json_t *image = json_pack("{s:O}", "url", url);
    if (json_string_length(detail) > 0)
        json_object_set(image, "detail", detail);
    return json_pack("{s:s,s:o}", "type", "image_url", "image_url", image);
}

/* The part (a new reference), NULL when it is left out or with an error. */
static json_t *print_part(const struct part *part, json_t *variables, size_t *room,
                          enum ls_err *err, char why[TEMPLATE_WHY_SIZE])
{
    json_auto_t *own = json_object();
    const char *name;
    json_t *ignored;
    json_object_foreach(part->names, name, ignored)
        json_object_set(own, name, json_object_get(variables, name));
    json_auto_t *printed = stencil_print(part->stencil, own, room, err, why);
    if (*err)
        return NULL;
    switch (part->sort) {
    case CONTENT_DATA: return json_incref(printed);
    case CONTENT_IMAGE: return image_of(printed, err, why);
    case CONTENT_TEXT: break;
    }
    return json_string_length(printed) == 0
               ? NULL
               : json_pack("{s:s,s:O}", "type", "text", "text", printed);
}

json_t *content_print(const struct content *content, json_t *variables, enum ls_err *err,
                      char why[TEMPLATE_WHY_SIZE])
{
    size_t room = MAX_TEXT;
    *err = LS_OK;
    if (content->text)
        return stencil_print(content->text, variables, &room, err, why);
    json_t *parts = json_array();
    for (size_t i = 0; i < content->count && !*err; i++) {
        json_t *part = print_part(&content->parts[i], variables, &room, err, why);
        if (part)
            json_array_append_new(parts, part);
    }
    if (*err) {
        json_decref(parts);
        return NULL;
    }
    return parts;
}

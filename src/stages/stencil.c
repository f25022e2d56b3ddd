#include "stages/stencil.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct stencil {
    json_t *value;             /* one that stays; or: */
    struct template *template; /* a text; or neither: a list or an object */
    char **keys;               /* of an object */
    struct stencil **items;
    size_t count;
    bool is_object;
};

struct stencil *stencil_of_value(json_t *value)
{
    struct stencil *stencil = mem_zalloc(1, sizeof *stencil);
    stencil->value = value;
    return stencil;
}

struct stencil *stencil_of_text(struct template *template)
{
    struct stencil *stencil = mem_zalloc(1, sizeof *stencil);
    stencil->template = template;
    return stencil;
}

struct stencil *stencil_of_list(void)
{
    return mem_zalloc(1, sizeof(struct stencil));
}

struct stencil *stencil_of_object(void)
{
    struct stencil *stencil = mem_zalloc(1, sizeof *stencil);
    stencil->is_object = true;
    return stencil;
}

void stencil_add(struct stencil *stencil, const char *key, struct stencil *item)
{
    size_t count = stencil->count++;
    stencil->items = mem_resize(stencil->items, count + 1, sizeof(struct stencil *));
    stencil->keys = mem_resize(stencil->keys, count + 1, sizeof *stencil->keys);
    stencil->items[count] = item;
    stencil->keys[count] = mem_strdup(key);
}

void stencil_free(struct stencil **ptr)
{
    struct stencil *stencil = *ptr;
    *ptr = NULL;
    if (!stencil)
        return;
    for (size_t i = 0; i < stencil->count; i++) {
        free(stencil->keys[i]);
        stencil_free(&stencil->items[i]);
    }
    free(stencil->keys);
    free(stencil->items);
    json_decref(stencil->value);
    template_free(&stencil->template);
    free(stencil);
}

void stencil_names(const struct stencil *stencil, json_t *names)
{
    if (stencil->template)
        template_names(stencil->template, names);
    for (size_t i = 0; i < stencil->count; i++)
        stencil_names(stencil->items[i], names);
}

static json_t *print_text(const struct template *template, json_t *variables, size_t *room,
                          enum ls_err *err, char why[TEMPLATE_WHY_SIZE])
{
    struct buf text;
    buf_init(&text, *room);
    *err = template_print(template, variables, &text, why);
    *room -= text.len;
    json_t *printed = *err ? NULL : json_stringn_nocheck(buf_str(&text), text.len);
    buf_fini(&text);
    return printed;
}

json_t *stencil_print(const struct stencil *stencil, json_t *variables, size_t *room,
                      enum ls_err *err, char why[TEMPLATE_WHY_SIZE])
{
    *err = LS_OK;
    if (stencil->value)
        return json_incref(stencil->value);
    if (stencil->template)
        return print_text(stencil->template, variables, room, err, why);
    json_t *whole = stencil->is_object ? json_object() : json_array();
    for (size_t i = 0; i < stencil->count && !*err; i++) {
        json_t *item = stencil_print(stencil->items[i], variables, room, err, why);
        if (*err)
            break;
        if (stencil->is_object)
            json_object_set_new_nocheck(whole, stencil->keys[i], item);
        else
            json_array_append_new(whole, item);
    }
    if (*err) {
        json_decref(whole);
        return NULL;
    }
    return whole;
}

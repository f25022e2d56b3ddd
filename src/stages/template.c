#include "stages/template.h"

#include <stdlib.h>

#include "base/mem.h"
#include "stages/mustache.h"

struct template
{
    struct fstring *fstring; /* one of the two */
    struct mustache *mustache;
};

enum ls_err template_compile(struct template **out, enum template_format format, const char *text,
                             size_t len, char why[TEMPLATE_WHY_SIZE])
{
    struct template *template = *out = mem_zalloc(1, sizeof *template);
    enum ls_err err = format == TEMPLATE_MUSTACHE
                          ? mustache_compile(&template->mustache, text, len, why)
                          : fstring_compile(&template->fstring, text, len, why);
    if (err)
        template_free(out);
    return err;
}

void template_free(struct template **ptr)
{
    struct template *template = *ptr;
    *ptr = NULL;
    if (!template)
        return;
    fstring_free(&template->fstring);
    mustache_free(&template->mustache);
    free(template);
}

void template_names(const struct template *template, json_t *names)
{
    const char *const *list;
    size_t count = template->fstring ? fstring_variables(template->fstring, &list) : 0;
    for (size_t i = 0; i < count; i++)
        json_object_set_new_nocheck(names, list[i], json_null());
    if (template->mustache)
        mustache_names(template->mustache, names);
}

json_t *template_schema(const struct template *template)
{
    return template->mustache ? mustache_schema(template->mustache) : NULL;
}

enum ls_err template_print(const struct template *template, json_t *variables, struct buf *out,
                           char why[TEMPLATE_WHY_SIZE])
{
    return template->mustache ? mustache_print(template->mustache, variables, out, why)
                              : fstring_print(template->fstring, variables, out, why);
}

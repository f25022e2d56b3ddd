#include "schema/repr.h"

#include "base/pyprint.h"

void repr_print(struct buf *out, const json_t *value)
{
    (void)pyprint(out, value, PYPRINT_REPR);
}

char *repr_str(const json_t *value)
{
    struct buf text;
    buf_init(&text, REPR_MAX);
    (void)pyprint(&text, value, PYPRINT_STR);
    return buf_take(&text);
}

#include "base/err.h"

struct err_row {
    int status;
    const char *code;
    const char *sentence;
};

static const struct err_row rows[] = {
#define LS_ERR(name, status, code, sentence) {status, code, sentence},
#include "base/err.def"
#undef LS_ERR
};

/* The table's order must be that of the public enum. */
enum err_position {
#define LS_ERR(name, status, code, sentence) POSITION_##name,
#include "base/err.def"
#undef LS_ERR
    POSITION_END
};
#define LS_ERR(name, status, code, sentence) \
    _Static_assert((int)LS_##name == (int)POSITION_##name, "error.h and err.def differ");
#include "base/err.def"
#undef LS_ERR
_Static_assert((int)LS_UPSTREAM_OPEN + 1 == (int)POSITION_END,
               "error.h and err.def differ in length");

static const struct err_row *row_of(enum ls_err err)
{
    int i = (int)err;
    return i >= 0 && i < POSITION_END ? &rows[i] : &rows[LS_INTERNAL];
}

int err_status(enum ls_err err)
{
    return row_of(err)->status;
}

const char *err_code(enum ls_err err)
{
    return row_of(err)->code;
}

int err_count(void)
{
    return POSITION_END;
}

const char *ls_strerror(enum ls_err err)
{
    return row_of(err)->sentence;
}

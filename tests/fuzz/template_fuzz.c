/* Any bytes as a prompt template, filled with values of all types. */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "stages/fstring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { KINDS = 10 };

static json_t *value_of(size_t kind)
{
    switch (kind % KINDS) {
    case 0: return json_string("text \xc3\xa9'\"\n\xf0\x9f\x98\x80");
    case 1: return json_integer(-1234567);
    case 2: return json_real(2.5e-5);
    case 3: return json_true();
    case 4: return json_null();
    case 5: return json_pack("[i,s,{s:n}]", 1, "x", "k");
    case 6: return json_object();
    case 7: return json_integer(65);
    case 8: return json_real(-999999.5);
    default: return json_string("");
    }
}

static void check_sentence(const char *why, bool is_text)
{
    assert(*why && strlen(why) < TEMPLATE_WHY_SIZE);
    assert(!is_text || text_is_utf8(why, strlen(why)));
}

/* Prints with values of which the first is of kind `first`; or with none. */
static void print(const struct fstring *template, size_t first, bool is_text)
{
    char why[TEMPLATE_WHY_SIZE];
    const char *const *names;
    size_t count = fstring_variables(template, &names);
    json_t *variables = json_object();
    for (size_t i = 0; first < KINDS && i < count; i++)
        json_object_set_new_nocheck(variables, names[i], value_of(first + i));
    struct buf out;
    buf_init(&out, 1 << 16);
    enum ls_err err = fstring_print(template, variables, &out, why);
    assert(err == LS_OK || err == LS_BAD_VALUE || err == LS_TOO_BIG);
    if (err == LS_BAD_VALUE)
        check_sentence(why, is_text);
    assert(err || !is_text || text_is_utf8(buf_str(&out), out.len));
    buf_fini(&out);
    json_decref(variables);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fstring *template = NULL;
    char why[TEMPLATE_WHY_SIZE];
    bool is_text = text_is_utf8((const char *)data, size);
    if (fstring_compile(&template, (const char *)data, size, why)) {
        check_sentence(why, is_text);
        return 0;
    }
    for (size_t first = 0; first <= KINDS; first++)
        print(template, first, is_text);
    fstring_free(&template);
    return 0;
}

#include "yaml/interpolate.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

enum { TEXT_BYTES = 1 << 20 };

struct work {
    const struct node *node;
    struct problems *problems;
    struct buf text;
    bool secret;
};

/* A `${…}`: its name, and its default if there is one. */
struct reference {
    const char *name, *fallback;
    size_t name_len, fallback_len;
};

static size_t name_length(const char *text, const char *end)
{
    size_t len = 0;
    while (text + len < end && (text[len] == '_' || (text[len] >= 'A' && text[len] <= 'Z') ||
                                (text[len] >= 'a' && text[len] <= 'z') ||
                                (len > 0 && text[len] >= '0' && text[len] <= '9')))
        len++;
    return len;
}

/* Takes what stands between the braces apart; false when it is no reference. */
static bool reference_parse(struct reference *out, const char *text, const char *end)
{
    *out = (struct reference){.name = text, .name_len = name_length(text, end)};
    const char *rest = text + out->name_len;
    if (out->name_len == 0)
        return false;
    if (rest == end)
        return true;
    if (end - rest < 2 || memcmp(rest, ":-", 2) != 0)
        return false;
    out->fallback = rest + 2;
    out->fallback_len = (size_t)(end - out->fallback);
    return true;
}

static void add_environment(struct work *work, const char *name, const char *value)
{
    if (!text_is_utf8(value, strlen(value))) {
        problems_error(work->problems, work->node->place,
                       "the environment variable %s is not UTF-8 text", name);
        return;
    }
    work->secret = true;
    buf_add_str(&work->text, value);
}

/* As in a shell, `:-` stands in for a variable that is empty, too. */
static void add_reference(struct work *work, const struct reference *reference)
{
    char *name = mem_strndup(reference->name, reference->name_len);
    const char *value = getenv(name);
    if (value && (*value || !reference->fallback))
        add_environment(work, name, value);
    else if (reference->fallback)
        buf_add(&work->text, reference->fallback, reference->fallback_len);
    else
        problems_error(work->problems, work->node->place,
                       "the environment variable %s is not set; set it, or give a default: "
                       "${%s:-default}",
                       name, name);
    free(name);
}

/* Handles the `${` at `at`; returns what follows it, or NULL when it is not well formed. */
static const char *replace(struct work *work, const char *at, const char *end)
{
    const char *close = memchr(at, '}', (size_t)(end - at));
    if (!close) {
        problems_error(work->problems, work->node->place,
                       "a '${' is never closed; write ${NAME}, or $${ for the text '${'");
        return NULL;
    }
    struct reference reference;
    if (!reference_parse(&reference, at + 2, close)) {
        char quoted[PROBLEMS_QUOTE];
        problems_quote(quoted, at, (size_t)(close + 1 - at));
        problems_error(work->problems, work->node->place,
                       "%s names no environment variable; write ${NAME} or ${NAME:-default}, or "
                       "$${ for the text '${'",
                       work->node->secret ? "what stands in '${…}'" : quoted);
        return NULL;
    }
    add_reference(work, &reference);
    return close + 1;
}

static void replace_all(struct work *work)
{
    const char *at = work->node->as.string.text;
    const char *end = at + work->node->as.string.len;
    while (at && at < end) {
        if (end - at >= 3 && !memcmp(at, "$${", 3)) {
            buf_add_str(&work->text, "${");
            at += 3;
        } else if (end - at >= 2 && !memcmp(at, "${", 2)) {
            at = replace(work, at, end);
        } else {
            buf_add_char(&work->text, *at++);
        }
    }
}

const struct node *interpolate(struct arena *arena, const struct node *string,
                               struct problems *problems)
{
    if (string->as.string.literal ||
        !memmem(string->as.string.text, string->as.string.len, "${", 2))
        return string;
    struct work work = {.node = string, .problems = problems};
    buf_init(&work.text, TEXT_BYTES);
    replace_all(&work);
    if (work.text.full)
        problems_error(problems, string->place,
                       "the text is too long with the environment's "
                       "values in it; at most %d MB",
                       TEXT_BYTES >> 20);
    struct node *node = node_new_string(arena, buf_str(&work.text), work.text.len, string->place);
    node->secret = work.secret || string->secret;
    buf_fini(&work.text);
    return node;
}
